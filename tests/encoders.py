"""An encoder for tests: quick, deterministic, and close for texts that share words."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from models.encoder import Progress, Vectors


class HashingEncoder:
    """Each word is a fixed random direction; a text is the normalised sum of its words. Counts what it encodes."""

    name = "hashing"

    def __init__(self, dimension: int = 32, fingerprint: str = "hashing-1") -> None:
        self.dimension = dimension
        self.fingerprint = fingerprint
        self.encoded: list[str] = []
        self._directions: dict[str, Vectors] = {}

    def encode_challenges(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self._encode(texts, progress)

    def encode_solutions(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self._encode(texts, progress)

    def _encode(self, texts: Sequence[str], progress: Progress | None) -> Vectors:
        self.encoded.extend(texts)
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            words = re.findall(r"\w+", text.lower()) or [""]
            vectors[row] = np.sum([self._direction(word) for word in words], axis=0)
            vectors[row] /= np.linalg.norm(vectors[row])
            if progress:
                progress(1)
        return vectors

    def _direction(self, word: str) -> Vectors:
        if word not in self._directions:
            seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "little")
            self._directions[word] = np.random.default_rng(seed).standard_normal(self.dimension).astype(np.float32)
        return self._directions[word]
