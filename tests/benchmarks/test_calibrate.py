import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.bundled import SETS
from benchmarks.calibrate import (
    ENOUGH,
    FIRST,
    FOLDS,
    RATIOS,
    UNJUDGED,
    Examples,
    Logistic,
    Signals,
    calibration_error,
    first_results,
    fit_pair,
    least_good,
    logistic,
)
from matcher.calibration import FOLDER, PAIRS

GRADED = next(each for each in SETS if each.graded)
KNOWN = next(each for each in SETS if each.fits and not each.graded)
ACROSS = next(each for each in SETS if not each.ranks)


def made_signals(queries: int = 60, documents: int = 80, seed: int = 0, *, graded: bool = False) -> Signals:
    """Documents whose grade follows the dense signal, a lexical one that is worth half of it, and the query's mean."""
    chance = np.random.default_rng(seed)
    z, bm25 = chance.normal(size=(queries, documents)), chance.exponential(2.0, size=(queries, documents))
    beside = chance.normal(size=(queries, 2))
    logits = 1.5 * z + 0.75 * bm25 + 0.6 * beside[:, :1] - 4.5
    success = chance.random(logits.shape) < 1 / (1 + np.exp(-logits))
    grades = np.where(success, 2.0, 0.0) if graded else np.where(success, 1.0, -1.0)
    return Signals(
        GRADED if graded else KNOWN, z, np.zeros(documents), bm25, beside, np.arange(queries) % FOLDS, grades
    )


def test_the_weights_that_made_the_grades_are_found_again() -> None:
    weights, (row,), held = fit_pair([made_signals(queries=300, graded=True)], passages=0.0)
    assert weights.dense == pytest.approx(1.5, rel=0.25)
    assert weights.lexical == pytest.approx(0.75, rel=0.35)
    assert weights.query_mean == pytest.approx(0.6, rel=0.25)
    assert abs(weights.query_spread) < 0.15
    assert weights.bias == pytest.approx(-4.5, rel=0.15)
    assert row["ece"] < 0.03
    assert calibration_error(*held[row["set"]]) == pytest.approx(row["ece"], abs=1e-4)
    assert row["ndcg@10"] > 0.5


def test_a_set_that_does_not_rank_fits_the_probability_and_chooses_no_weight() -> None:
    ranked = made_signals(queries=200, graded=True)
    other = replace(ranked, labelled=ACROSS, words=-ranked.words, beside_usual=ranked.beside_usual + 1)
    alone, _, _ = fit_pair([ranked], passages=0.0)
    weights, rows, held = fit_pair([ranked, other], passages=0.0)
    assert weights.lexical / weights.dense == pytest.approx(alone.lexical / alone.dense, rel=1e-3)
    assert weights.bias != alone.bias
    assert "ndcg@10" not in rows[1]
    assert len(held[ACROSS.name][0]) == rows[1]["examples"]


def test_a_signal_that_says_nothing_gets_no_weight() -> None:
    signals = made_signals(queries=200)
    noise = np.random.default_rng(9).permutation(signals.words.ravel()).reshape(signals.words.shape)
    logits = 3 * signals.cosine_z - 4
    grades = np.where(np.random.default_rng(5).random(logits.shape) < 1 / (1 + np.exp(-logits)), 1.0, -1.0)
    weights, _, _ = fit_pair([replace(signals, words=noise, grades=grades)], passages=0.0)
    assert weights.lexical <= 0.1 * weights.dense


def test_held_out_figures_are_given_for_each_set() -> None:
    signals = [made_signals(seed=1, graded=True), made_signals(seed=2)]
    weights, rows, held = fit_pair(signals, passages=0.5)
    assert [row["set"] for row in rows] == [GRADED.name, KNOWN.name]
    assert all(row["queries"] <= 60 for row in rows)
    assert all("auroc_no_good_match" in row for row in rows)
    assert {name: len(fit) for name, (fit, _) in held.items()} == {row["set"]: row["examples"] for row in rows}
    assert weights.lexical / weights.dense == pytest.approx(rows[0]["ratio"], abs=1e-3)
    assert rows[0]["ratio"] in RATIOS


def test_examples_of_a_graded_set_are_what_was_judged() -> None:
    signals = made_signals(graded=True)
    grades = signals.grades.copy()
    grades[:, ::2] = -1
    grades[:, 1] = 1
    examples = first_results(replace(signals, grades=grades), 0.4, 0.0)
    assert set(examples.target) <= {0.0, 0.5, 1.0}
    assert len(examples.target) < 60 * FIRST
    assert examples.weight.sum() == pytest.approx(1)


def test_examples_of_known_answers_count_what_is_unjudged_as_little() -> None:
    examples = first_results(made_signals(), 0.4, 0.0)
    assert set(examples.target) == {UNJUDGED, 1.0}
    assert len(examples.target) == 60 * FIRST
    assert examples.query.max() == 59


def test_a_set_of_few_examples_weighs_less() -> None:
    examples = first_results(made_signals(queries=4), 0.4, 0.0)
    assert examples.weight.sum() == pytest.approx(4 * FIRST / ENOUGH)
    assert 4 * FIRST < ENOUGH


def test_a_fit_is_the_same_for_examples_and_for_all_documents() -> None:
    signals = made_signals(queries=5)
    examples = first_results(signals, 0.4, 0.0)
    model = Logistic(np.array([1.5, 0.3, -0.2]), -4.0)
    every = np.sort(1 / (1 + np.exp(-signals.logits(model, 0.4, 0.0))))[:, ::-1][:, :FIRST]
    np.testing.assert_allclose(model.fit(examples.signals), every.ravel())


def test_the_examples_of_some_queries() -> None:
    examples = Examples(np.arange(12.0).reshape(4, 3), np.zeros(4), np.ones(4), np.array([0, 0, 1, 2]), np.arange(3))
    assert examples.of_queries(np.array([True, False, True])).signals[:, 0].tolist() == [0.0, 3.0, 9.0]


def test_each_set_has_the_same_weight_whatever_its_size() -> None:
    def constant(size: int, target: float) -> Examples:
        return Examples(
            np.zeros((size, 3)),
            np.full(size, target),
            np.full(size, 1 / size),
            np.zeros(size, np.int64),
            np.zeros(1, np.int64),
        )

    model = logistic([constant(10, 0.0), constant(1_000, 1.0)])
    assert model.fit(np.zeros((1, 3)))[0] == pytest.approx(0.5, abs=1e-3)


def test_the_error_of_a_calibration() -> None:
    assert calibration_error(np.array([0.25, 0.25]), np.array([0.0, 0.5])) == pytest.approx(0)
    assert calibration_error(np.array([0.9, 0.9, 0.1, 0.1]), np.array([0.0, 1.0, 0.0, 0.0])) == pytest.approx(0.25)
    assert calibration_error(np.array([1.0]), np.array([1.0])) == 0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=50))
def test_the_error_of_a_calibration_is_at_most_the_mean_gap(pairs: list[tuple[float, float]]) -> None:
    fit, target = np.array(pairs).T
    error = calibration_error(fit, target)
    assert abs(fit.mean() - target.mean()) - 1e-9 <= error <= np.abs(fit - target).mean() + 1e-9


def test_the_least_value_that_is_nearly_the_best_is_taken() -> None:
    scores = {0.0: 0.50, 0.5: 0.5995, 1.0: 0.6}
    assert least_good(list(scores), list(scores.values())) == 0.5


def test_the_bundled_sets_hold_every_fold() -> None:
    assert FOLDS > 1
    assert {each.pair for each in SETS} == set(PAIRS)


@pytest.mark.parametrize("model", ["default", "e5-small"])
def test_what_ships_was_calibrated_on_all_sets(model: str) -> None:
    card = json.loads((FOLDER / f"{model}.json").read_text(encoding="utf-8"))["card"]
    assert sorted(row["set"] for row in card["sets"]) == sorted(each.name for each in SETS)
