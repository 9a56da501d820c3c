"""An approximate index of very many passages: the lists near a query are read instead of all vectors.

An inverted file (IVF): k-means puts passages into lists; in a list each vector is kept as one bit a dimension, with
two corrections (RaBitQ: Gao and Long, SIGMOD 2024), a twentieth of its size. It gives candidates; who asks scores them
exactly by their vectors, which makes up for what the bits lose. Chosen by ``benchmarks.scale --families``.
"""

from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from models.encoder import Vectors

LARGE: Final = 200_000
"""Passages of a segment from which it has such an index, and solutions of an index from which not all are scored."""

CANDIDATES: Final = 2_000
"""Passages that a search brings at least."""

_LISTS: Final = 2.0
"""Lists, by the square root of the number of passages."""
_PROBED: Final = 1 / 16
"""Of the lists, those read for a query when nothing is filtered out."""
_ROUNDS: Final = 8
_POINTS: Final = 64
"""Rounds of the k-means, and passages a list that it learns from."""
_SEED: Final = 7

Numbers: TypeAlias = npt.NDArray[np.int64]


def build_nearest(vectors: Vectors) -> Any:
    """The index of unit vectors (p, d)."""
    import faiss

    count, dimension = vectors.shape
    lists = max(1, round(_LISTS * count**0.5))
    index: Any = faiss.index_factory(dimension, f"IVF{lists},RaBitQ", faiss.METRIC_INNER_PRODUCT)
    index.cp.niter, index.cp.max_points_per_centroid = _ROUNDS, _POINTS
    drawn = np.random.default_rng(_SEED).choice(count, min(count, _POINTS * lists), replace=False)
    index.train(np.ascontiguousarray(vectors[np.sort(drawn)]))
    index.add(np.ascontiguousarray(vectors))
    return index


def near(index: Any, query: Vectors, depth: int, kept: Numbers) -> Numbers:
    """At most ``depth`` of the passages ``kept`` (their numbers) near to ``query`` (d,), in no order.

    The fewer are kept, the wider the search: they are thinner on the ground.
    """
    import faiss

    share = len(kept) / index.ntotal
    parameters: Any = faiss.IVFSearchParameters
    options: dict[str, Any] = {"nprobe": min(index.nlist, round(_PROBED * index.nlist / share**0.75))}
    if share < 1:
        options["sel"] = bitmap(kept, index.ntotal)
    _, found = index.search(np.ascontiguousarray(query[None], dtype=np.float32), depth, params=parameters(**options))
    numbers: Numbers = found[0][found[0] >= 0]
    return numbers


def selector(kept: Numbers, total: int) -> Any:
    """Which of ``total`` passages a flat index looks at: where they are few it reads a list, and only them."""
    import faiss

    return faiss.IDSelectorArray(kept) if len(kept) < total // 10 else bitmap(kept, total)


def bitmap(kept: Numbers, total: int) -> Any:
    """Which of ``total`` passages an index looks at, asked passage by passage."""
    import faiss

    mask = np.zeros(total, dtype=bool)
    mask[kept] = True
    selected: Any = faiss.IDSelectorBitmap
    return selected(np.packbits(mask, bitorder="little"))
