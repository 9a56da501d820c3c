"""A challenge as the index asks it: one vector, terms, language."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from corpora.records import Language
from matcher.errors import EmptyText
from matcher.passages import split_passages
from matcher.tokens import tokenize
from matcher.wording import fault
from models.encoder import Encoder, Progress, Vectors

WHOLE: Final = 1_800
"""Characters of a challenge that is encoded in one piece: about 450 tokens, under the encoder's 512."""


@dataclass(frozen=True)
class Query:
    """A challenge ready to be ranked for: unit ``vector`` (d,), ``terms`` as often as they occur."""

    text: str
    language: Language
    vector: Vectors
    terms: tuple[str, ...]


def make_queries(
    encoder: Encoder, texts: Sequence[tuple[str, Language | None]], progress: Progress | None = None
) -> list[Query]:
    """Encode texts with their languages (French where None), all in one call of the encoder.

    The vector of a text longer than ``WHOLE`` is the mean of its passages' vectors, at unit length: a cosine with it
    is, but for a factor, the mean of theirs.

    Raises:
        EmptyText: a text without a letter or a figure.
    """
    pieces = [pieces_of(text) for text, _ in texts]
    for text, _ in texts:
        check_text(text)
    vectors = encoder.encode_challenges([piece for each in pieces for piece in each], progress)
    ends = np.cumsum([len(each) for each in pieces])
    queries = []
    for (text, language), end, each in zip(texts, ends, pieces, strict=True):
        vector = vectors[end - 1] if len(each) == 1 else _mean(vectors[end - len(each) : end])
        known: Language = language or "fr"
        queries.append(Query(text, known, vector, tuple(tokenize(text, known))))
    return queries


def pieces_of(text: str) -> list[str]:
    """What is encoded of a text: itself, or passages of at most ``WHOLE`` characters."""
    return [text] if len(text) <= WHOLE else split_passages("", text, WHOLE)


def check_text(text: str) -> None:
    """Refuse a text that says nothing.

    Raises:
        EmptyText: no letter and no figure.
    """
    if not has_words(text):
        raise fault(EmptyText, "empty_text")


def has_words(text: str) -> bool:
    """Whether a text holds a letter or a figure."""
    return any(sign.isalnum() for sign in text)


def _mean(vectors: Vectors) -> Vectors:
    mean = vectors.astype(np.float64).mean(axis=0)
    unit: Vectors = (mean / max(float(np.linalg.norm(mean)), 1e-12)).astype(np.float32)
    return unit
