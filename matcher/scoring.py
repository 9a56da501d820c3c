"""The ranking: candidates from both searches, scored exactly, ordered by fit.

``match``, ``batch``, ``self-check`` and ``evaluate`` all rank with ``Ranker``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from corpora.records import Language
from matcher.calibration import LANGUAGES, Calibration, Floats, load_calibration, words_signal
from matcher.index import Index
from matcher.queries import Query
from models.encoder import Vectors

Mode: TypeAlias = Literal["hybrid", "dense", "lexical"]
"""The ranking, or one of its signals alone."""

Mask: TypeAlias = npt.NDArray[np.bool_]
Rows: TypeAlias = npt.NDArray[np.int64]

CANDIDATES: Final = 1_000
"""Solutions that each search brings; a corpus of no more is ranked whole."""

_LARGEST_SHARE: Final = 0.9
"""Of a text, that one sentence is taken to hold: without its only sentence there would be nothing to compare."""

_DIGITS: Final = 4
"""Decimals of a logit that count, so that an order does not hang on the last bit of a vector."""


@dataclass(frozen=True)
class Ranking:
    """Rows of the index, best first, with the cosine of the best passage, BM25, and the fit (between 0 and 1)."""

    rows: Rows
    dense: npt.NDArray[np.float32]
    lexical: npt.NDArray[np.float32]
    fit: Floats

    def __len__(self) -> int:
        return len(self.rows)

    def at(self, places: Sequence[int]) -> "Ranking":
        """What stands at these places, in their order."""
        chosen = np.asarray(places, dtype=np.int64)
        return Ranking(self.rows[chosen], self.dense[chosen], self.lexical[chosen], self.fit[chosen])

    def first(self, count: int) -> "Ranking":
        """The first ``count``."""
        return self.at(range(min(count, len(self))))


@dataclass(frozen=True)
class ForeignText:
    """A solution that is not in the index: vectors (p, d) of its passages, terms, language."""

    vectors: Vectors
    terms: tuple[str, ...]
    language: Language


@dataclass(frozen=True)
class Sentences:
    """The sentences of a pitch, the terms of each, and those of the whole pitch."""

    texts: tuple[str, ...]
    terms: tuple[tuple[str, ...], ...]
    whole: tuple[str, ...]
    language: Language


class Ranker:
    """Ranks the solutions of an index. Read-only and safe between threads."""

    def __init__(self, index: Index, calibration: Calibration) -> None:
        self.index = index
        self.calibration = calibration

    @classmethod
    def of(cls, index: Index) -> "Ranker":
        """With the calibration of the index's model, or the generic one when it has none."""
        known = load_calibration(index.fingerprint)
        return cls(index, known or Calibration.generic(index.fingerprint, index.mean_vector, index.covariance))

    def rank(self, query: Query, top: int, keep: Mask | None = None, mode: Mode = "hybrid") -> Ranking:
        """The ``top`` best of the rows where ``keep`` (n,) is true: by fit, or by one signal; ties by id.

        Mode ``lexical`` leaves out what shares no term with the query. Scores do not depend on ``top`` or ``keep``.
        """
        return next(self.rank_many([query], top, keep, mode))

    def rank_many(
        self, queries: Sequence[Query], top: int, keep: Mask | None = None, mode: Mode = "hybrid"
    ) -> Iterator[Ranking]:
        """As ``rank`` for each query, the nearest passages of all being searched at once."""
        depth = max(CANDIDATES, top)
        for query, rows in zip(queries, self._candidates(queries, depth, keep, mode), strict=True):
            yield self._order(query, rows, top, mode)

    def fit_of(self, query: Query, text: ForeignText) -> tuple[float, float, float]:
        """Cosine, BM25 and fit of a solution that is not in the index, scored as if it were one of it."""
        cosine = np.max(text.vectors @ query.vector, keepdims=True)
        bm25 = np.array([self.index.bm25_of_text(query.terms, text.terms)], dtype=np.float32)
        languages = np.array([LANGUAGES.index(text.language)])
        z = self._standardised(query, cosine, languages, np.log([len(text.vectors)]))
        logit = self._logits(query, z, bm25, languages)
        return float(cosine[0]), float(bm25[0]), float(_sigmoid(logit)[0])

    def losses_without(
        self, query: Query, sentences: Sentences, cosines: npt.NDArray[np.float32], cosine: float
    ) -> Floats:
        """The logits (n,) that a fit would lose without each sentence, estimated without encoding anything again.

        A vector is the mean over tokens, so a sentence that holds a share a of them, with ``cosines`` (n,) to the
        query where the whole has ``cosine``, moves it by a / (1 - a) times their difference. BM25 is counted exactly.
        """
        weights = self.calibration.weights[query.language, sentences.language]
        sizes = np.array([len(text) for text in sentences.texts], dtype=np.float64)
        share = np.minimum(sizes / max(float(sizes.sum()), 1.0), _LARGEST_SHARE)
        moved = share / (1 - share) * (cosines.astype(np.float64) - cosine)
        spread = self.calibration.references[sentences.language].spread(query.vector)
        lost: Floats = weights.dense * moved / spread
        if weights.lexical:
            bm25 = self.index.bm25_lost(query.terms, sentences.whole, sentences.terms)
            lost += weights.lexical * words_signal(bm25, self.index.self_information(query.terms))
        return lost

    def _candidates(self, queries: Sequence[Query], depth: int, keep: Mask | None, mode: Mode) -> Iterator[Rows]:
        if mode == "lexical":
            for query in queries:
                yield self.index.lexical([query.terms], depth, keep)[0][0]
            return
        if self.index.size <= depth:
            every = np.arange(self.index.size, dtype=np.int64)
            for _ in queries:
                yield every if keep is None else every[keep]
            return
        nearest = self.index.dense(np.stack([query.vector for query in queries]), depth, keep)
        for query, (rows, _) in zip(queries, nearest, strict=True):
            if mode == "hybrid":
                rows = np.union1d(rows, self.index.lexical([query.terms], depth, keep)[0][0])  # noqa: PLW2901
            yield rows

    def _order(self, query: Query, rows: Rows, top: int, mode: Mode) -> Ranking:
        cosines = self.index.dense_of(query.vector, rows)
        bm25 = self.index.lexical_of(query.terms, rows)
        z = self._standardised(query, cosines, self._language_numbers[rows], self._log_passages[rows])
        logits = self._logits(query, z, bm25, self._language_numbers[rows])
        signals: dict[Mode, Floats] = {"hybrid": logits, "dense": np.round(z, _DIGITS), "lexical": bm25.astype(float)}
        best = np.lexsort((rows, -signals[mode]))[:top]
        return Ranking(rows[best], cosines[best], bm25[best], _sigmoid(logits[best]))

    def _standardised(
        self, query: Query, cosines: npt.NDArray[np.float32], languages: Rows, log_passages: Floats
    ) -> Floats:
        """The dense signal: cosines in standard deviations, less what the best of k passages gains by chance."""
        z = -self.calibration.passages * log_passages
        for number, language in enumerate(LANGUAGES):
            mine = languages == number
            z[mine] += self.calibration.references[language].standardise(query.vector, cosines[mine])
        return z

    def _logits(self, query: Query, z: Floats, bm25: npt.NDArray[np.float32], languages: Rows) -> Floats:
        weights = [self.calibration.weights[query.language, language] for language in LANGUAGES]
        dense, lexical, bias = np.array([(each.dense, each.lexical, each.bias) for each in weights])[languages].T
        words = words_signal(bm25, self.index.self_information(query.terms))
        logits: Floats = np.round(dense * z + lexical * words + bias, _DIGITS)
        return logits

    @cached_property
    def _language_numbers(self) -> npt.NDArray[np.int64]:
        """The number of each row's language in ``LANGUAGES``; what is in no known language counts as French."""
        return np.array([int(language == "en") for language in self.index.languages], dtype=np.int64)

    @cached_property
    def _log_passages(self) -> Floats:
        logarithms: Floats = np.log(self.index.passage_counts)
        return logarithms


def _sigmoid(logits: Floats) -> Floats:
    fit: Floats = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
    return fit
