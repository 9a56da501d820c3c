import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.metrics import METRICS, bootstrap, ndcg, recall, reciprocal_rank, success

GRADES = st.lists(st.integers(0, 3).map(float), min_size=1, max_size=40)


def test_ndcg_takes_the_grade_itself_as_gain() -> None:
    ranked, judged = np.array([1.0, 0.0, 2.0]), np.array([2.0, 1.0, 0.0])
    expected = (1 + 2 / 2) / (2 + 1 / np.log2(3))
    assert ndcg(ranked, judged) == pytest.approx(expected)


def test_a_relevant_document_that_was_not_found_lowers_ndcg_and_recall() -> None:
    assert ndcg(np.array([1.0]), np.array([1.0, 1.0])) == pytest.approx(1 / (1 + 1 / np.log2(3)))
    assert recall(np.array([1.0]), np.array([1.0, 1.0])) == 0.5


def test_what_stands_below_the_depth_does_not_count() -> None:
    ranked = np.zeros(60)
    ranked[55] = 1.0
    judged = np.array([1.0])
    assert {name: metric(ranked, judged) for name, metric in METRICS.items()} == dict.fromkeys(METRICS, 0.0)


def test_grades_below_one_are_a_gain_but_not_relevant() -> None:
    ranked = judged = np.array([0.5])
    assert ndcg(ranked, judged) == 1.0
    assert recall(ranked, judged) == success(ranked, judged) == reciprocal_rank(ranked, judged) == 0.0


def test_no_relevant_document_gives_zero_and_no_division() -> None:
    nothing = np.zeros(3)
    assert ndcg(nothing, nothing) == recall(nothing, nothing) == 0.0
    assert ndcg(np.array([]), np.array([1.0])) == 0.0


@given(GRADES)
def test_the_best_order_has_ndcg_one_and_no_order_more(grades: list[float]) -> None:
    judged = np.array(grades)
    best = np.sort(judged)[::-1]
    assert ndcg(best, judged) == (pytest.approx(1.0) if best[0] > 0 else 0.0)
    assert ndcg(judged, judged) <= 1 + 1e-12


@pytest.mark.slow  # ranx compiles for half a minute
def test_agrees_with_ranx() -> None:
    import ranx

    chance = np.random.default_rng(3)
    queries = [[*chance.integers(0, 4, chance.integers(1, 80)), 1] for _ in range(30)]
    documents = [{f"d{number:02}": int(grade) for number, grade in enumerate(grades)} for grades in queries]
    qrels = ranx.Qrels({f"q{n}": {d: g for d, g in each.items() if g > 0} for n, each in enumerate(documents)})
    run = ranx.Run({f"q{n}": {d: 1.0 / (1 + i) for i, d in enumerate(each)} for n, each in enumerate(documents)})
    names = {"ndcg@10": "ndcg@10", "recall@50": "recall@50", "mrr@10": "mrr@10", "success@1": "hit_rate@1"}
    expected = ranx.evaluate(qrels, run, list(names.values()), threads=1)
    for name, theirs in names.items():
        mine = np.mean([METRICS[name](np.array(grades, float), np.array(grades, float)) for grades in queries])
        assert mine == pytest.approx(expected[theirs]), name


def test_bootstrap_holds_the_mean_between_its_bounds_and_is_the_same_each_time() -> None:
    values = np.random.default_rng(1).random(200)
    estimate = bootstrap(values)
    assert estimate.low < estimate.value < estimate.high
    assert estimate.value == pytest.approx(values.mean())
    assert estimate == bootstrap(values)


def test_bootstrap_interval_is_that_of_the_normal_law() -> None:
    values = np.random.default_rng(2).normal(0.5, 0.1, 400)
    estimate = bootstrap(values)
    half = 1.96 * values.std() / np.sqrt(400)
    assert estimate.high - estimate.value == pytest.approx(half, rel=0.1)
    assert estimate.value - estimate.low == pytest.approx(half, rel=0.1)


def test_a_value_of_many_cases_weighs_more() -> None:
    estimate = bootstrap(np.array([0.0, 1.0]), np.array([1.0, 3.0]))
    assert estimate.value == pytest.approx(0.75)
    assert (estimate.low, estimate.high) == (0.0, 1.0)


def test_bootstrap_of_equal_values_and_of_none() -> None:
    assert bootstrap(np.ones(5)) == (1.0, 1.0, 1.0)
    assert bootstrap(np.array([])) == (0.0, 0.0, 0.0)
