"""How well the engine ranks the bundled labelled sets, beside what others would do with the same texts.

``python -m benchmarks.quality`` prints a table with 95 % bootstrap intervals, and writes JSON with ``--out``:

- ``tfidf``: scikit-learn's TF-IDF of words, cosine;
- ``bm25`` and ``dense``: the two signals of the engine alone;
- ``rrf``: reciprocal rank fusion of the two (Cormack, Clarke and Büttcher, SIGIR 2009, k = 60);
- ``mix``: half of each, standardised over the corpus for each query;
- ``hybrid``: what ``matcher match`` does.
"""

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from benchmarks.bundled import SETS, LabelledSet, prepare, read_held_out
from matcher.evaluation import RANKED, Run, Workbench, cached_encoder, judge
from matcher.metrics import METRICS, bootstrap
from matcher.queries import Query
from matcher.scoring import CANDIDATES

Floats = npt.NDArray[np.float64]

RRF_K: Final = 60
SYSTEMS: Final = ("tfidf", "bm25", "dense", "rrf", "mix", "hybrid")


def main(arguments: Sequence[str] | None = None) -> None:
    """Judge all systems on all sets."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--model", default="default", help="default, e5-small, or a sentence-transformers name or path")
    parser.add_argument("--held-out", type=Path, help="JSON: the queries of each set that the model was not trained on")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    options = parser.parse_args(arguments)
    encoder = cached_encoder(options.model)
    held_out = read_held_out(options.held_out)
    found = [measure(each, prepare(each, encoder, held_out)) for each in SETS]
    rows = [row for each, _ in found for row in each]
    rows += by_direction([(labelled, values) for labelled, (_, values) in zip(SETS, found, strict=True)])
    print(table(rows))
    if options.out:
        options.out.write_text(json.dumps({"model": options.model, "rows": rows}, indent=1) + "\n", encoding="utf-8")


def measure(labelled: LabelledSet, bench: Workbench) -> tuple[list[dict[str, Any]], dict[str, dict[str, Floats]]]:
    """The rows of a set, one a system, and each metric's values by system and query."""
    rows: list[dict[str, Any]] = []
    values: dict[str, dict[str, Floats]] = {}
    for system, run in runs(bench).items():
        values[system] = judge(bench.labelled, run)
        row: dict[str, Any] = {"direction": "-".join(labelled.pair), "set": labelled.name, "system": system}
        row |= {"queries": len(run), "documents": len(bench.labelled.documents)}
        row |= {metric: bootstrap(each)._asdict() for metric, each in values[system].items()}
        rows.append(row)
    return rows, values


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


def runs(bench: Workbench) -> dict[str, Run]:
    """What each system ranks first for each answered query."""
    index = bench.ranker.index
    every = np.arange(index.size, dtype=np.int64)
    asked = {name: bench.queries[name] for name in bench.answered}
    words = tfidf(bench, asked)
    lexical, dense = (bench.run(mode, CANDIDATES) for mode in ("lexical", "dense"))
    cosines = {name: index.dense_of(query.vector, every) for name, query in asked.items()}
    bm25 = {name: index.lexical_of(query.terms, every) for name, query in asked.items()}
    mixed = {name: standardised(cosines[name]) + standardised(bm25[name]) for name in asked}
    return {
        "tfidf": {name: best(scores, index.ids) for name, scores in words.items()},
        "bm25": {name: ranked[:RANKED] for name, ranked in lexical.items()},
        "dense": {name: ranked[:RANKED] for name, ranked in dense.items()},
        "rrf": {name: fused(lexical[name], dense[name]) for name in asked},
        "mix": {name: best(scores, index.ids) for name, scores in mixed.items()},
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
    lines = [f"| direction | set | system | {' | '.join(METRICS)} |", "|---" * (3 + len(METRICS)) + "|"]
    for row in rows:
        figures = (row[metric] for metric in METRICS)
        cells = [f"{each['value']:.3f} [{each['low']:.3f}, {each['high']:.3f}]" for each in figures]
        lines.append(f"| {row['direction']} | {row['set']} | {row['system']} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
