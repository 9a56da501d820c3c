"""Formats: what is printed as JSON, one a line, or CSV can be read back, and a spreadsheet runs none of it."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from rich.console import Console

from cli.output import NARROWEST, Format, console, emit, to_csv


class Answer(BaseModel):
    name: str
    parts: list[int]


ANSWER = Answer(name="é", parts=[1, 2])


def printed(capsys: pytest.CaptureFixture[str], form: Format, **more: Any) -> str:
    emit(ANSWER, form, lambda out: out.print("a table"), **more)
    return capsys.readouterr().out


def test_table_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, Format.TABLE) == "a table\n"


def test_json_keeps_letters_and_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, Format.JSON, rows=[{"a": 1}])
    assert "é" in out
    assert json.loads(out) == {"name": "é", "parts": [1, 2]}


def test_ndjson_and_csv_print_the_answer_when_it_has_no_rows(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(printed(capsys, Format.NDJSON)) == {"name": "é", "parts": [1, 2]}
    assert printed(capsys, Format.CSV) == "name,parts\né,1 | 2\n"


def test_no_rows_print_nothing_but_the_header_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, Format.NDJSON, rows=[]) == ""
    assert printed(capsys, Format.CSV, rows=[]).strip() == ""


def test_nested_parts_get_dotted_columns() -> None:
    row = {"a": {"b": 1, "c": {"d": None}}, "list": [{"x": 1}, {"x": 2}], "words": ["p", "q"], "empty": []}
    (read,) = csv.DictReader(io.StringIO(to_csv([row])))
    assert read == {"a.b": "1", "a.c.d": "", "list.1.x": "1", "list.2.x": "2", "words": "p | q", "empty": ""}


def test_rows_with_different_parts_share_one_header() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv([{"a": 1}, {"b": 2}]))))
    assert rows == [{"a": "1", "b": ""}, {"a": "", "b": "2"}]


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-2", "@SUM(A1)", "=cmd|' /C calc'!A0"])
def test_a_formula_is_made_harmless(cell: str) -> None:
    (read,) = csv.DictReader(io.StringIO(to_csv([{"cell": cell}])))
    assert read["cell"] == f"'{cell}"


def test_a_formula_is_harmless_where_a_spreadsheet_cuts_at_semicolons_and_lines() -> None:
    (read,) = csv.DictReader(io.StringIO(to_csv([{"cell": "x;=cmd|'/C calc'!A0\n- a point\n-1+1"}])))
    assert read["cell"] == "x;'=cmd|'/C calc'!A0\n- a point\n'-1+1"


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
rows_of_text = st.lists(st.dictionaries(st.sampled_from("abc"), texts, min_size=3), min_size=1, max_size=5)


@given(rows_of_text)
def test_csv_round_trip(rows: list[dict[str, str]]) -> None:
    read = list(csv.DictReader(io.StringIO(to_csv(rows))))
    assert [{key: value.removeprefix("'") for key, value in row.items()} for row in read] == [
        {key: row[key].removeprefix("'") for key in read[0]} for row in rows
    ]


@given(rows_of_text)
def test_no_cell_starts_like_a_formula(rows: list[dict[str, str]]) -> None:
    for row in csv.DictReader(io.StringIO(to_csv(rows))):
        assert not any(cell.lstrip()[:1] in {"=", "+", "-", "@"} for cell in row.values())


@pytest.mark.parametrize(("columns", "width"), [("40", NARROWEST), ("132", 132)])
def test_the_console_is_never_too_narrow(monkeypatch: pytest.MonkeyPatch, columns: str, width: int) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    found = console()
    assert isinstance(found, Console)
    assert found.width == width
