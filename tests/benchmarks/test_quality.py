from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.bundled import LabelledSet
from benchmarks.quality import SYSTEMS, best, by_direction, fused, measure, read, runs, standardised, table
from matcher.evaluation import Workbench
from matcher.evaluation_set import EvaluationSet
from matcher.metrics import METRICS
from tests.encoders import HashingEncoder
from tests.matcher.beir import write_set

PEERS = dict.fromkeys(("e5", "minilm"), HashingEncoder(dimension=256))
LABELLED = LabelledSet("local_fr", ("fr", "fr"), fits=True)


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench.prepare(EvaluationSet.read(write_set(tmp_path / "local_fr")), HashingEncoder(dimension=256))


def test_every_system_ranks_every_answered_query_and_finds_what_shares_words(bench: Workbench) -> None:
    found = runs(bench, {"e5": bench, "minilm": bench})
    assert tuple(found) == SYSTEMS
    for run in found.values():
        assert list(run) == ["q1", "q2"]
        assert [run["q1"][0], run["q2"][0]] == ["d1", "d2"]


def test_the_signals_and_the_hybrid_are_those_of_the_engine(bench: Workbench) -> None:
    found = runs(bench, {"e5": bench, "minilm": bench})
    assert found["hybrid"] == bench.run("hybrid")
    assert found["dense"] == bench.run("dense")
    assert found["bm25"] == bench.run("lexical")


def test_a_set_gives_a_row_a_system_with_all_metrics(bench: Workbench) -> None:
    rows, values = measure(LABELLED, [bench], PEERS, [None])
    assert [row["system"] for row in rows] == list(SYSTEMS)
    assert all((row["direction"], row["set"], row["queries"]) == ("fr-fr", "local_fr", 2) for row in rows)
    assert all(set(row[metric]) == {"value", "low", "high"} for row in rows for metric in METRICS)
    assert len(values["mix"]["ndcg@10"]) == 2
    assert {row["system"]: row["p"] for row in rows}["bm25"] == 1.0  # both find everything
    assert rows[-1]["p"] is None


def test_the_queries_of_several_models_count_as_one_set(bench: Workbench) -> None:
    def only(query: str) -> Workbench:
        return replace(bench, labelled=replace(bench.labelled, queries={query: bench.labelled.queries[query]}),
                       queries={query: bench.queries[query]})  # fmt: skip

    whole, _ = measure(LABELLED, [bench], PEERS, [None])
    parts, _ = measure(LABELLED, [only("q1"), only("q2")], PEERS, [None, None])
    assert parts == whole


def test_where_texts_were_graded_by_reading_there_are_rows_without_what_nobody_read(bench: Workbench) -> None:
    graded = LabelledSet("local_fr", ("fr", "fr"), fits=True, graded=True)
    rows, values = measure(graded, [bench], PEERS, [None])
    assert [row["system"] for row in rows][len(SYSTEMS) :] == ["bm25, read", "dense, read", "hybrid, read"]
    assert (values["hybrid, read"]["ndcg@10"] >= values["hybrid"]["ndcg@10"]).all()
    assert read(bench.labelled, {"q1": ["unread", *bench.labelled.grades["q1"]]}) == {
        "q1": [*bench.labelled.grades["q1"]]
    }


def test_a_direction_is_the_mean_of_its_sets() -> None:
    chance = np.random.default_rng(0)

    def values(mean: float, size: int) -> dict[str, dict[str, np.ndarray]]:
        return {system: {metric: chance.normal(mean, 0.1, size) for metric in METRICS} for system in SYSTEMS}

    rows = by_direction([(LABELLED, values(0.2, 50)), (LABELLED, values(0.6, 500))])
    assert len(rows) == len(SYSTEMS)
    figure = rows[0]["ndcg@10"]
    assert figure["value"] == pytest.approx(0.4, abs=0.03)
    expected = 1.96 * np.hypot(0.1 / np.sqrt(50), 0.1 / np.sqrt(500)) / 2
    assert (figure["high"] - figure["low"]) / 2 == pytest.approx(expected, rel=0.25)


def test_fusion_prefers_what_both_rank_and_breaks_ties_by_id() -> None:
    assert fused(["a", "b"], ["b", "c"])[0] == "b"
    assert fused(["b"], ["a"]) == ["a", "b"]


def test_scores_are_standardised_over_the_corpus() -> None:
    scores = standardised(np.array([1, 2, 3, 4], dtype=np.float32))
    assert scores.mean() == pytest.approx(0)
    assert scores.std() == pytest.approx(1)
    assert standardised(np.ones(3, dtype=np.float32)).tolist() == [0, 0, 0]


def test_ties_go_to_the_first_row() -> None:
    assert best(np.array([1.0, 2.0, 2.0]), ["a", "b", "c"]) == ["b", "c", "a"]


def test_the_table_has_a_line_a_row(bench: Workbench) -> None:
    rows, _ = measure(LABELLED, [bench], PEERS, [None])
    lines = table(rows).splitlines()
    assert len(lines) == 2 + len(rows)
    assert lines[2].startswith("| fr-fr | local_fr | tfidf | 1.000 [1.000, 1.000] |")
