"""What a corpus of both languages costs: ``python -m benchmarks.languages --folds trainings``.

Embedders favour a language over the answer. So the French laureates and the English projects are put into one corpus,
and each set is asked of it as well as of its own: ranked as the engine does (``hybrid``), by its dense signal, which
measures a cosine against those of documents in the same language, by the cosine less the mean of these, and by the
bare cosine. In both, what readers found useful in the other language is an answer too. A line says nDCG@10 in either
corpus, and the share of the first ten that is not in the language of the set's own answers.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.bundled import ACROSS, SETS, LabelledSet, Model, benches, models, read_set
from benchmarks.calibrate import GRADE_OF_SUCCESS
from benchmarks.quality import adapted, best
from benchmarks.training_sets import graded_across
from corpora.records import Language
from matcher.calibration import load_calibration
from matcher.evaluation import Run, Workbench, cached_encoder, judge
from matcher.evaluation_set import Document, EvaluationSet
from matcher.scoring import Ranker

ASKED: Final = ("local_fr", "needs", "french_topics", "cordis")
TOGETHER: Final = ("local_fr", "cordis")
"""The sets whose documents make one corpus."""


@dataclass(frozen=True)
class Line:
    """A set ranked in one way."""

    labelled: str
    ranking: str
    own: float
    both: float
    strangers: float

    def __str__(self) -> str:
        return f"| `{self.labelled}` | {self.ranking} | {self.own:.3f} | {self.both:.3f} | {self.strangers:.1%} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--model", default="default", help="default, e5-small, or a sentence-transformers name or path")
    parser.add_argument("--folds", type=Path, help="folder of the trainings behind the model, by folds")
    options = parser.parse_args(arguments)
    judged = models(options.model, options.folds)
    print("| set | ranking | own corpus | both | other language |\n|---|---|---|---|---|")
    for labelled in SETS:
        if labelled.name in ASKED:
            for line in lines(labelled, judged, cached_encoder(options.model).fingerprint):
                print(line, flush=True)


def lines(labelled: LabelledSet, judged: Sequence[Model], fingerprint: str) -> Iterator[Line]:
    """The set ranked in each way, each query by the model that did not see it."""
    calibration = load_calibration(fingerprint)
    if calibration is None:
        raise SystemExit("The model has no calibration: make one with benchmarks.calibrate.")
    corpus = tuple(document for name in TOGETHER for document in read_set(name).documents)
    parts = []
    for bench, model in zip(benches(labelled, judged), judged, strict=True):
        known = adapted(calibration, model.encoder)
        wide = Workbench.prepare(in_both(labelled, bench.labelled, corpus), model.encoder)
        own, both = (replace(each, ranker=Ranker(each.ranker.index, known)) for each in (bench, wide))
        parts.append(figures(own, both, labelled.pair[1]))
    for name in parts[0]:
        yield Line(labelled.name, name, *np.concatenate([part[name] for part in parts]).mean(axis=0).tolist())


def in_both(labelled: LabelledSet, content: EvaluationSet, corpus: tuple[Document, ...]) -> EvaluationSet:
    """The set asked of all documents, with the grades that its queries have in either language.

    A known answer counts as one that would be invited. What is useful in the other language may have been trained as
    an answer to something else, never to this query.
    """
    across = graded_across(ACROSS[f"{labelled.name}_across"])
    scale = 1.0 if labelled.graded else GRADE_OF_SUCCESS
    grades = {
        one: {text: scale * grade for text, grade in known.items()} | across.get(one, {})
        for one, known in content.grades.items()
    }
    return replace(content, documents=corpus, grades=grades)


def figures(own: Workbench, both: Workbench, language: Language) -> Mapping[str, npt.NDArray[np.float64]]:
    """By ranking, for each query what a line says (queries, 3); ``language`` is that of the set's own answers."""
    alone, mixed = rankings(own), rankings(both)
    return {
        name: np.stack(
            [_ndcg(own, alone[name]), _ndcg(both, mixed[name]), in_other(both, mixed[name], language)], axis=1
        )
        for name in alone
    }


def rankings(bench: Workbench) -> Mapping[str, Run]:
    """The answered queries, ranked in each way."""
    index = bench.ranker.index
    rows = np.arange(index.size)
    numbers = np.array([int(language == "en") for language in index.languages])
    bare: Run = {}
    centred: Run = {}
    for name in bench.answered:
        query = bench.queries[name]
        cosines = index.dense_of(query.vector, rows)
        means = bench.ranker.background(query).means[numbers]
        for run, scores in ((bare, cosines), (centred, cosines - means)):
            run[name] = best(scores.astype(np.float64), index.ids)
    return {"hybrid": bench.run("hybrid"), "dense": bench.run("dense"), "cosine less mean": centred, "cosine": bare}


def _ndcg(bench: Workbench, run: Run) -> npt.NDArray[np.float64]:
    return judge(bench.labelled, run)["ndcg@10"]


def in_other(bench: Workbench, run: Run, language: Language) -> npt.NDArray[np.float64]:
    """For each query, the share of its first ten that is not in the language of the set's own answers."""
    index = bench.ranker.index
    other = {one for one, its in zip(index.ids, index.languages, strict=True) if (its == "en") != (language == "en")}
    return np.array([len(other.intersection(ranked[:10])) / 10 for ranked in run.values()])


if __name__ == "__main__":
    main()
