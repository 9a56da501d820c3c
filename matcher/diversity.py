"""Variety on request: no near-identical proposals, and not several of one organisation, at the top of an answer.

Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): each place goes to the candidate with the largest
``RELEVANCE`` times its fit less (1 - ``RELEVANCE``) times its largest similarity to what is placed already. The
organisation comes first: one that is placed waits until every other one among the candidates has had its turn; among
those whose turn it is, a near copy of what is placed waits for the others.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from matcher.calibration import Floats
from models.encoder import Vectors

RELEVANCE: Final = 0.7
NEAR_COPY: Final = 0.98
"""Cosine from which two solutions say the same."""
CANDIDATES_A_PLACE: Final = 5
"""Candidates for each place of an answer: variety never reaches further down than that."""


def varied(fit: Floats, vectors: Vectors, organisations: Sequence[frozenset[str]], top: int) -> list[int]:
    """The candidates that take the ``top`` places, in order.

    Args:
        fit: of each candidate (n,), best first; fits count as parts of the best one.
        vectors: a unit vector of each (n, d).
        organisations: of each, what it goes by (``interests.Identity.names``); none, unknown, is like no other.
        top: places.
    """
    relevance = fit / max(float(fit.max(initial=0.0)), 1e-9)
    nearest = np.zeros(len(fit))
    left, placed, seen = list(range(len(fit))), list[int](), set[str]()
    while left and len(placed) < top:
        fresh = [one for one in left if seen.isdisjoint(organisations[one])] or left
        fresh = [one for one in fresh if nearest[one] < NEAR_COPY] or fresh
        marginal = RELEVANCE * relevance[fresh] - (1 - RELEVANCE) * nearest[fresh]
        chosen = fresh[int(np.argmax(np.round(marginal, 6)))]  # the first of equals: the better fit
        placed.append(chosen)
        left.remove(chosen)
        seen |= organisations[chosen]
        nearest = np.maximum(nearest, vectors @ vectors[chosen])
    return placed
