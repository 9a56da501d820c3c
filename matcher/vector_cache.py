"""The cache of vectors: nothing is encoded twice. One SQLite file of a workspace, shared by processes."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, Literal, TypeAlias

import numpy as np

from matcher.errors import CacheError
from models.encoder import Encoder, Progress, Vectors

Side: TypeAlias = Literal["challenge", "solution"]

FILE: Final = "vectors.sqlite"
CHUNK: Final = 256
"""Texts that are encoded between two writes: what a killed run may lose."""

_PER_QUERY: Final = 500  # SQLite allows 32,766 parameters, older builds 999
_WAIT: Final = 60.0  # seconds for another process to finish its write
_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS vectors (model TEXT, side TEXT, text BLOB, vector BLOB NOT NULL,"
    " PRIMARY KEY (model, side, text)) WITHOUT ROWID"
)


class VectorCache:
    """Vectors by the model's fingerprint, the side and the SHA-256 of the text, as they were encoded (float32).

    Each call opens its own connection (WAL), so that threads and processes may share a cache. A vector is never
    changed once written: of two writers the first wins, and both wrote the same.
    """

    def __init__(self, path: Path) -> None:
        """Open the cache at ``path``, made when missing.

        Raises:
            CacheError: the file cannot be made, or is no cache.
        """
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._connection() as connection:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise CacheError(f"The cache of vectors {path} cannot be used ({error}); it may be deleted.") from error

    def get_many(self, fingerprint: str, side: Side, texts: Sequence[str]) -> dict[str, Vectors]:
        """The vectors (d,) that are known, by text."""
        by_key = {_key(text): text for text in texts}
        keys = list(by_key)
        found: dict[str, Vectors] = {}
        with self._connection() as connection:
            for start in range(0, len(keys), _PER_QUERY):
                some = keys[start : start + _PER_QUERY]
                marks = ",".join("?" * len(some))
                query = f"SELECT text, vector FROM vectors WHERE model = ? AND side = ? AND text IN ({marks})"  # noqa: S608
                for key, vector in connection.execute(query, (fingerprint, side, *some)):
                    found[by_key[key]] = np.frombuffer(vector, dtype="<f4")
        return found

    def put_many(self, fingerprint: str, side: Side, vectors: Mapping[str, Vectors]) -> None:
        """Keep vectors (d,), by text, in one transaction."""
        rows = [
            (fingerprint, side, _key(text), np.ascontiguousarray(vector, dtype="<f4").tobytes())
            for text, vector in vectors.items()
        ]
        with self._connection() as connection, connection:
            connection.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?, ?, ?)", rows)

    def count(self, fingerprint: str | None = None) -> int:
        """The number of vectors, of one model or of all."""
        with self._connection() as connection:
            query = "SELECT count(*) FROM vectors WHERE model = ? OR ? IS NULL"
            return int(connection.execute(query, (fingerprint, fingerprint)).fetchone()[0])

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=_WAIT)) as connection:
            connection.execute("PRAGMA synchronous=NORMAL")
            yield connection


class CachedEncoder:
    """An encoder that asks its cache first, encodes each distinct text once, and writes as it goes."""

    def __init__(self, encoder: Encoder, cache: VectorCache) -> None:
        self._encoder = encoder
        self.cache = cache
        self.encoded = 0
        """Texts that were not in the cache and had to be encoded, since this object was made."""

    @property
    def name(self) -> str:
        """The encoder's name."""
        return self._encoder.name

    @property
    def fingerprint(self) -> str:
        """The encoder's fingerprint."""
        return self._encoder.fingerprint

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._encoder.dimension

    def encode_challenges(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encode the query side, from the cache where it can be."""
        return self._encode("challenge", self._encoder.encode_challenges, texts, progress)

    def encode_solutions(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encode the document side, from the cache where it can be."""
        return self._encode("solution", self._encoder.encode_solutions, texts, progress)

    def _encode(
        self, side: Side, encode: Callable[..., Vectors], texts: Sequence[str], progress: Progress | None
    ) -> Vectors:
        distinct = list(dict.fromkeys(texts))
        known = self.cache.get_many(self.fingerprint, side, distinct)
        # Longest first: chunks of like lengths waste no padding, and the time left is never underestimated.
        missing = sorted((text for text in distinct if text not in known), key=len, reverse=True)
        if progress and len(texts) > len(missing):
            progress(len(texts) - len(missing))
        for start in range(0, len(missing), CHUNK):
            chunk = missing[start : start + CHUNK]
            new = dict(zip(chunk, encode(chunk, progress), strict=True))
            self.cache.put_many(self.fingerprint, side, new)
            self.encoded += len(chunk)
            known |= new
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = known[text]
        return vectors


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
