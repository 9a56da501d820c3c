"""Judges a training by what it was not trained on: nDCG@10 of the dense side, alone and mixed with BM25."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.training_sets import Labelled, held_out, held_query, labelled, needs, weak_pairs
from corpora.open_data import LABELLED_SETS
from matcher.lexical import Bm25, Postings
from matcher.metrics import Estimate, bootstrap, ndcg
from matcher.tokens import tokenize
from models.folder import PROMPTS
from models.split_encoder import SplitEncoder

Scores = npt.NDArray[np.float64]

LEXICAL_WEIGHTS: Final = (0.0, 0.1, 0.2, 0.3, 0.5)
LANGUAGES: Final = {
    "cordis_needs": ("fr", "en"),
    "cordis": ("en", "en"),
    "cordis_fr2en": ("fr", "en"),
    "sdg_fr2en": ("fr", "en"),
}
"""Languages of queries and documents; French both where nothing is said."""


@dataclass(frozen=True)
class Check:
    """Queries that were held out, with all documents of their kind."""

    name: str
    documents: Mapping[str, str]
    queries: Sequence[str]
    grades: Sequence[Mapping[str, int]]


def checks(fold: int) -> Iterator[Check]:
    """What a training without ``fold`` is judged by."""
    for name, source, corpus in (("needs", "laureate", "local_fr"), ("cordis_needs", "cordis", "cordis")):
        rows = [row for row in needs(source) if held_out(row["id"], fold)]
        documents = labelled(corpus).documents
        yield Check(name, documents, [row["need"] for row in rows], [{row["id"]: 1} for row in rows])
    for name in LABELLED_SETS:
        data = labelled(name)
        held = [query for query in data.queries if held_query(name, query, fold) and data.answers(query)]
        yield _check(name, data, held)
    aids = weak_pairs("aides_territoires")
    documents = {row["b"]: row["b"] for row in aids}
    yield Check("aides_territoires", documents, [row["a"] for row in aids], [{row["b"]: 1} for row in aids])


def _check(name: str, data: Labelled, held: Sequence[str]) -> Check:
    return Check(name, data.documents, [data.queries[query] for query in held], [data.answers(query) for query in held])


def judge(encoder: SplitEncoder, check: Check) -> dict[float, Estimate]:
    """nDCG@10 with its interval, by the weight of BM25 (both signals standardised over the corpus for each query)."""
    dense, lexical = _standardised(cosines(encoder, check)), _standardised(_bm25(check))
    return {weight: bootstrap(_ndcg(check, (1 - weight) * dense + weight * lexical)) for weight in LEXICAL_WEIGHTS}


def cosines(encoder: SplitEncoder, check: Check) -> Scores:
    """Cosine of each query with each document (queries, documents)."""
    queries = [PROMPTS["query"] + text for text in check.queries]
    documents = [PROMPTS["document"] + text for text in check.documents.values()]
    encoder.remember([*queries, *documents])
    scores: Scores = (encoder.encode(queries) @ encoder.encode(documents).T).astype(np.float64)
    return scores


def _bm25(check: Check) -> Scores:
    asked, answered = LANGUAGES.get(check.name, ("fr", "fr"))
    postings = Postings.of([tokenize(text, answered) for text in check.documents.values()])
    bm25 = Bm25([postings], [np.arange(len(check.documents))])
    return np.array([bm25.scores(tokenize(text, asked)) for text in check.queries])


def _standardised(scores: Scores) -> Scores:
    spread: Scores = scores.std(1, keepdims=True)
    standardised: Scores = (scores - scores.mean(1, keepdims=True)) / np.maximum(spread, 1e-9)
    return standardised


def _ndcg(check: Check, scores: Scores) -> Scores:
    ids = list(check.documents)
    values = []
    for row, grades in zip(scores, check.grades, strict=True):
        ranked = [float(grades.get(ids[column], 0)) for column in np.argsort(-row, kind="stable")[:10]]
        values.append(ndcg(np.array(ranked), np.array(list(grades.values()), np.float64)))
    return np.array(values)
