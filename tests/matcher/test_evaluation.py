import json
from pathlib import Path

import numpy as np
import pytest

from matcher.evaluation import EvaluationReport, Workbench, evaluate, judge, languages_of
from matcher.evaluation_set import EvaluationSet
from matcher.scoring import Mode
from tests.encoders import HashingEncoder
from tests.matcher.beir import DOCUMENTS, write_set


def test_a_report_has_the_keys_that_others_rely_on(tmp_path: Path) -> None:
    report = evaluate(write_set(tmp_path / "small"), encoder=HashingEncoder(dimension=256))
    content = json.loads(report.model_dump_json())
    assert list(content) == [
        "set", "mode", "model", "queries", "left_out", "documents", "ndcg@10", "recall@50", "mrr@10", "success@1",
    ]  # fmt: skip
    assert content["set"] == "small"
    assert content["mode"] == "hybrid"
    assert content["model"] == "hashing"
    assert (content["queries"], content["left_out"], content["documents"]) == (2, 1, 4)
    assert content["ndcg@10"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert EvaluationReport.model_validate(content) == report


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_every_mode_finds_what_shares_words(tmp_path: Path, mode: Mode) -> None:
    report = evaluate(write_set(tmp_path), mode, encoder=HashingEncoder(dimension=256))
    assert report.success.value == 1.0


def test_unjudged_documents_count_nothing_and_missing_ones_are_not_found(tmp_path: Path) -> None:
    folder = write_set(tmp_path, grades={"q1": {"d1": 1, "gone": 1}})
    report = evaluate(folder, encoder=HashingEncoder())
    assert report.recall.value == 0.5
    assert report.ndcg.value == pytest.approx(1 / (1 + 1 / np.log2(3)))


def test_a_document_with_the_id_of_the_query_stays_in(tmp_path: Path) -> None:
    text = "Le même texte des deux côtés."
    folder = write_set(tmp_path, {**DOCUMENTS, "same": text}, {"same": text}, {"same": {"same": 1}})
    assert evaluate(folder, encoder=HashingEncoder()).success.value == 1.0


def test_at_least_a_hundred_documents_are_ranked(tmp_path: Path) -> None:
    documents = {f"d{number:03}": f"eau réseau fuite numéro {number}" for number in range(150)}
    folder = write_set(tmp_path, documents, {"q": "fuite d'eau"}, {"q": {"d000": 1}})
    bench = Workbench.prepare(EvaluationSet.read(folder), HashingEncoder())
    for mode in ("hybrid", "dense", "lexical"):
        ranked = bench.run(mode)["q"]  # type: ignore[arg-type]
        assert len(ranked) == len(set(ranked)) == 100


def test_the_order_of_the_files_does_not_matter(tmp_path: Path) -> None:
    documents = {f"d{number:03}": f"{'eau ' * (number % 3)}réseau {number}" for number in range(40)}
    grades = {"q": {"d005": 1}}
    runs = []
    for number, order in enumerate((list(documents), list(documents)[::-1])):
        folder = write_set(tmp_path / str(number), {one: documents[one] for one in order}, {"q": "eau réseau"}, grades)
        runs.append(Workbench.prepare(EvaluationSet.read(folder), HashingEncoder()).run())
    assert runs[0] == runs[1]


def test_lexical_mode_leaves_out_what_shares_no_word(tmp_path: Path) -> None:
    bench = Workbench.prepare(EvaluationSet.read(write_set(tmp_path)), HashingEncoder())
    assert bench.run("lexical")["q1"][0] == "d1"
    assert "d4" not in bench.run("lexical")["q1"]
    assert "d4" in bench.run("dense")["q1"]


def test_judge_gives_one_value_a_query_and_metric(tmp_path: Path) -> None:
    labelled = EvaluationSet.read(write_set(tmp_path))
    values = judge(labelled, {"q1": ["d3", "d1"], "q2": ["d2"]})
    assert values["success@1"].tolist() == [0.0, 1.0]
    assert values["mrr@10"].tolist() == [0.5, 1.0]
    assert values["ndcg@10"][0] == pytest.approx(1 / np.log2(3))


def test_progress_counts_every_text(tmp_path: Path) -> None:
    steps: list[int] = []
    evaluate(write_set(tmp_path), encoder=HashingEncoder(), progress=steps.append)
    assert sum(steps) == 7


def test_a_text_of_no_known_language_takes_that_of_most() -> None:
    texts = [
        "The water network of the city is leaking and nobody knows where.",
        "Sensors that are placed on the pipes hear the leaks.",
        "CO2 12345",
    ]
    assert languages_of(texts) == ["en", "en", "en"]
    assert languages_of(["12345"]) == [None]
