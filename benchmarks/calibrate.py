"""Fit the weights and the calibration of a model on the bundled labelled sets, and write them for the matcher.

``python -m benchmarks.calibrate --model default`` prints what was found, held out by query, and writes
``matcher/calibrations/<model>.json`` and ``.npz``. A model that was trained on some of the queries should be calibrated
on the others alone: ``--held-out FILE`` names them, as JSON (``{"cordis": ["id", …], …}``; a set that is not named is
used whole).

Two steps for each pair of languages. The weight of BM25 is the least of a grid whose nDCG@10 is the best, or nearly, on
average over the sets of the pair. The logistic function is then fitted on the first 20 results of each query. Graded
sets: grade 2 is a success, grade 1 is half of one, unjudged results are left out. Sets of one known answer: what is
unjudged counts as ``UNJUDGED``, the share of readers' successes among 720 such results (8 as good as the known answer,
47 partly useful).
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from benchmarks.bundled import SETS, HeldOut, LabelledSet, prepare, read_held_out
from corpora import open_data
from corpora.records import Language
from matcher.calibration import (
    FOLDER,
    GENERIC_THRESHOLDS,
    PAIRS,
    Calibration,
    Floats,
    Pair,
    PairWeights,
    Reference,
)
from matcher.evaluation import Workbench, cached_encoder
from matcher.metrics import RELEVANT, ndcg
from models.encoder import Encoder

Numbers: TypeAlias = npt.NDArray[np.int64]

RATIOS: Final = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.3)
"""Weights of BM25 that are tried, in standard deviations of the dense signal by unit."""

TOLERANCE: Final = 0.002
"""nDCG@10 that is given up for a smaller constant: well within the noise of the sets."""

PASSAGES: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
FOLDS: Final = 5
FIRST: Final = 20
GRADE_OF_SUCCESS: Final = 2.0
UNJUDGED: Final = (8 + 0.5 * 47) / 720
USUAL_RATIO: Final = 0.4
"""Weight of BM25 at which the correction for the number of passages is chosen."""

RIDGE: Final = 100.0
THRESHOLDS: Final = GENERIC_THRESHOLDS
THRESHOLDS_REASON: Final = (
    "strong: more likely useful than not. plausible: one in five is useful, which is what reading five pitches to find "
    "one is worth to a secretariat; below, the answer says that there is no good match."
)


REFERENCES: Final[Mapping[Language, open_data.LabelledSet]] = {"fr": "local_fr", "en": "cordis"}
SAME_AS: Final[Mapping[Pair, Pair]] = {("en", "fr"): ("fr", "en")}
"""Pairs without labels, and the pair whose weights they take."""


@dataclass(frozen=True)
class Signals:
    """The signals of every document for every answered query of a set; ``grades`` is -1 where nothing was judged."""

    labelled: LabelledSet
    cosine_z: Floats
    log_passages: Floats
    bm25: Floats
    grades: Floats

    def dense(self, passages: float) -> Floats:
        """The dense signal (q, n)."""
        return self.cosine_z - passages * self.log_passages

    def ndcg(self, dense: float, lexical: float, passages: float) -> Floats:
        """nDCG@10 of each query under a mix."""
        mix = dense * self.dense(passages) + lexical * self.bm25
        return np.array([_ndcg(scores, grades) for scores, grades in zip(mix, self.grades, strict=True)])


@dataclass(frozen=True)
class Examples:
    """First results: the mixed signal, the target (0 to 1), the weight of the example, and the query's number."""

    mix: Floats
    target: Floats
    weight: Floats
    query: Numbers

    def of_queries(self, chosen: npt.NDArray[np.bool_]) -> "Examples":
        """The examples of some queries; ``chosen`` has one entry a query."""
        mine = chosen[self.query]
        return Examples(self.mix[mine], self.target[mine], self.weight[mine], self.query[mine])


def main(arguments: Sequence[str] | None = None) -> None:
    """Calibrate a model."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--model", default="default", help="default, e5-small, or a sentence-transformers name or path")
    parser.add_argument("--held-out", type=Path, help="JSON: the queries of each set that the model was not trained on")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder that the files are written to")
    options = parser.parse_args(arguments)
    calibration, rows = calibrate(cached_encoder(options.model), read_held_out(options.held_out))
    path = options.out / f"{calibration.model.replace('/', '--')}.json"
    calibration.write(path)
    for row in rows:
        print("  ".join(f"{key} {value}" for key, value in row.items()))
    print(f"{path}: {path.stat().st_size + path.with_suffix('.npz').stat().st_size:,} bytes")


def calibrate(encoder: Encoder, held_out: HeldOut | None = None) -> tuple[Calibration, list[dict[str, Any]]]:
    """The calibration of a model, and a table of what was found."""
    benches = {each.name: prepare(each, encoder, held_out) for each in SETS}
    references = {language: reference_of(benches[name]) for language, name in REFERENCES.items()}
    signals = [read_signals(each, benches[each.name], references[each.pair[1]]) for each in SETS]
    passages = best_of(PASSAGES, [each.ndcg for each in signals], lambda value: (1.0, USUAL_RATIO, value))
    weights: dict[Pair, PairWeights] = {}
    rows: list[dict[str, Any]] = []
    for pair in PAIRS:
        if pair not in SAME_AS:
            weights[pair], found = fit_pair([each for each in signals if each.labelled.pair == pair], passages)
            rows += found
    weights |= {pair: weights[same] for pair, same in SAME_AS.items()}
    calibration = Calibration(
        model=encoder.name,
        fingerprint=encoder.fingerprint,
        references=references,
        weights=weights,
        thresholds=THRESHOLDS,
        passages=passages,
        card={
            "procedure": " ".join((__doc__ or "").split("\n\n")[2].split()),
            "thresholds": THRESHOLDS_REASON,
            "held_out": {name: len(ids) for name, ids in (held_out or {}).items()},
            "sets": rows,
        },
    )
    return calibration, rows


def reference_of(bench: Workbench) -> Reference:
    """The documents of a set as a reference."""
    index = bench.ranker.index
    return Reference(index.mean_vector, index.covariance)


def read_signals(labelled: LabelledSet, bench: Workbench, reference: Reference) -> Signals:
    """The signals of all documents for each query that was judged."""
    index, grades = bench.ranker.index, bench.labelled.grades
    rows = np.arange(index.size)
    asked = [(query, grades[name]) for name, query in bench.queries.items() if grades[name]]
    judged = np.full((len(asked), index.size), -1.0)
    for number, (_, known) in enumerate(asked):
        for document, grade in known.items():
            row = index.row_of(document)
            if row is not None:
                judged[number, row] = grade
    return Signals(
        labelled,
        np.stack([reference.standardise(query.vector, index.dense_of(query.vector, rows)) for query, _ in asked]),
        np.log(index.passage_counts),
        np.stack([index.lexical_of(query.terms, rows) for query, _ in asked]).astype(np.float64),
        judged,
    )


def fit_pair(signals: Sequence[Signals], passages: float) -> tuple[PairWeights, list[dict[str, Any]]]:
    """Weights of a pair of languages from its sets, and what they give on queries that were held out."""
    tables = [np.stack([each.ndcg(1.0, ratio, passages) for ratio in RATIOS]) for each in signals]
    ratio = _best_ratio(tables)
    folds = [_folds(each) for each in signals]
    kept = [np.zeros(len(fold)) for fold in folds]
    for number in range(FOLDS):
        chosen = _best_ratio([table[:, fold != number] for table, fold in zip(tables, folds, strict=True)])
        for table, fold, values in zip(tables, folds, kept, strict=True):
            values[fold == number] = table[RATIOS.index(chosen), fold == number]
    examples = [first_results(each, ratio, passages) for each in signals]
    used = [each for each, signal in zip(examples, signals, strict=True) if signal.labelled.fits]
    slope, bias = logistic(used)
    rows = []
    for signal, values, each, fold in zip(signals, kept, examples, folds, strict=True):
        fit = _held_out_fit(each, fold, used, [f for f, s in zip(folds, signals, strict=True) if s.labelled.fits])
        rows.append(
            {
                "set": signal.labelled.name,
                "pair": "-".join(signal.labelled.pair),
                "queries": int(np.count_nonzero(~np.isnan(values))),
                "ndcg@10": round(float(np.nanmean(values)), 4),
                "ratio": ratio,
                "ece": round(calibration_error(fit, each.target), 4),
                "brier": round(float(np.mean((fit - each.target) ** 2)), 4),
                "examples": len(fit),
                **_no_good_match(signal, each, fit),
            }
        )
    return PairWeights(round(slope, 4), round(slope * ratio, 4), round(bias, 4)), rows


def best_of(values: Sequence[float], scores: Sequence[Callable[..., Floats]], mix: Callable[[float], Any]) -> float:
    """The value whose mix scores best on average over the sets (see ``_least_good``)."""
    return _least_good(
        values, np.array([np.mean([np.nanmean(score(*mix(value))) for score in scores]) for value in values])
    )


def first_results(signals: Signals, ratio: float, passages: float) -> Examples:
    """The first results of each query as examples; of a graded set those that were judged."""
    mix = signals.dense(passages) + ratio * signals.bm25
    first = np.argsort(-mix, axis=1, kind="stable")[:, :FIRST]
    query = np.repeat(np.arange(len(mix)), first.shape[1])
    grades = signals.grades[query, first.ravel()]
    if signals.labelled.graded:
        target = grades / GRADE_OF_SUCCESS
        known = grades >= 0
    else:
        target = np.where(grades < 0, UNJUDGED, np.minimum(grades, 1.0))
        known = np.ones(len(grades), dtype=bool)
    weight = np.full(int(known.sum()), 1 / max(int(known.sum()), 1))
    return Examples(mix[query, first.ravel()][known], target[known], weight, query[known])


def logistic(examples: Sequence[Examples]) -> tuple[float, float]:
    """Slope and bias of fit = 1 / (1 + exp(-(slope * mix + bias))); each set has the same weight in all."""
    from sklearn.linear_model import LogisticRegression

    mix = np.concatenate([each.mix for each in examples])
    target = np.concatenate([each.target for each in examples])
    weight = np.concatenate([each.weight for each in examples]) * len(mix) / len(examples)
    both = np.concatenate([mix, mix])[:, None]  # a target between 0 and 1 is a part of a success and of a failure
    outcome = np.concatenate([np.ones(len(mix)), np.zeros(len(mix))])
    weights = np.concatenate([target * weight, (1 - target) * weight])
    model = LogisticRegression(C=RIDGE, max_iter=1_000).fit(both, outcome, sample_weight=weights)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def calibration_error(fit: Floats, target: Floats, bins: int = 10) -> float:
    """Expected calibration error: bins of equal width, each weighted by its share (Guo et al., ICML 2017)."""
    places = np.minimum((fit * bins).astype(int), bins - 1)
    gaps = [abs(float(np.mean(fit[places == k] - target[places == k]))) * np.mean(places == k) for k in set(places)]
    return float(np.sum(gaps))


def _held_out_fit(examples: Examples, fold: Numbers, used: Sequence[Examples], used_folds: Sequence[Numbers]) -> Floats:
    fit = np.zeros(len(examples.mix))
    for number in range(FOLDS):
        others = [each.of_queries(folds != number) for each, folds in zip(used, used_folds, strict=True)]
        slope, bias = logistic(others)
        mine = fold[examples.query] == number
        fit[mine] = 1 / (1 + np.exp(-(slope * examples.mix[mine] + bias)))
    return fit


def _no_good_match(signals: Signals, examples: Examples, fit: Floats) -> dict[str, Any]:
    """How well the largest fit tells the challenges with a grade 2 from those without (graded sets only)."""
    from sklearn.metrics import roc_auc_score

    if not signals.labelled.graded:
        return {}
    queries = np.unique(examples.query)
    largest = np.array([fit[examples.query == query].max() for query in queries])
    answered = (signals.grades[queries] >= GRADE_OF_SUCCESS).any(axis=1)
    called = largest >= THRESHOLDS.plausible
    return {
        "auroc_no_good_match": round(float(roc_auc_score(answered, largest)), 3),
        "answered_called_good": f"{int(np.sum(called & answered))}/{int(answered.sum())}",
        "unanswered_called_good": f"{int(np.sum(called & ~answered))}/{int(np.sum(~answered))}",
    }


def _best_ratio(tables: Sequence[Floats]) -> float:
    return _least_good(RATIOS, np.mean([np.nanmean(table, axis=1) for table in tables], axis=0))


def _least_good(values: Sequence[float], means: Floats) -> float:
    """The least value, so the simplest mix, that is as good as the best but for ``TOLERANCE``."""
    return values[int(np.argmax(means >= means.max() - TOLERANCE))]


def _folds(signals: Signals) -> Numbers:
    """The fold of each query, the same in every run."""
    return np.random.default_rng(len(signals.grades)).permutation(len(signals.grades)) % FOLDS


def _ndcg(scores: Floats, grades: Floats) -> float:
    """nDCG@10, nan for a query without a relevant document."""
    if grades.max() < RELEVANT:
        return float("nan")
    known = np.maximum(grades, 0.0)
    return ndcg(known[np.lexsort((np.arange(len(scores)), -scores))[:10]], known)


if __name__ == "__main__":
    main()
