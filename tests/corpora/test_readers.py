import datetime as dt
import json
from pathlib import Path
from typing import Any

import polars
import pytest
import xlsxwriter

from corpora.errors import UnreadableFile
from corpora.readers import LINE, read_tables
from corpora.tables import Row, Table, column_names


def _workbook(path: Path, **sheets: list[tuple[int, list[Any]]]) -> Path:
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False, "default_date_format": "dd/mm/yyyy"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, cells in rows:
            sheet.write_row(number - 1, 0, cells)
    book.close()
    return path


def test_all_sheets_of_a_workbook_are_read_with_the_row_numbers_of_excel(tmp_path: Path) -> None:
    path = _workbook(
        tmp_path / "a.xlsx",
        Notes=[(1, ["Lisez-moi"])],
        Vide=[],
        Défis=[
            (3, ["Titre", "Budget", "Date", "", "Code"]),
            (5, ["Eau", 450_000.5, dt.datetime(2026, 12, 31), "sans nom", "01004"]),  # noqa: DTZ001  Excel has no zones
            (6, ["=1+1", 12, None, None, 1004]),
        ],
    )
    notes, empty, challenges = read_tables(path)
    assert notes == Table(["Lisez-moi"], [], "Notes")
    assert empty == Table([], [], "Vide")
    assert (challenges.sheet, challenges.columns) == ("Défis", ["Titre", "Budget", "Date", "colonne 4", "Code"])
    first, second = challenges.rows
    assert first.number == 5
    assert first.cells == {
        "Titre": "Eau",
        "Budget": "450000.5",
        "Date": "2026-12-31 00:00:00",
        "colonne 4": "sans nom",
        "Code": "01004",
    }
    assert (second.number, second.cells["Titre"], second.cells["Budget"]) == (6, "=1+1", "12")


def test_a_parquet_file_keeps_its_types_and_nests(tmp_path: Path) -> None:
    rows = [
        {
            "name": "A",
            "themes": ["eau", "air"],
            "place": {"code": "83", "list": [{"a": 1}]},
            "day": dt.date(2026, 12, 31),
        },
        {"name": "B", "themes": [], "place": None, "day": None},
    ]
    polars.DataFrame(rows).write_parquet(tmp_path / "a.parquet")
    (table,) = read_tables(tmp_path / "a.parquet")
    assert [row.cells for row in table.rows] == rows
    assert [row.number for row in table.rows] == [1, 2]


def test_json_lines_are_read_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('\n{"a": "é\u2028x"}\n[1]\n{"b": {"c": [1]}}\n{"a": \n' + "[" * 100_000 + "\n", "utf-8")
    (table,) = read_tables(path)
    assert table.columns == ["a", "b"]
    first, *_, second, cut, deep = table.rows
    assert (first, second) == (Row(2, {"a": "é\u2028x"}), Row(4, {"b": {"c": [1]}}))
    assert cut == Row(5, {LINE: '{"a": '}, "not_json")
    assert (deep.number, deep.problem) == (6, "not_json")


def test_a_file_is_known_by_its_content_first(tmp_path: Path) -> None:
    book = _workbook(tmp_path / "a.xlsx", Un=[(1, ["titre"]), (2, ["Eau"])])
    book.rename(tmp_path / "a.csv")
    assert [row.cells for row in read_tables(tmp_path / "a.csv")[0].rows] == [{"titre": "Eau"}]


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "jsonl", "parquet", "tsv", "txt", "ndjson"])
def test_an_empty_file_is_refused(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"a.{suffix}").write_bytes(b"")
    with pytest.raises(UnreadableFile, match="is empty"):
        read_tables(tmp_path / f"a.{suffix}")


@pytest.mark.parametrize("content", [b"\n\n  \n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"])
@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_a_file_of_blanks_is_refused(tmp_path: Path, suffix: str, content: bytes) -> None:
    (tmp_path / f"a.{suffix}").write_bytes(content)
    with pytest.raises(UnreadableFile, match="is empty"):
        read_tables(tmp_path / f"a.{suffix}")


def test_a_workbook_without_a_filled_sheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="is empty"):
        read_tables(_workbook(tmp_path / "a.xlsx", Un=[], Deux=[]))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsx", b"no workbook"),
        ("a.xlsx", b"PK\x03\x04 cut"),
        ("a.parquet", b"no parquet"),
        ("a.parquet", b"PAR1 cut"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFile, match="is not a readable"):
        read_tables(tmp_path / name)


def test_what_is_no_file_of_records_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4")
    with pytest.raises(UnreadableFile, match=r"unknown format '\.pdf'. Use one of \.csv"):
        read_tables(tmp_path / "a.pdf")
    with pytest.raises(UnreadableFile, match="is a folder"):
        read_tables(tmp_path)
    with pytest.raises(UnreadableFile, match=r"none\.csv does not exist: check the name"):
        read_tables(tmp_path / "none.csv")


def test_every_column_gets_a_name_of_its_own() -> None:
    assert column_names(["a", " a ", None, "", "a (2)"]) == ["a", "a (2)", "colonne 3", "colonne 4", "a (2) (2)"]


def test_json_lines_survive_a_round_trip(tmp_path: Path) -> None:
    rows = [{"a": 1, "b": [None, "x"]}, {"a": "été"}]
    (tmp_path / "a.jsonl").write_text("\r\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    assert [row.cells for row in read_tables(tmp_path / "a.jsonl")[0].rows] == rows
