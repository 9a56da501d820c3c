"""How good a ranking is: nDCG@10, recall@50, MRR@10, success@1, with bootstrap intervals.

Definitions as in ranx and trec_eval. nDCG has the linear variant: the gain is the grade itself
(Järvelin and Kekäläinen, ACM TOIS 20(4), 2002). "Relevant" means grade 1 or more.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Grades: TypeAlias = npt.NDArray[np.float64]
"""Grades in the order of a ranking, shape (ranked,); 0 where nothing was judged."""

RELEVANT: Final = 1.0
RESAMPLES: Final = 10_000
SEED: Final = 20_270_101


class Estimate(NamedTuple):
    """A mean over queries, with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


def ndcg(ranked: Grades, judged: Grades, depth: int = 10) -> float:
    """Discounted gain of the ranking over that of the best ranking of all ``judged`` grades."""
    best = _discounted(np.sort(judged)[::-1], depth)
    return _discounted(ranked, depth) / best if best > 0 else 0.0


def recall(ranked: Grades, judged: Grades, depth: int = 50) -> float:
    """Share of the relevant documents that stand in the first ``depth``."""
    relevant = np.count_nonzero(judged >= RELEVANT)
    return np.count_nonzero(ranked[:depth] >= RELEVANT) / relevant if relevant else 0.0


def reciprocal_rank(ranked: Grades, judged: Grades, depth: int = 10) -> float:  # noqa: ARG001
    """One over the rank of the first relevant document, 0 when none stands in the first ``depth``."""
    hits = np.flatnonzero(ranked[:depth] >= RELEVANT)
    return 1.0 / (1.0 + float(hits[0])) if len(hits) else 0.0


def success(ranked: Grades, judged: Grades, depth: int = 1) -> float:  # noqa: ARG001
    """1 when a relevant document stands in the first ``depth``, else 0."""
    return float(np.any(ranked[:depth] >= RELEVANT))


METRICS: Final[Mapping[str, Callable[[Grades, Grades], float]]] = {
    "ndcg@10": ndcg,
    "recall@50": recall,
    "mrr@10": reciprocal_rank,
    "success@1": success,
}


def bootstrap(
    values: npt.NDArray[np.float64], sizes: npt.NDArray[np.float64] | None = None, seed: int = SEED
) -> Estimate:
    """Mean of ``values`` (one a query) with the percentiles 2.5 and 97.5 of ``RESAMPLES`` resampled means.

    ``sizes``: how many cases each value is the mean of, where they differ; the mean is then that of the cases.
    """
    if not len(values):
        return Estimate(0.0, 0.0, 0.0)
    weights = np.ones(len(values)) if sizes is None else sizes
    draws = np.random.default_rng(seed).multinomial(len(values), np.full(len(values), 1 / len(values)), RESAMPLES)
    low, high = np.percentile(draws @ (values * weights) / (draws @ weights), (2.5, 97.5))
    return Estimate(float(np.average(values, weights=weights)), float(low), float(high))


def _discounted(grades: Grades, depth: int) -> float:
    gains = np.maximum(grades[:depth], 0.0)
    return float(np.sum(gains / np.log2(np.arange(2, len(gains) + 2))))
