"""The index: what a query reads. Solutions are rows, in the order of their ids, whatever the segments behind them."""

import hashlib
import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from corpora.records import Solution
from matcher.dense import Cosines, DenseSearch, Mask, Rows
from matcher.lexical import Bm25
from matcher.segment import LAYOUT, Segment, arranged
from models.encoder import Encoder, Progress, Vectors

Ranked: TypeAlias = tuple[Rows, npt.NDArray[np.float32]]
"""Rows, best first, and their scores."""

Value = TypeVar("Value")

_SAMPLE: Final = 5_000
"""Solutions, evenly spaced, whose passages give the mean vector and the covariance."""


class Index:
    """Dense and lexical search over the live solutions of some segments. Read-only and safe between threads.

    Results depend on the live solutions alone: not on the segments, the depth asked for, or the queries beside; but
    a segment of ``nearest.LARGE`` passages or more finds its nearest by an approximate index.
    """

    def __init__(
        self, fingerprint: str, dimension: int, parts: Sequence[tuple[Segment, Mask]], name: str | None = None
    ) -> None:
        """Put segments together; each mask says which of a segment's solutions are live, no id twice.

        ``name`` is the content's (see ``id``) where it is known; to find it, the hashes of all records are read.
        """
        self.fingerprint = fingerprint
        self.dimension = dimension
        self._segments = [segment for segment, _ in parts]
        self._name = name
        self._part_of, self._number_of, rows = arranged(parts)
        self.ids = self._column([segment.ids for segment in self._segments])
        self._dense = DenseSearch([segment.passages for segment in self._segments], rows)
        self._bm25 = Bm25([segment.postings for segment in self._segments], rows)

    @classmethod
    def open(cls, workspace: Path, encoder_fingerprint: str, verify: bool = False) -> "Index":
        """Open the current snapshot of a workspace; ``verify`` checks every byte of it, not only sizes.

        Raises:
            NoSnapshot: the workspace has not been indexed.
            DamagedSnapshot: a file is missing or is not what the manifest says.
            ForeignSnapshot: it was made by another model or an older version of the program.
        """
        from matcher.snapshot import open_snapshot

        manifest, parts = open_snapshot(workspace, encoder_fingerprint, verify=verify)
        return cls(encoder_fingerprint, manifest.dimension, parts, manifest.id)

    @classmethod
    def in_memory(cls, solutions: Sequence[Solution], encoder: Encoder, progress: Progress | None = None) -> "Index":
        """Index ``solutions`` without a workspace."""
        segment = Segment.of(solutions, encoder, progress)
        return cls(encoder.fingerprint, encoder.dimension, [(segment, np.ones(segment.size, dtype=bool))])

    @cached_property
    def id(self) -> str:
        """Name of the content: the same for the same records, model and layout, however they were indexed."""
        return self._name or content_id(self.fingerprint, self.hashes)

    @cached_property
    def hashes(self) -> Mapping[str, str]:
        """The content hash of each record, by id."""
        return dict(zip(self.ids, self._column([segment.hashes for segment in self._segments]), strict=True))

    @cached_property
    def languages(self) -> Sequence[str | None]:
        """The language of each row."""
        return self._column([segment.languages for segment in self._segments])

    def _column(self, of_segments: Sequence[Sequence[Value]]) -> Sequence[Value]:
        """The value of each row, of those that each segment has for its solutions."""
        if len(of_segments) == 1 and len(of_segments[0]) == len(self._part_of):
            return of_segments[0]
        where = zip(self._part_of.tolist(), self._number_of.tolist(), strict=True)
        return [of_segments[part][number] for part, number in where]

    @property
    def size(self) -> int:
        """The number of solutions."""
        return len(self.ids)

    def row_of(self, identifier: str) -> int | None:
        """The row of a solution, None when the index does not hold it."""
        row = bisect_left(self.ids, identifier)
        return row if row < self.size and self.ids[row] == identifier else None

    def solution(self, row: int) -> Solution:
        """The record of a row."""
        part, number = int(self._part_of[row]), int(self._number_of[row])
        return self._segments[part].records.solution(number)

    def solutions(self) -> list[Solution]:
        """All records in the order of rows, parsed once."""
        return self._solutions

    @cached_property
    def _solutions(self) -> list[Solution]:
        return [self.solution(row) for row in range(self.size)]

    @cached_property
    def passage_counts(self) -> npt.NDArray[np.int64]:
        """The number of passages of each row (n,)."""
        counts = np.zeros(self.size, dtype=np.int64)
        for part, segment in enumerate(self._segments):
            mine = self._part_of == part
            counts[mine] = np.diff(segment.passages.first)[self._number_of[mine]]
        return counts

    def dense(self, query_vectors: Vectors, k: int, keep: Mask | None = None) -> list[Ranked]:
        """For each query vector (q, d), the ``k`` rows of the largest cosine (of the best passage), ties by row."""
        return self._dense.search(query_vectors, k, keep)

    def every_cosine(self, query_vectors: Vectors) -> Cosines:
        """The cosine of each query vector (q, d) with the best passage of every row (q, n): near to ``dense_of``'s."""
        return self._dense.every_cosine(query_vectors)

    def dense_of(self, query_vector: Vectors, rows: Rows | Sequence[int]) -> Cosines:
        """The cosine of a query vector (d,) with the best passage of each of ``rows``; as ``dense`` gives it."""
        return self._dense.cosines(query_vector, np.asarray(rows, dtype=np.int64))

    def bm25(self, terms: Sequence[str]) -> npt.NDArray[np.float32]:
        """The BM25 score of every row (n,), 0 where no term is held."""
        return self._bm25.scores(terms).astype(np.float32)

    def idf(self, term: str) -> float:
        """The weight of a term in this corpus."""
        return self._bm25.idf(term)

    def self_information(self, terms: Sequence[str]) -> float:
        """The bound that no BM25 score of these terms reaches."""
        return self._bm25.self_information(terms)

    def bm25_of_text(self, terms: Sequence[str], document: Sequence[str]) -> float:
        """The BM25 score that a document would get which is not in the corpus."""
        return self._bm25.score_of(terms, document)

    def bm25_lost(
        self, terms: Sequence[str], document: Sequence[str], parts: Sequence[Sequence[str]]
    ) -> npt.NDArray[np.float64]:
        """What the BM25 score of a document loses without each of its ``parts`` (n,)."""
        return self._bm25.lost(terms, document, parts)

    def mean_vectors(self, rows: Rows) -> Vectors:
        """The mean of the passages' vectors of each of ``rows``, at unit length."""
        passages = [self._dense.live_vectors(rows[[place]]) for place in range(len(rows))]
        means = np.reshape([each.mean(axis=0) for each in passages], (len(rows), self.dimension))
        unit: Vectors = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
        return unit

    @property
    def mean_vector(self) -> npt.NDArray[np.float64]:
        """Mean (d,) of the passages' vectors (see ``covariance``)."""
        return self._moments[0]

    @property
    def covariance(self) -> npt.NDArray[np.float64]:
        """Covariance (d, d) of the passages' vectors, of 5,000 evenly spaced solutions where there are more.

        An empty index has mean 0 and the covariance of unit vectors that prefer no direction.
        """
        return self._moments[1]

    @cached_property
    def _moments(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        if not self.size:
            return np.zeros(self.dimension), np.eye(self.dimension) / self.dimension
        rows = np.unique(np.linspace(0, self.size - 1, min(self.size, _SAMPLE)).astype(np.int64))
        vectors = self._dense.live_vectors(rows).astype(np.float64)
        mean = vectors.mean(axis=0)
        centred = vectors - mean
        return mean, centred.T @ centred / len(vectors)


def best_rows(scores: npt.NDArray[np.float32], k: int, keep: Mask | None = None) -> Rows:
    """At most ``k`` rows of the largest of ``scores`` (n,) above 0, best first, ties by row."""
    rows = np.flatnonzero(scores > 0 if keep is None else (scores > 0) & keep)
    if len(rows) > k > 0:
        least = np.partition(scores[rows], -k)[-k]
        rows = rows[scores[rows] >= least]
    return rows[np.lexsort((rows, -scores[rows]))][: max(k, 0)]


def content_id(fingerprint: str, hashes: Mapping[str, str]) -> str:
    """16 hexadecimal digits that name records (content hashes by id) indexed with a model, at this layout."""
    content = json.dumps([LAYOUT, fingerprint, sorted(hashes.items())])
    return hashlib.sha256(content.encode()).hexdigest()[:16]
