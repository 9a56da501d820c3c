"""The cache of vectors: nothing is encoded twice. One SQLite file of a workspace, shared by processes."""

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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

    Threads take turns at one connection (to open and close one costs more than to read); processes may share a cache
    (WAL). A vector is never changed once written: of two writers the first wins, and both wrote the same.
    """

    def __init__(self, path: Path) -> None:
        """Open the cache at ``path``, made when missing.

        Raises:
            CacheError: the file cannot be made, or is no cache.
        """
        self.path = path
        self._turn = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._opened = sqlite3.connect(path, timeout=_WAIT, check_same_thread=False)
            self._opened.execute("PRAGMA synchronous=NORMAL")
            self._opened.execute("PRAGMA journal_mode=WAL")
            self._opened.execute(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise _unusable(path, error) from error

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

    def close(self) -> None:
        """Close the connection; the cache cannot be used any more."""
        with self._turn:
            self._opened.close()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._turn:
                yield self._opened
        except sqlite3.Error as error:
            raise _unusable(self.path, error) from error


def _unusable(path: Path, error: Exception) -> CacheError:
    return CacheError(f"The cache of vectors {path} cannot be used ({error}); it may be deleted.")


class CachedEncoder:
    """An encoder that asks its cache first, encodes each distinct text once, and writes as it goes."""

    def __init__(self, encoder: Encoder, cache: VectorCache) -> None:
        self._encoder = encoder
        self.cache = cache
        self.encoded = 0
        """Texts that were not in the cache and had to be encoded, since this object was made."""

    def passing(self, side: Side) -> "PassingEncoder":
        """The same encoder for texts of one side that are not to be kept."""
        return PassingEncoder(self, self._encoder, side)

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


class PassingEncoder:
    """A cached encoder for texts that are not to be kept: those of one side go past the cache.

    They are remembered as long as this object lives.
    """

    def __init__(self, cached: CachedEncoder, uncached: Encoder, side: Side) -> None:
        self.name = cached.name
        self.fingerprint = cached.fingerprint
        self.dimension = cached.dimension
        self._challenges = uncached.encode_challenges if side == "challenge" else cached.encode_challenges
        self._solutions = uncached.encode_solutions if side == "solution" else cached.encode_solutions
        self._side = side
        self._known: dict[str, Vectors] = {}

    def encode_challenges(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encode the query side."""
        return self._encode("challenge", self._challenges, texts, progress)

    def encode_solutions(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encode the document side."""
        return self._encode("solution", self._solutions, texts, progress)

    def _encode(
        self, side: Side, encode: Callable[..., Vectors], texts: Sequence[str], progress: Progress | None
    ) -> Vectors:
        if side != self._side or not texts:
            return encode(texts, progress)
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        if missing:
            self._known.update(zip(missing, encode(missing, progress), strict=True))
        return np.stack([self._known[text] for text in texts])


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
