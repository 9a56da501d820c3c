"""The nearest solutions by their best passage: exact search with FAISS, whatever the filter and the depth.

Only in a segment of ``LARGE`` passages or more, with more than ``MOST_EXACT`` of them to look at, is the search
approximate (see ``matcher.nearest``). FAISS finds candidates; the cosines that are returned are computed again here,
one way for all, because its kernels differ in the last bits with the number of queries. Equal cosines are ordered by
row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from matcher.nearest import CANDIDATES, LARGE, build_nearest, near, selector
from models.encoder import Vectors

Rows: TypeAlias = npt.NDArray[np.int64]
Cosines: TypeAlias = npt.NDArray[np.float32]
Mask: TypeAlias = npt.NDArray[np.bool_]

KERNEL_NOISE: Final = 1e-5
"""More than two ways of computing one cosine in float32 can differ by."""

MOST_EXACT: Final = 50_000
"""Passages that a search of a large segment compares one by one."""

_BLOCK: Final = 4_096
"""Passages whose cosines are computed at once."""


@dataclass(frozen=True)
class PassageVectors:
    """Unit vectors of the passages of some solutions, numbered from 0.

    The passages of solution s are ``first[s]`` to ``first[s + 1] - 1``; ``faiss_index`` is an ``IndexFlatIP``,
    ``nearest`` an approximate index where they are many.
    """

    faiss_index: Any
    first: npt.NDArray[np.int64]
    nearest: Any = None

    @classmethod
    def of(cls, vectors: Vectors, first: npt.NDArray[np.int64]) -> "PassageVectors":
        """Index vectors (p, d) held in memory."""
        import faiss

        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index, first, build_nearest(vectors) if len(vectors) >= LARGE else None)

    @property
    def vectors(self) -> Vectors:
        """The vectors (p, d), a view."""
        import faiss

        shape = (self.faiss_index.ntotal, self.faiss_index.d)
        if not shape[0]:
            return np.zeros(shape, dtype=np.float32)
        view: Vectors = faiss.rev_swig_ptr(self.faiss_index.get_xb(), shape[0] * shape[1]).reshape(shape)
        return view

    @cached_property
    def owners(self) -> Rows:
        """The solution of each passage (p,)."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))

    def every_cosine(self, queries: Vectors) -> Cosines:
        """The cosine of each of ``queries`` (q, d) with the best passage of each solution (q, n)."""
        cosines: Cosines = queries @ self.vectors.T
        if len(self.first) - 1 == cosines.shape[1]:
            return cosines
        return np.maximum.reduceat(cosines, self.first[:-1], axis=1)

    def best_cosines(self, query: Vectors, solutions: Rows) -> Cosines:
        """The cosine of ``query`` (d,) with the best passage of each of ``solutions`` (k,)."""
        if not len(solutions):
            return np.zeros(0, dtype=np.float32)
        starts, stops = self.first[solutions], self.first[solutions + 1]
        sizes = stops - starts
        ends = np.cumsum(sizes)
        passages = np.arange(ends[-1]) - np.repeat(ends - sizes - starts, sizes)
        return np.maximum.reduceat(_cosines(self.vectors, passages, query), ends - sizes)


class DenseSearch:
    """Search over the live solutions of several ``PassageVectors``: exact, but in parts that have a ``nearest``.

    ``rows[i]`` gives, for each solution of part i, its row in the answers, or -1 where the solution is not live.
    """

    def __init__(self, parts: Sequence[PassageVectors], rows: Sequence[Rows]) -> None:
        self._parts = parts
        self._rows = rows
        self.size = sum(int((to >= 0).sum()) for to in rows)
        self._in_place = len(parts) == 1 and np.array_equal(rows[0], np.arange(self.size))
        self._part_of = np.full(self.size, -1, dtype=np.int64)
        self._number_of = np.full(self.size, -1, dtype=np.int64)
        for part, to in enumerate(rows):
            live = np.flatnonzero(to >= 0)
            self._part_of[to[live]] = part
            self._number_of[to[live]] = live

    def search(self, queries: Vectors, k: int, keep: Mask | None = None) -> list[tuple[Rows, Cosines]]:
        """For each of ``queries`` (q, d), the ``k`` best rows and their cosines, best first, ties by row.

        Only rows where ``keep`` (n,) is true take part; fewer than ``k`` come back when fewer are kept.
        """
        found = [self._search_part(part, queries, k, keep) for part in range(len(self._parts))]
        return [self._best_of([answers[number] for answers in found], k) for number in range(len(queries))]

    def every_cosine(self, queries: Vectors) -> Cosines:
        """The cosine of each of ``queries`` (q, d) with the best passage of every row, (q, n), by matrix products.

        Within ``KERNEL_NOISE`` of what ``cosines`` gives.
        """
        if self._in_place:
            return self._parts[0].every_cosine(queries)
        answer = np.empty((len(queries), self.size), dtype=np.float32)
        for part, to in zip(self._parts, self._rows, strict=True):
            live = to >= 0
            answer[:, to[live]] = part.every_cosine(queries)[:, live]
        return answer

    def cosines(self, query: Vectors, rows: Rows) -> Cosines:
        """The cosine of ``query`` (d,) with the best passage of each of ``rows``."""
        answer = np.zeros(len(rows), dtype=np.float32)
        for number, part in enumerate(self._parts):
            mine = np.flatnonzero(self._part_of[rows] == number)
            answer[mine] = part.best_cosines(query, self._number_of[rows[mine]])
        return answer

    def live_vectors(self, rows: Rows) -> Vectors:
        """The passages' vectors of ``rows``, in their order."""
        vectors = []
        for row in rows:
            part, number = self._parts[self._part_of[row]], self._number_of[row]
            vectors.append(part.vectors[part.first[number] : part.first[number + 1]])
        return np.concatenate(vectors)

    @staticmethod
    def _best_of(answers: Sequence[tuple[Rows, Cosines]], k: int) -> tuple[Rows, Cosines]:
        rows = np.concatenate([np.zeros(0, dtype=np.int64), *(rows for rows, _ in answers)])
        cosines = np.concatenate([np.zeros(0, dtype=np.float32), *(cosines for _, cosines in answers)])
        best = np.lexsort((rows, -cosines))[:k]
        return rows[best], cosines[best]

    def _search_part(self, number: int, queries: Vectors, k: int, keep: Mask | None) -> list[tuple[Rows, Cosines]]:
        """The k best of one part and whatever ties with the last of them, for each query, in no order."""
        part, to = self._parts[number], self._rows[number]
        eligible = to >= 0
        if keep is not None:
            eligible[eligible] = keep[to[eligible]]
        kept = int(eligible.sum())
        if not kept or k < 1:
            return [(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)) for _ in queries]
        if kept <= k:
            solutions = np.flatnonzero(eligible)
            return [(to[solutions], part.best_cosines(query, solutions)) for query in queries]
        passages = np.flatnonzero(eligible[part.owners])
        candidates = _near(part, queries, k, passages) or _candidates(part, queries, k, passages)
        return [
            (to[solutions], part.best_cosines(query, solutions))
            for query, solutions in zip(queries, candidates, strict=True)
        ]


def _near(part: PassageVectors, queries: Vectors, k: int, passages: Rows) -> list[Rows]:
    """For each query, owners of ``passages`` that very likely hold the k best; none where the search must be exact."""
    if part.nearest is None or len(passages) <= MOST_EXACT:
        return []
    depth = max(CANDIDATES, 2 * k)
    found = [np.unique(part.owners[near(part.nearest, query, depth, passages)]) for query in queries]
    return found if all(len(solutions) >= k for solutions in found) else []


def _candidates(part: PassageVectors, queries: Vectors, k: int, passages: Rows) -> list[Rows]:
    """For each query, owners of ``passages`` that surely hold the k best, more than k owning some.

    Passages are searched deeper until k distinct solutions are found and the passages left out are below the k-th by
    more than the noise: then neither a tie nor a rounding can have kept a better one out.
    """
    import faiss

    owners = part.owners
    search = part.faiss_index.search
    if len(passages) < len(owners):
        parameters: Any = faiss.SearchParameters
        search = partial(search, params=parameters(sel=selector(passages, len(owners))))
    answers: list[Rows | None] = [None] * len(queries)
    depth = 2 * k + 16
    while waiting := [number for number, answer in enumerate(answers) if answer is None]:
        depth = min(depth, len(passages))
        asked = np.ascontiguousarray(queries[waiting], dtype=np.float32)
        scores, found = search(asked, depth)
        for number, row_scores, row_found in zip(waiting, scores, found, strict=True):
            answers[number] = _enough(owners[row_found], row_scores, k, complete=depth == len(passages))
        depth *= 4
    return [answer for answer in answers if answer is not None]


def _enough(owners: Rows, scores: Cosines, k: int, *, complete: bool) -> Rows | None:
    """The distinct owners that may be among the k best, or None where the search was not deep enough."""
    distinct, places = np.unique(owners, return_index=True)
    best = np.sort(scores[places])[::-1]
    if complete:
        return distinct
    if len(distinct) < k or scores[-1] >= best[k - 1] - KERNEL_NOISE:
        return None
    near: Rows = distinct[scores[places] >= best[k - 1] - KERNEL_NOISE]
    return near


def _cosines(vectors: Vectors, passages: Rows, query: Vectors) -> Cosines:
    """Cosines computed in float64 and rounded once, so that they hang on the two vectors alone."""
    wide = query.astype(np.float64)
    cosines = np.empty(len(passages), dtype=np.float32)
    for start in range(0, len(passages), _BLOCK):
        block = slice(start, start + _BLOCK)
        cosines[block] = (vectors[passages[block]] * wide).sum(axis=1)
    return cosines
