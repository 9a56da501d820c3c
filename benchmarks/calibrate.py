"""Fit the weights and the calibration of a model on the bundled labelled sets, and write them for the matcher.

``python -m benchmarks.calibrate --folds trainings`` prints what was found, held out by query, and writes
``matcher/calibrations/<model>.json`` and ``.npz``. The signals of a trained model are those of its folds (``--folds``:
the folder that ``benchmarks.train`` wrote), each model scoring only queries that it was not trained on; its references
are its own.

Two steps for each pair of languages. The weight of BM25 is the least of a grid whose nDCG@10 is the best, or nearly,
on average over the sets of the pair; of the sets across languages, of which little was read, none counts. The
logistic function of the mix, and of how far the mean and the spread of a query's cosines are from those of usual
queries, is then fitted on the first 20 results of each query. Graded sets: grade 2 is a success, grade 1 is half of
one, unjudged results are left out. Sets of one known answer: what is unjudged counts as ``UNJUDGED``, the share of
readers' successes among 720 such results (8 as good as the known answer, 47 partly useful). A set counts as much as
another from ``ENOUGH`` examples on, below in proportion.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias
from zlib import crc32

import numpy as np
import numpy.typing as npt

from benchmarks.bundled import SETS, LabelledSet, Model, benches, models
from benchmarks.coverage import addressed_threshold
from benchmarks.reliability import bins_of, write_plot
from benchmarks.training_sets import usual_queries
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
    words_signal,
)
from matcher.evaluation import Workbench, as_solutions, cached_encoder
from matcher.evaluation_set import EvaluationSet
from matcher.index import Index
from matcher.metrics import RELEVANT, ndcg
from matcher.queries import Query
from models.encoder import Encoder

Numbers: TypeAlias = npt.NDArray[np.int64]
Held: TypeAlias = dict[str, tuple[Floats, Floats]]
"""By set, the fits that its first results get when their queries are held out, and what was useful."""

RATIOS: Final = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.3)
"""Weights of the lexical signal that are tried, in standard deviations of the dense signal by unit."""

TOLERANCE: Final = 0.002
"""nDCG@10 that is given up for a smaller constant: well within the noise of the sets."""

PASSAGES: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
FOLDS: Final = 5
FIRST: Final = 20
ENOUGH: Final = 400
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


@dataclass(frozen=True)
class Signals:
    """The signals of every document for every answered query of a set; ``grades`` is -1 where nothing was judged.

    ``beside_usual`` (q, 2) says how far the mean and the spread of each query's cosines are from the usual ones,
    ``fold`` (q,) what it is held out with: the same in all sets that ask it.
    """

    labelled: LabelledSet
    cosine_z: Floats
    log_passages: Floats
    words: Floats
    beside_usual: Floats
    fold: Numbers
    grades: Floats

    def dense(self, passages: float) -> Floats:
        """The dense signal (q, n)."""
        return self.cosine_z - passages * self.log_passages

    def mix(self, ratio: float, passages: float) -> Floats:
        """The two signals together (q, n)."""
        return self.dense(passages) + ratio * self.words

    def logits(self, model: "Logistic", ratio: float, passages: float) -> Floats:
        """The logits of all fits (q, n)."""
        logits: Floats = model.slopes[0] * self.mix(ratio, passages) + model.bias
        return logits + (self.beside_usual @ model.slopes[1:])[:, None]

    def ndcg(self, ratio: float, passages: float) -> Floats:
        """nDCG@10 of each query under a mix."""
        mix = self.mix(ratio, passages)
        return np.array([_ndcg(scores, grades) for scores, grades in zip(mix, self.grades, strict=True)])


@dataclass(frozen=True)
class Logistic:
    """fit = 1 / (1 + exp(-(slopes @ signals + bias)))."""

    slopes: Floats
    bias: float

    def fit(self, signals: Floats) -> Floats:
        """The fits (n,) of ``signals`` (n, 3)."""
        fits: Floats = 1 / (1 + np.exp(-(signals @ self.slopes + self.bias)))
        return fits


@dataclass(frozen=True)
class Examples:
    """First results: their signals (n, 3), the target (0 to 1), the weight of the example, and the query's number.

    The signals are the mix of the dense and the lexical one, and how the query is beside usual ones; ``fold`` has one
    entry a query.
    """

    signals: Floats
    target: Floats
    weight: Floats
    query: Numbers
    fold: Numbers

    def of_queries(self, chosen: npt.NDArray[np.bool_]) -> "Examples":
        """The examples of some queries; ``chosen`` has one entry a query."""
        mine = chosen[self.query]
        return Examples(self.signals[mine], self.target[mine], self.weight[mine], self.query[mine], self.fold)


def main(arguments: Sequence[str] | None = None) -> None:
    """Calibrate a model."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--model", default="default", help="default, e5-small, or a sentence-transformers name or path")
    parser.add_argument("--folds", type=Path, help="folder of the trainings behind the model, by folds")
    parser.add_argument("--plot", type=Path, help="SVG file for the reliability plot")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder that the files are written to")
    options = parser.parse_args(arguments)
    calibration, rows, held = calibrate(cached_encoder(options.model), models(options.model, options.folds))
    path = options.out / f"{calibration.model.replace('/', '--')}.json"
    calibration.write(path)
    if options.plot:
        write_plot(options.plot, *held["local_fr"], f"{calibration.model}: judged pairs among the first {FIRST}")
    for row in rows:
        print("  ".join(f"{key} {value}" for key, value in row.items()))
    print(f"{path}: {path.stat().st_size + path.with_suffix('.npz').stat().st_size:,} bytes")


def calibrate(encoder: Encoder, judged: Sequence[Model]) -> tuple[Calibration, list[dict[str, Any]], Held]:
    """The calibration of a model, by the models that answer for it; a table of what was found; held-out fits."""
    references = references_of(encoder)
    own = [references if len(judged) == 1 else references_of(each.encoder) for each in judged]
    signals = []
    for labelled in SETS:
        parts = zip(benches(labelled, judged), own, strict=True)
        signals.append(joined([read_signals(labelled, bench, by[labelled.pair[1]]) for bench, by in parts]))
    passages = least_good(
        PASSAGES,
        [
            float(np.mean([np.nanmean(each.ndcg(USUAL_RATIO, value)) for each in signals if each.labelled.ranks]))
            for value in PASSAGES
        ],
    )
    weights: dict[Pair, PairWeights] = {}
    rows: list[dict[str, Any]] = []
    held: Held = {}
    for pair in PAIRS:
        mine = [each for each in signals if each.labelled.pair == pair]
        weights[pair], found, fits = fit_pair(mine, passages)
        rows += found
        held |= fits
    addressed, requirements = addressed_threshold(judged[0], own[0])
    calibration = Calibration(
        model=encoder.name,
        fingerprint=encoder.fingerprint,
        references=references,
        weights=weights,
        thresholds=THRESHOLDS,
        passages=passages,
        addressed=addressed,
        card={
            "procedure": " ".join((__doc__ or "").split("\n\n")[2].split()),
            "thresholds": THRESHOLDS_REASON,
            "requirements": requirements,
            "folds": [each.fold for each in judged],
            "sets": rows,
        },
    )
    return calibration, rows, held


def references_of(encoder: Encoder) -> dict[Language, Reference]:
    """The documents of ``REFERENCES`` as references, beside the usual queries."""
    usual = encoder.encode_challenges(usual_queries())
    found: dict[Language, Reference] = {}
    for language, name in REFERENCES.items():
        documents = as_solutions(EvaluationSet.read(open_data.labelled(name)).documents)
        index = Index.in_memory(documents, encoder)
        found[language] = Reference(index.mean_vector, index.covariance).with_usual(usual)
    return found


def joined(parts: Sequence[Signals]) -> Signals:
    """Signals of one set, of several models: their queries one after the other."""
    first = parts[0]
    return Signals(
        first.labelled,
        np.concatenate([each.cosine_z for each in parts]),
        first.log_passages,
        np.concatenate([each.words for each in parts]),
        np.concatenate([each.beside_usual for each in parts]),
        np.concatenate([each.fold for each in parts]),
        np.concatenate([each.grades for each in parts]),
    )


def read_signals(labelled: LabelledSet, bench: Workbench, reference: Reference) -> Signals:
    """The signals of all documents for each query that was judged."""
    index, grades = bench.ranker.index, bench.labelled.grades
    rows = np.arange(index.size)
    names = [name for name in bench.queries if grades[name]]
    asked = [(bench.queries[name], grades[name]) for name in names]
    shape = (len(asked), index.size)
    judged = np.full(shape, -1.0)
    for number, (_, known) in enumerate(asked):
        for document, grade in known.items():
            row = index.row_of(document)
            if row is not None:
                judged[number, row] = grade
    return Signals(
        labelled,
        np.reshape([reference.standardise(each.vector, index.dense_of(each.vector, rows)) for each, _ in asked], shape),
        np.log(index.passage_counts),
        np.reshape([_words(index, each, rows) for each, _ in asked], shape),
        np.reshape([_beside_usual(reference, each) for each, _ in asked], (len(asked), 2)),
        np.array([crc32(name.encode()) % FOLDS for name in names], dtype=np.int64),
        judged,
    )


def _beside_usual(reference: Reference, query: Query) -> Floats:
    return reference.beside_usual(reference.mean_cosine(query.vector), reference.spread(query.vector))


def _words(index: Index, query: Query, rows: Numbers) -> Floats:
    return words_signal(index.bm25(query.terms)[rows], index.self_information(query.terms))


def fit_pair(signals: Sequence[Signals], passages: float) -> tuple[PairWeights, list[dict[str, Any]], Held]:
    """Weights of a pair of languages from its sets, and what they give on queries that were held out."""
    ratio, held_out_ndcg = choose_ratio([each for each in signals if each.labelled.ranks], passages)
    examples = [first_results(each, ratio, passages) for each in signals]
    used = [each for each, signal in zip(examples, signals, strict=True) if signal.labelled.fits]
    models = [logistic([each.of_queries(each.fold != number) for each in used]) for number in range(FOLDS)]
    rows: list[dict[str, Any]] = []
    held: Held = {}
    for signal, each in zip(signals, examples, strict=True):
        name = signal.labelled.name
        fit = np.choose(each.fold[each.query], [model.fit(each.signals) for model in models])
        held[name] = fit, each.target
        row: dict[str, Any] = {"set": name, "pair": "-".join(signal.labelled.pair)}
        if signal.labelled.ranks:
            known = held_out_ndcg[name][~np.isnan(held_out_ndcg[name])]
            row |= {"queries": len(known), "ndcg@10": round(float(known.mean()), 4), "ratio": ratio}
        row |= {
            "ece": round(calibration_error(fit, each.target), 4),
            "brier": round(float(np.mean((fit - each.target) ** 2)), 4),
            "useful": round(float(each.target.mean()), 4),
            "examples": len(fit),
        }
        if signal.labelled.ranks:
            logits = np.choose(each.fold[:, None], [signal.logits(model, ratio, passages) for model in models])
            row |= _no_good_match(signal, logits)
        rows.append(row)
    model = logistic(used)
    dense, mean, spread = model.slopes
    weights = PairWeights(*(round(float(each), 4) for each in (dense, dense * ratio, mean, spread, model.bias)))
    return weights, rows, held


def choose_ratio(signals: Sequence[Signals], passages: float) -> tuple[float, dict[str, Floats]]:
    """The weight of the lexical signal, and by set what nDCG@10 each query has with the one chosen without it."""
    tables = [np.stack([each.ndcg(ratio, passages) for ratio in RATIOS]) for each in signals]
    folds = [each.fold for each in signals]
    kept: dict[str, Floats] = {each.labelled.name: np.zeros(len(each.fold)) for each in signals}
    for number in range(FOLDS):
        chosen = _best_ratio([table[:, fold != number] for table, fold in zip(tables, folds, strict=True)])
        for table, fold, values in zip(tables, folds, kept.values(), strict=True):
            values[fold == number] = table[RATIOS.index(chosen), fold == number]
    return _best_ratio(tables), kept


def first_results(signals: Signals, ratio: float, passages: float) -> Examples:
    """The first results of each query as examples; of a graded set those that were judged."""
    mix = signals.mix(ratio, passages)
    first = np.argsort(-mix, axis=1, kind="stable")[:, :FIRST]
    query = np.repeat(np.arange(len(mix)), first.shape[1])
    grades = signals.grades[query, first.ravel()]
    if signals.labelled.graded:
        target = grades / GRADE_OF_SUCCESS
        known = grades >= 0
    else:
        target = np.where(grades < 0, UNJUDGED, np.minimum(grades, 1.0))
        known = np.ones(len(grades), dtype=bool)
    weight = np.full(int(known.sum()), 1 / max(int(known.sum()), ENOUGH))
    found = np.column_stack([mix[query, first.ravel()], signals.beside_usual[query]])
    return Examples(found[known], target[known], weight, query[known], signals.fold)


def logistic(examples: Sequence[Examples]) -> Logistic:
    """The logistic function that fits the examples best, each counting by its weight."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    found = np.concatenate([each.signals for each in examples])
    target = np.concatenate([each.target for each in examples])
    weight = np.concatenate([each.weight for each in examples])
    weight *= len(weight) / weight.sum()
    scaler = StandardScaler().fit(found)
    both = np.tile(scaler.transform(found), (2, 1))  # a target between 0 and 1 is a part of a success and of a failure
    outcome = np.repeat([1.0, 0.0], len(found))
    weights = np.concatenate([target * weight, (1 - target) * weight])
    model = LogisticRegression(C=RIDGE, max_iter=1_000).fit(both, outcome, sample_weight=weights)
    slopes = model.coef_[0] / scaler.scale_
    return Logistic(slopes, float(model.intercept_[0] - slopes @ scaler.mean_))


def calibration_error(fit: Floats, target: Floats) -> float:
    """Expected calibration error: bins of equal width, each weighted by its share (Guo et al., ICML 2017)."""
    return sum(each.examples * abs(each.fit - each.useful) for each in bins_of(fit, target)) / len(fit)


def _no_good_match(signals: Signals, logits: Floats) -> dict[str, Any]:
    """How well the largest fit tells challenges with a good answer from those without.

    Of a graded set these are the challenges without a grade 2; of the others the same queries, their answers taken
    out of the corpus.
    """
    from sklearn.metrics import roc_auc_score

    good = signals.grades >= (GRADE_OF_SUCCESS if signals.labelled.graded else RELEVANT)
    largest = logits.max(axis=1)
    answered = good.any(axis=1)
    if not signals.labelled.graded:
        without = np.where(good, -np.inf, logits).max(axis=1)
        largest, answered = np.concatenate([largest, without]), np.concatenate([answered, np.zeros_like(answered)])
    return {"auroc_no_good_match": round(float(roc_auc_score(answered, largest)), 3)}


def _best_ratio(tables: Sequence[Floats]) -> float:
    return least_good(RATIOS, np.mean([np.nanmean(table, axis=1) for table in tables], axis=0))


def least_good(values: Sequence[float], means: Sequence[float] | Floats) -> float:
    """The least value, so the simplest mix, that is as good as the best but for ``TOLERANCE``."""
    return next(value for value, mean in zip(values, means, strict=True) if mean >= max(means) - TOLERANCE)


def _ndcg(scores: Floats, grades: Floats) -> float:
    """nDCG@10, nan for a query without a relevant document."""
    if grades.max() < RELEVANT:
        return float("nan")
    known = np.maximum(grades, 0.0)
    return ndcg(known[np.lexsort((np.arange(len(scores)), -scores))[:10]], known)


if __name__ == "__main__":
    main()
