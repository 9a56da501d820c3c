"""The default model through OpenVINO, in int8 where that is quick: fast to load and to run, without torch."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from models.batches import prepare
from models.cache import build_once, cache_folder
from models.compiled_folder import calibration_texts, load_tokenizer, read_configuration, write_compiled
from models.encoder import Progress, Vectors
from models.fingerprint import folder_fingerprint
from models.network import Network
from models.quick_tokenizer import QuickTokenizer
from models.sentence_transformer import unit

LAYOUT = 6
"""Raised when what is compiled changes, so that an older cache is not taken for the new one."""


class CompiledEncoder:
    """A sentence-transformers folder with a BERT, mean pooling and a Unigram tokenizer, compiled once.

    It computes in int8, or in float32 on a processor that gains nothing by int8. It has the fingerprint of its folder:
    its vectors and those of `SentenceTransformerEncoder` on the same folder may be mixed (a test holds their cosine at
    .985). Threads may share one encoder; their texts are run together.
    """

    def __init__(self, folder: Path, name: str | None = None, calibration: Sequence[str] | None = None) -> None:
        """Compile the folder into the per-user cache, unless that is done already (about half a minute the first time).

        Args:
            folder: a sentence-transformers folder.
            name: readable name; the folder's when None.
            calibration: texts that the int8 ranges are measured on; the bundled ones when None.

        Raises:
            EncoderError: the model is of another kind.
            WeightsError: the cache cannot be written.
        """
        self.name = name or folder.name
        self.fingerprint = folder_fingerprint(folder)
        self._folder = folder
        self._configuration = read_configuration(folder)
        self._compiled_folder = build_once(
            cache_folder() / f"compiled-{LAYOUT}-{self.fingerprint[:12]}",
            lambda target: write_compiled(folder, target, calibration or calibration_texts()),
        )
        self._network = Network(folder, self._compiled_folder)
        self._network.load_ahead()  # who makes an encoder will use it, and has other things to load meanwhile

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._configuration["hidden_size"])

    def encode_challenges(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encode the query side: unit rows, float32, shape (n, dimension)."""
        return self._encode(texts, self._prompt("query"), progress)

    def encode_solutions(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encode the document side: unit rows, float32, shape (n, dimension)."""
        return self._encode(texts, self._prompt("document"), progress)

    def _prompt(self, side: str) -> str:
        return str(self._configuration["prompts"].get(side, ""))

    def _encode(self, texts: Sequence[str], prompt: str, progress: Progress | None) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        ids = self._tokenizer.encode([prompt + prepare(text) for text in texts])
        return unit(np.stack(self._network.run(ids, progress)))

    @cached_property
    def _tokenizer(self) -> QuickTokenizer:
        return load_tokenizer(self._folder, self._compiled_folder, int(self._configuration["max_seq_length"]))
