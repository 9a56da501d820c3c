"""BM25 over immutable postings: Robertson's weighting in the variant of Lucene.

Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009. The variant is the one that
bm25s calls ``lucene``: idf = ln(1 + (N - df + 0.5) / (df + 0.5)), never negative, and
tf / (tf + k1 (1 - b + b dl / avgdl)) without the constant factor (k1 + 1). A term repeated in the query counts as
often as it is repeated: long challenges say twice what they are about.

Postings keep raw counts. What depends on the whole corpus (N, df, the mean length) is taken from the live documents
when an index is opened, so that a corpus in many segments scores exactly like the same corpus in one.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

K1: Final = 1.5
B: Final = 0.75

Integers = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Postings:
    """For each term, the documents that hold it and how often; documents are numbered from 0.

    The documents of term t are ``documents[offsets[t]:offsets[t + 1]]``, ascending; ``vocabulary`` is sorted;
    ``lengths`` counts the terms of each document.
    """

    vocabulary: Sequence[str]
    offsets: Offsets
    documents: Integers
    counts: Integers
    lengths: Integers

    @classmethod
    def of(cls, documents: Iterable[Sequence[str]]) -> "Postings":
        """Count the terms of each document."""
        numbers: dict[str, int] = {}
        terms: list[int] = []
        counts: list[int] = []
        distinct: list[int] = []
        lengths: list[int] = []
        for document in documents:
            held = Counter(document)
            terms.extend(numbers.setdefault(term, len(numbers)) for term in held)
            counts.extend(held.values())
            distinct.append(len(held))
            lengths.append(len(document))
        owners = np.repeat(np.arange(len(lengths), dtype=np.int32), distinct)
        return cls.from_triples(list(numbers), _integers(terms), owners, _integers(counts), _integers(lengths))

    @classmethod
    def from_triples(
        cls, words: Sequence[str], terms: Integers, documents: Integers, counts: Integers, lengths: Integers
    ) -> "Postings":
        """Sort (term, document, count) triples; terms are numbers into ``words``, of which the unused are dropped."""
        used = np.unique(terms)
        vocabulary = sorted(words[term] for term in used)
        rank = {word: number for number, word in enumerate(vocabulary)}
        renumbered = np.full(len(words), -1, dtype=np.int32)
        renumbered[used] = [rank[words[term]] for term in used]
        terms = renumbered[terms]
        order = np.lexsort((documents, terms))
        sizes = np.bincount(terms, minlength=len(vocabulary))
        offsets = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
        return cls(vocabulary, offsets, documents[order], counts[order], lengths)

    @cached_property
    def number_of(self) -> Mapping[str, int]:
        """The number of each term."""
        return {term: number for number, term in enumerate(self.vocabulary)}

    def triples(self) -> tuple[Integers, Integers, Integers]:
        """Term numbers, documents and counts, one of each per posting."""
        terms = np.repeat(np.arange(len(self.vocabulary), dtype=np.int32), np.diff(self.offsets))
        return terms, np.asarray(self.documents), np.asarray(self.counts)

    def document_frequencies(self, live: Mask) -> Offsets:
        """The number of live documents that hold each term."""
        if live.all():
            return np.diff(self.offsets)
        held = np.concatenate(([0], np.cumsum(live[self.documents])))
        return np.asarray(held[self.offsets[1:]] - held[self.offsets[:-1]], dtype=np.int64)


class Bm25:
    """BM25 scores over the live documents of several postings.

    ``rows[i]`` gives, for each document of part i, its row in the scores, or -1 where the document is not live.
    """

    def __init__(self, parts: Sequence[Postings], rows: Sequence[npt.NDArray[np.int64]]) -> None:
        self._parts = parts
        self._rows = rows
        self._frequencies = [part.document_frequencies(to >= 0) for part, to in zip(parts, rows, strict=True)]
        lengths = [part.lengths[to >= 0] for part, to in zip(parts, rows, strict=True)]
        self.documents = sum(len(each) for each in lengths)
        self.mean_length = sum(int(each.sum()) for each in lengths) / max(self.documents, 1)
        self._norms = [self._norm(part.lengths) for part in parts]
        self._in_place = [len(to) == self.documents and bool((to == np.arange(len(to))).all()) for to in rows]
        self._idf: dict[str, float] = {}
        self._kept: list[dict[int, tuple[npt.NDArray[Any], npt.NDArray[np.float32]]]] = [{} for _ in parts]

    def idf(self, term: str) -> float:
        """The weight of a term; that of a term which no document holds is the largest."""
        known = self._idf.get(term)
        return self._weight_of(term) if known is None else known

    def _weight_of(self, term: str) -> float:
        frequency = 0
        for part, frequencies in zip(self._parts, self._frequencies, strict=True):
            number = part.number_of.get(term)
            if number is not None:
                frequency += int(frequencies[number])
        weight = math.log1p((self.documents - frequency + 0.5) / (frequency + 0.5))
        if frequency:  # what no document holds would fill the memory, query by query
            self._idf[term] = weight
        return weight

    def self_information(self, terms: Sequence[str]) -> float:
        """The bound of the scores of a query: the sum of the weights of its terms, as often as they are repeated."""
        return sum(times * self.idf(term) for term, times in sorted(Counter(terms).items()))

    def scores(self, terms: Sequence[str]) -> Scores:
        """The score of every row (n,), 0 where no term is held."""
        scores = np.zeros(self.documents, dtype=np.float64)
        for term, times in sorted(Counter(terms).items()):  # in one order, so that sums are the same in any layout
            weight = times * self.idf(term)
            for part, postings in enumerate(self._parts):
                number = postings.number_of.get(term)
                if number is not None:
                    rows, saturations = self._held(part, number)
                    scores[rows] += weight * saturations
        return scores

    def _held(self, part: int, number: int) -> tuple[npt.NDArray[Any], npt.NDArray[np.float32]]:
        """The live rows of a part that hold a term, and tf / (tf + norm) of each; kept, for most queries share terms.

        What is kept grows to 4 bytes a posting at most, 12 where a part's documents are not the index's rows.
        """
        known = self._kept[part].get(number)
        if known is None:
            postings, rows = self._parts[part], self._rows[part]
            held = slice(postings.offsets[number], postings.offsets[number + 1])
            documents: npt.NDArray[Any] = postings.documents[held]
            counts = postings.counts[held]
            saturations = (counts / (counts + self._norms[part][documents])).astype(np.float32)
            if not self._in_place[part]:
                live = rows[documents] >= 0
                documents, saturations = rows[documents][live], saturations[live]
            known = self._kept[part][number] = documents, saturations
        return known

    def score_of(self, terms: Sequence[str], document: Sequence[str]) -> float:
        """The score of a document that is not in the corpus, with the constants of the corpus."""
        held, asked = Counter(document), Counter(terms)
        weights = {term: asked[term] * self.idf(term) for term in sorted(asked.keys() & held.keys())}
        return self._weighed(weights, held, len(document))

    def lost(self, terms: Sequence[str], document: Sequence[str], parts: Sequence[Sequence[str]]) -> Scores:
        """What the score of a document, as ``score_of`` gives it, loses without each of its ``parts`` (n,)."""
        asked = Counter(terms)
        weights = {term: asked[term] * self.idf(term) for term in sorted(asked.keys() & set(document))}
        held = Counter(term for term in document if term in weights)
        whole = self._weighed(weights, held, len(document))
        rest = []
        for part in parts:
            without = held.copy()
            without.subtract(term for term in part if term in weights)
            rest.append(self._weighed(weights, without, len(document) - len(part)))
        return whole - np.array(rest, dtype=np.float64)

    def _weighed(self, weights: Mapping[str, float], held: Mapping[str, int], length: int) -> float:
        norm = float(self._norm(_integers([max(length, 0)]))[0])
        return sum(weight * held[term] / (held[term] + norm) for term, weight in weights.items() if held[term] > 0)

    def _norm(self, lengths: Integers) -> Scores:
        return np.asarray(K1 * (1 - B + B * lengths / (self.mean_length or 1.0)), dtype=np.float64)


def _integers(values: Sequence[int]) -> Integers:
    return np.asarray(values, dtype=np.int32)
