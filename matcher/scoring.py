"""The ranking: all rows scored, or in a large index those that both searches find, and the best ordered by fit.

``match``, ``batch``, ``self-check`` and ``evaluate`` all rank with ``Ranker``. Below ``LARGE`` rows the cosines of
many queries with all of them are one matrix product, near enough to say which rows may be among the best; those are
scored again, exactly, so that no answer hangs on the queries beside it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from corpora.records import Language
from matcher.calibration import LANGUAGES, Calibration, Floats, load_calibration, words_signal
from matcher.dense import KERNEL_NOISE, Mask, Rows
from matcher.index import Index, best_rows
from matcher.nearest import LARGE
from matcher.passages import packed
from matcher.queries import Query
from models.encoder import Vectors

Mode: TypeAlias = Literal["hybrid", "dense", "lexical"]
"""The ranking, or one of its signals alone."""

CANDIDATES: Final = 1_000
"""Solutions that each search brings where not all are scored."""

_COSINES_AT_ONCE: Final = 1 << 23
"""Cosines of a matrix product: 32 MiB."""

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
    """The sentences of a pitch, the room of its passages, the terms of each sentence, and those of the whole pitch."""

    texts: tuple[str, ...]
    room: int
    terms: tuple[tuple[str, ...], ...]
    whole: tuple[str, ...]
    language: Language


@dataclass(frozen=True)
class Background:
    """A query and what its scores are measured against.

    ``means`` and ``spreads`` (languages,) are of the cosines that it has with documents of each language,
    ``beside_usual`` (languages, 2) says how far both are from those of usual queries, ``information`` is its
    self-information.
    """

    query: Query
    means: Floats
    spreads: Floats
    beside_usual: Floats
    information: float


class Scored:
    """A query with the scores of all rows, or the means to find the best: rankings under any condition come of it."""

    def __init__(self, ranker: "Ranker", query: Query, cosines: npt.NDArray[np.float32] | None) -> None:
        """Take the cosines of all rows (n,), near to exact, or None where they are too many."""
        self._ranker = ranker
        self._query = query
        self._background = ranker.background(query)
        self._cosines = cosines

    def ranking(self, top: int, keep: Mask | None = None, mode: Mode = "hybrid") -> Ranking:
        """The ``top`` best of the rows where ``keep`` (n,) is true: by fit, or by one signal; ties by id.

        Mode ``lexical`` leaves out what shares no term with the query. Scores do not depend on ``top`` or ``keep``.
        """
        if mode == "lexical":
            rows = best_rows(self._bm25, top, keep)
        elif self._cosines is None:
            rows = self._found(max(CANDIDATES, top), keep, mode)
        else:
            rows = self._near_best(top, keep, mode)
        cosines, bm25 = self._ranker.index.dense_of(self._query.vector, rows), self._bm25[rows]
        signals = self._ranker.signals(self._background, cosines, bm25, rows)
        best = np.lexsort((rows, -signals[mode]))[:top]
        return Ranking(rows[best], cosines[best], bm25[best], _sigmoid(signals["hybrid"][best]))

    def _found(self, depth: int, keep: Mask | None, mode: Mode) -> Rows:
        """What the searches find."""
        rows: Rows = self._ranker.index.dense(self._query.vector[None], depth, keep)[0][0]
        if mode == "hybrid":
            rows = np.union1d(rows, best_rows(self._bm25, depth, keep))
        return rows

    def _near_best(self, top: int, keep: Mask | None, mode: Mode) -> Rows:
        """Rows that surely hold the ``top`` best."""
        rows: Rows = np.arange(self._ranker.index.size) if keep is None else np.flatnonzero(keep)
        if len(rows) <= top:
            return rows
        signal = self._signals[mode] if keep is None else self._signals[mode][rows]
        least = np.partition(signal, -top)[-top] - 2 * self._ranker.noise(self._background)
        near: Rows = rows[signal >= least]
        return near

    @cached_property
    def _bm25(self) -> npt.NDArray[np.float32]:
        return self._ranker.index.bm25(self._query.terms)

    @cached_property
    def _signals(self) -> Mapping[Mode, Floats]:
        assert self._cosines is not None
        return self._ranker.signals(self._background, self._cosines, self._bm25)


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
        """As ``Scored.ranking``, for one query."""
        return next(self.rank_many([query], top, keep, mode))

    def rank_many(
        self, queries: Sequence[Query], top: int, keep: Mask | None = None, mode: Mode = "hybrid"
    ) -> Iterator[Ranking]:
        """As ``rank`` for each query."""
        for scored in self.scored(queries):
            yield scored.ranking(top, keep, mode)

    def scored(self, queries: Sequence[Query]) -> Iterator[Scored]:
        """Each query with its scores, some of them being computed together."""
        if self.index.size >= LARGE:
            yield from (Scored(self, query, None) for query in queries)
            return
        together = max(1, _COSINES_AT_ONCE // max(int(self.index.passage_counts.sum()), 1))
        for start in range(0, len(queries), together):
            some = queries[start : start + together]
            cosines = self.index.every_cosine(np.stack([query.vector for query in some]))
            yield from (Scored(self, query, row) for query, row in zip(some, cosines, strict=True))

    def fit_of(self, query: Query, text: ForeignText) -> tuple[float, float, float]:
        """Cosine, BM25 and fit of a solution that is not in the index, scored as if it were one of it."""
        cosine = np.max(text.vectors @ query.vector, keepdims=True)
        bm25 = np.array([self.index.bm25_of_text(query.terms, text.terms)], dtype=np.float32)
        languages = np.array([LANGUAGES.index(text.language)])
        background = self.background(query)
        z = self._standardised(background, cosine, languages, np.log([len(text.vectors)]))
        logit = self._logits(background, z, bm25, languages)
        return float(cosine[0]), float(bm25[0]), float(_sigmoid(logit)[0])

    def background(self, query: Query) -> Background:
        """What the scores of a query are measured against."""
        references = [self.calibration.references[language] for language in LANGUAGES]
        means = [reference.mean_cosine(query.vector) for reference in references]
        spreads = [reference.spread(query.vector) for reference in references]
        beside_usual = [each.beside_usual(*of) for each, *of in zip(references, means, spreads, strict=True)]
        information = self.index.self_information(query.terms)
        return Background(query, np.array(means), np.array(spreads), np.array(beside_usual), information)

    def losses_without(self, background: Background, sentences: Sentences, cosines: npt.NDArray[np.float32]) -> Floats:
        """The logits (n,) that a fit would lose without each sentence, estimated without encoding anything again.

        A vector is the mean over tokens, so the cosine of a passage moves as the mean of its sentences' own, of
        ``cosines`` (n,), each counting by its length (a sentence alone is further from a query than a text, so only
        what that mean loses counts). Without a sentence the others are packed into passages anew, and another one may
        be the best. BM25 is counted exactly.
        """
        query = background.query
        weights = self.calibration.weights[query.language, sentences.language]
        spread = background.spreads[LANGUAGES.index(sentences.language)]
        lengths = np.array([len(text) for text in sentences.texts])

        def dense(kept: Rows) -> float:
            """The dense signal of these sentences alone."""
            passages = packed(lengths[kept].tolist(), sentences.room)
            means = np.bincount(passages, lengths[kept] * cosines[kept]) / np.bincount(passages, lengths[kept])
            return float(means.max() / spread - self.calibration.passages * np.log(len(means)))

        every = np.arange(len(lengths))
        lost: Floats = np.zeros(len(lengths))
        if len(lengths) > 1:  # without its only sentence there would be nothing to compare
            lost = weights.dense * (dense(every) - np.array([dense(np.delete(every, one)) for one in every]))
        if weights.lexical:
            bm25 = self.index.bm25_lost(query.terms, sentences.whole, sentences.terms)
            lost += weights.lexical * words_signal(bm25, background.information)
        return lost

    def signals(
        self,
        background: Background,
        cosines: npt.NDArray[np.float32],
        bm25: npt.NDArray[np.float32],
        rows: Rows | slice = slice(None),
    ) -> Mapping[Mode, Floats]:
        """What each mode ranks ``rows`` by: logits of the fit, standardised cosines, BM25."""
        languages = self._language_numbers[rows]
        z = self._standardised(background, cosines, languages, self._log_passages[rows])
        logits = self._logits(background, z, bm25, languages)
        return {"hybrid": logits, "dense": np.round(z, _DIGITS), "lexical": bm25.astype(np.float64)}

    def noise(self, background: Background) -> float:
        """More than a signal of ``every_cosine`` can differ by from one of exact cosines."""
        weights = self._weights(background)[:, 0]
        steepest = float((np.maximum(np.abs(weights), 1) / background.spreads).max())
        return KERNEL_NOISE * steepest + 10**-_DIGITS

    def _standardised(
        self, background: Background, cosines: npt.NDArray[np.float32], languages: Rows, log_passages: Floats
    ) -> Floats:
        """The dense signal: cosines in standard deviations, less what the best of k passages gains by chance."""
        z: Floats = (cosines - background.means[languages]) / background.spreads[languages]
        z -= self.calibration.passages * log_passages
        return z

    def _logits(self, background: Background, z: Floats, bm25: npt.NDArray[np.float32], languages: Rows) -> Floats:
        dense, lexical, constant = self._weights(background).T
        words = words_signal(bm25, background.information)
        logits: Floats = np.round(dense[languages] * z + lexical[languages] * words + constant[languages], _DIGITS)
        return logits

    def _weights(self, background: Background) -> Floats:
        """Dense, lexical, and what is the same for all solutions in a language (languages, 3)."""
        weights = [self.calibration.weights[background.query.language, language] for language in LANGUAGES]
        return np.array(
            [
                (each.dense, each.lexical, each.query_mean * mean + each.query_spread * spread + each.bias)
                for each, (mean, spread) in zip(weights, background.beside_usual, strict=True)
            ]
        )

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
