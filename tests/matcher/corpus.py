"""Small corpora for the tests of the index."""

import random
from collections.abc import Iterable, Sequence

import numpy as np

from corpora.records import Solution
from matcher.dense import Mask
from matcher.index import Index

WORDS = (
    "eau forêt incendie capteur réseau énergie chaleur hydrogène batterie drone patient hôpital bâtiment isolation "
    "carbone sol agriculture irrigation fuite déchet plastique recyclage mobilité vélo transport données logiciel "
    "water forest fire sensor network energy heat battery waste soil farming leak building patient"
).split()


def solution(identifier: str, text: str = "", name: str = "Solution", language: str | None = "fr") -> Solution:
    return Solution.model_validate({"id": identifier, "name": name, "text": text, "language": language})


def some_solutions(count: int, seed: int = 0, words: int = 12) -> list[Solution]:
    """Solutions ``s0000``, … of random words, some of them long enough for several passages."""
    chance = random.Random(seed)
    return [
        solution(
            f"s{number:04}",
            ". ".join(" ".join(chance.choices(WORDS, k=6)).capitalize() for _ in range(chance.randint(1, words))),
            name=" ".join(chance.choices(WORDS, k=2)),
            language=chance.choice(("fr", "en", None)),
        )
        for number in range(count)
    ]


def long_pitch(last: str, paragraphs: int = 30) -> str:
    """About 3,000 words in paragraphs, the last of which is ``last``."""
    chance = random.Random(7)
    filler = [
        " ".join(" ".join(chance.choices(WORDS[:20], k=20)).capitalize() + "." for _ in range(5))
        for _ in range(paragraphs)
    ]
    return "\n\n".join([*filler, last])


def ids_of(solutions: Sequence[Solution]) -> list[str]:
    return sorted(one.id for one in solutions)


def mask_of(index: Index, rows: Iterable[int]) -> Mask:
    """The mask that is true for ``rows``."""
    return np.isin(np.arange(index.size), list(rows))
