"""``matcher match``: exact output in each format, filters, and every kind of wrong usage."""

import csv
import io
import json
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.cli.conftest import CommandLine


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_table(filled: CommandLine, lang: str, snapshot: SnapshotAssertion) -> None:
    outcome = filled("match", "--challenge", "def-leak", "--top", "3", "--lang", lang, "--explain")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == snapshot


def test_json_has_the_keys_of_the_contract(filled: CommandLine) -> None:
    document = filled("match", "--text", "fuites du réseau d'eau", "--format", "json", "--top", "2").document
    assert document.pop("calibrated") is False  # there only where the model has no calibration
    assert set(document) == {"challenge", "proposals", "excluded", "no_good_match", "snapshot", "model"}
    proposals = document["proposals"]
    assert isinstance(proposals, list)
    assert [proposal["rank"] for proposal in proposals] == [1, 2]
    assert set(proposals[0]) == {
        "rank", "challenge_id", "solution", "fit", "verdict", "scores", "evidence", "coverage", "matched_terms", "eligibility",
    }  # fmt: skip
    assert proposals[0]["solution"]["id"] == "sol-leak"
    assert 0 <= proposals[0]["fit"] <= 1
    assert {"dense", "lexical"} <= set(proposals[0]["scores"])


def test_keys_and_codes_do_not_change_with_the_language(filled: CommandLine) -> None:
    french = filled("match", "--challenge", "def-fire", "--format", "json", "--lang", "fr").document
    english = filled("match", "--challenge", "def-fire", "--format", "json", "--lang", "en").document
    assert french == english


def test_ndjson_is_one_proposal_a_line(filled: CommandLine) -> None:
    whole = filled("match", "--challenge", "def-leak", "--format", "json").document
    lines = filled("match", "--challenge", "def-leak", "--format", "ndjson").out.splitlines()
    assert [json.loads(line) for line in lines] == whole["proposals"]


def test_what_rows_do_not_say_goes_beside_them(filled: CommandLine) -> None:
    asked = ("match", "--text", "Une question de pétanque.", "--kind", "laboratory", "-f", "ndjson", "--lang", "fr")
    outcome = filled(*asked)
    assert all(json.loads(line)["verdict"] == "weak" for line in outcome.out.splitlines())
    assert "Aucune solution ne convient vraiment.\n" in outcome.err
    assert "ne remplissent pas les conditions.\n" in outcome.err
    check = (
        "self-check",
        "--text",
        "Des capteurs repèrent les fuites.",
        "--language",
        "en",
        "-f",
        "csv",
        "--lang",
        "en",
    )
    assert "open challenges do not meet the conditions.\n" in filled(*check).err
    assert filled(*asked, "--quiet").err == ""


def test_csv_is_one_proposal_a_row_with_nested_parts_flattened(filled: CommandLine) -> None:
    rows = list(csv.DictReader(io.StringIO(filled("match", "--challenge", "def-leak", "-f", "csv").out)))
    assert rows[0]["solution.id"] == "sol-leak"
    assert rows[0]["eligibility.reasons.1.constraint"]
    assert float(rows[0]["fit"]) <= 1


def test_text_file_and_stdin_give_the_same_answer(filled: CommandLine, tmp_path: Path) -> None:
    text = "Des fuites d'eau dans le réseau."
    (tmp_path / "need.txt").write_text(text, encoding="cp1252")
    given = [
        filled("match", "--text", text, "-f", "json").document,
        filled("match", "--file", "need.txt", "-f", "json").document,
        filled("match", "--file", "-", "-f", "json", stdin=text).document,
    ]
    assert given[0] == given[1] == given[2]


def test_a_filter_excludes_with_its_reason(filled: CommandLine) -> None:
    document = filled("match", "--challenge", "def-fire", "--trl-min", "9", "--format", "json").document
    excluded = document["excluded"]
    assert isinstance(excluded, list)
    reasons = {each["solution"]["id"]: each["reasons"][0] for each in excluded}
    assert reasons["sol-fire"]["verdict"] == "not_met"
    assert (reasons["sol-fire"]["required"], reasons["sol-fire"]["found"]) == (9, 8)


def test_what_a_record_does_not_say_excludes_only_under_strict(filled: CommandLine) -> None:
    def kept(*more: str) -> set[str]:
        document = filled("match", "--challenge", "def-fire", "--trl-min", "4", "-f", "json", *more).document
        proposals = document["proposals"]
        assert isinstance(proposals, list)
        return {proposal["solution"]["id"] for proposal in proposals}

    assert kept() == {"sol-fire", "sol-leak", "sol-soup"}
    assert kept("--strict") == {"sol-fire", "sol-leak"}


def test_no_good_match_is_an_answer(filled: CommandLine) -> None:
    outcome = filled("match", "--text", "zzzz qqqq", "--lang", "en")
    assert outcome.code == 0
    assert "No known solution reaches a plausible fit" in outcome.out or "nearest" in outcome.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--challenge"),
        (["--text", "a b", "--challenge", "def-fire"], "--challenge"),
        (["--challenge", "nobody"], "nobody"),
        (["--text", "  "], ""),
        (["--text", "eau", "--only", "nobody"], "nobody"),
        (["--text", "eau", "--kind", "wizard"], "wizard"),
        (["--text", "eau", "--deadline", "31/31/2027"], "31/31/2027"),
        (["--text", "eau", "--territory", "Atlantide"], "Atlantide"),
        (["--text", "eau", "--trl-min", "12"], "12"),
        (["--text", "eau", "--top", "0"], "0"),
    ],
)
def test_wrong_usage_is_2_and_names_the_value(filled: CommandLine, arguments: list[str], words: str) -> None:
    outcome = filled("match", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert words in outcome.err
    assert "Traceback" not in outcome.err


def test_a_file_that_is_no_text_is_refused(filled: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "need.docx").write_bytes(b"PK\x03\x04")
    assert filled("match", "--file", "need.docx").code == 3
    assert filled("match", "--file", "missing.txt").code == 3


def test_a_workspace_that_is_not_indexed_says_what_to_do(matcher: CommandLine) -> None:
    outcome = matcher("match", "--text", "eau potable")
    assert outcome.code == 1
    assert "n’a pas encore d’index" in outcome.err
    assert "matcher index" in outcome.err


def test_what_is_excluded_is_told_with_its_reason(filled: CommandLine, snapshot: SnapshotAssertion) -> None:
    assert filled("match", "--challenge", "def-fire", "--trl-min", "9", "--top", "2").out == snapshot
