"""How well the engine ranks a labelled set: the very ranking that ``match`` runs, judged by the set's grades."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, Field

from corpora.records import Language, Solution
from matcher.evaluation_set import Document, EvaluationSet
from matcher.metrics import METRICS, RELEVANT, bootstrap
from matcher.queries import Query, make_queries
from matcher.results import Result
from matcher.scoring import Mode, Ranker
from matcher.settings import Settings
from models.encoder import Encoder, Progress

RANKED: Final = 100
"""Documents ranked for each query."""

Run = dict[str, list[str]]
"""Query id to document ids, best first."""


class Figure(Result):
    """A metric's mean over queries, with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


class EvaluationReport(Result):
    """What ``matcher evaluate`` prints; ``left_out`` counts the queries without a relevant document."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    set: str
    mode: Mode
    model: str
    queries: int
    left_out: int
    documents: int
    ndcg: Annotated[Figure, Field(alias="ndcg@10")]
    recall: Annotated[Figure, Field(alias="recall@50")]
    mrr: Annotated[Figure, Field(alias="mrr@10")]
    success: Annotated[Figure, Field(alias="success@1")]


@dataclass(frozen=True)
class Workbench:
    """A labelled set indexed in memory, its queries encoded: ready to be ranked in any mode.

    ``answered`` are the ids of the queries that have a relevant document: the others cannot be judged.
    """

    labelled: EvaluationSet
    ranker: Ranker
    queries: dict[str, Query]

    @classmethod
    def prepare(cls, labelled: EvaluationSet, encoder: Encoder, progress: Progress | None = None) -> "Workbench":
        """Encode and index; ``progress`` is called with the number of texts finished since the last call."""
        from matcher.index import Index

        solutions = as_solutions(labelled.documents)
        index = Index.in_memory(solutions, encoder, progress)
        texts = list(labelled.queries.values())
        queries = make_queries(encoder, list(zip(texts, languages_of(texts), strict=True)), progress)
        return cls(labelled, Ranker.of(index), dict(zip(labelled.queries, queries, strict=True)))

    @property
    def answered(self) -> list[str]:
        """Ids of the queries with a relevant document, in the order of the set."""
        grades = self.labelled.grades
        return [query for query in self.queries if max(grades[query].values(), default=0.0) >= RELEVANT]

    def run(self, mode: Mode = "hybrid", depth: int = RANKED) -> Run:
        """Rank ``depth`` documents for each answered query."""
        ids = self.ranker.index.ids
        answered = self.answered
        rankings = self.ranker.rank_many([self.queries[query] for query in answered], depth, mode=mode)
        return {query: [ids[row] for row in each.rows] for query, each in zip(answered, rankings, strict=True)}


def evaluate(
    folder: Path,
    mode: Mode = "hybrid",
    model: str | None = None,
    *,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
) -> EvaluationReport:
    """Judge the ranking on a folder in BEIR layout.

    Args:
        folder: with ``corpus.jsonl``, ``queries.jsonl`` (or ``.jsonl.gz``) and ``qrels/test.tsv``.
        mode: ``hybrid`` as ``match`` ranks; ``dense`` or ``lexical`` for one signal alone.
        model: name of the model, as in the settings, whose value it is when None.
        encoder: an encoder to use in its place; its vectors are not cached here.
        progress: called with the number of texts encoded or found since the last call.

    Raises:
        EvaluationSetError: the set cannot be read.
        ModelError: the model cannot be loaded.
    """
    labelled = EvaluationSet.read(folder)
    bench = Workbench.prepare(labelled, encoder or cached_encoder(model), progress)
    return report(bench, bench.run(mode), mode, (encoder.name if encoder else model or Settings().model))


def cached_encoder(model: str | None = None) -> Encoder:
    """The encoder of a model, with a cache of vectors of its own for each user."""
    from models.loading import load_encoder

    return with_cache(load_encoder(model or Settings().model))


def with_cache(encoder: Encoder) -> Encoder:
    """An encoder with the user's cache of the vectors of labelled sets."""
    from matcher.vector_cache import CachedEncoder, VectorCache
    from models.cache import cache_folder

    folder = Settings().cache or cache_folder()
    return CachedEncoder(encoder, VectorCache(folder / "evaluation" / "vectors.sqlite"))


def report(bench: Workbench, run: Run, mode: Mode, model: str) -> EvaluationReport:
    """Judge a run of the set's answered queries."""
    figures = {name: Figure(**bootstrap(values)._asdict()) for name, values in judge(bench.labelled, run).items()}
    return EvaluationReport.model_validate(
        {
            "set": bench.labelled.name,
            "mode": mode,
            "model": model,
            "queries": len(run),
            "left_out": len(bench.queries) - len(run),
            "documents": len(bench.labelled.documents),
            **figures,
        }
    )


def judge(labelled: EvaluationSet, run: Run) -> dict[str, npt.NDArray[np.float64]]:
    """Each metric's value for each query of a run, in the run's order."""
    values: dict[str, list[float]] = {name: [] for name in METRICS}
    for query, ranked in run.items():
        grades = labelled.grades[query]
        found = np.array([grades.get(document, 0.0) for document in ranked])
        judged = np.array(list(grades.values()))
        for name, metric in METRICS.items():
            values[name].append(metric(found, judged))
    return {name: np.array(each) for name, each in values.items()}


def as_solutions(documents: Sequence[Document]) -> list[Solution]:
    """Documents as records. They are not validated: an id is kept as it is, and a title may be empty."""
    languages = languages_of([f"{document.title}\n{document.text}" for document in documents])
    return [
        Solution.model_construct(id=document.id, name=document.title, text=document.text, language=language)
        for document, language in zip(documents, languages, strict=True)
    ]


def languages_of(texts: Sequence[str]) -> list[Language | None]:
    """The language of each text; where it is neither French nor English, that of most of them."""
    from corpora.language import detect_language

    found = [detect_language(text) for text in texts]
    known = Counter(language for language in found if language)
    usual = known.most_common(1)[0][0] if known else None
    return [language or usual for language in found]
