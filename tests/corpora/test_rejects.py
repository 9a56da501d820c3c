import csv
import json
from pathlib import Path

import pytest

from corpora.errors import UnwritableFile
from corpora.readers import LINE, read_tables
from corpora.rejects import Reject, guard_formula, write_rejects
from corpora.row_errors import ERROR_COLUMNS, RowError
from corpora.tables import Row


def _error(row: int, code: str = "not_a_number", column: str | None = "budget") -> RowError:
    return RowError(file="a.csv", row=row, column=column, value="beaucoup", code=code)


def test_rejects_open_in_excel_with_the_reasons_first(tmp_path: Path) -> None:
    rejects = [
        Reject(Row(3, {"titre": "Été", "budget": "beaucoup"}), (_error(3), _error(3, "missing", "titre"))),
        Reject(Row(9, {"titre": "Eau", "autre": "x;y"}), (_error(9),)),
    ]
    path = write_rejects(tmp_path / "a.csv", ["titre", "budget"], rejects)
    assert path == tmp_path / "a.rejects.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    first, second = csv.DictReader(path.read_text("utf-8-sig").splitlines(), delimiter=";")
    assert list(first) == [*ERROR_COLUMNS, "titre", "budget", "autre"]
    assert (first["rejet_ligne"], first["rejet_colonne"], first["rejet_code"]) == (
        "3",
        "budget | titre",
        "not_a_number | missing",
    )
    assert first["rejet_raison"] == "« beaucoup » n’est pas un montant. La colonne « titre » est vide."
    assert (first["titre"], second["autre"], second["budget"]) == ("Été", "x;y", "")


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+33 1", "-5", "@SUM(A1)", " =1", "\t=1", "\r=1"])
def test_formulas_are_guarded(cell: str) -> None:
    assert guard_formula(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["Eau", "a=b", "", None, 12, -5, "'=1"])
def test_what_no_spreadsheet_would_run_stays_as_it_is(cell: object) -> None:
    assert guard_formula(cell) == cell


def test_formulas_in_cells_and_headers_are_guarded_in_the_file(tmp_path: Path) -> None:
    path = write_rejects(tmp_path / "a.csv", ["=titre"], [Reject(Row(2, {"=titre": "=1+1"}), (_error(2),))])
    header, line = path.read_text("utf-8-sig").splitlines()
    assert header.endswith(";'=titre")
    assert line.endswith(";'=1+1")


def test_broken_rows_stay_broken_so_that_nobody_imports_them_by_mistake(tmp_path: Path) -> None:
    rejects = [
        Reject(Row(2, {"a": "1", "b": "2"}, "too_many_cells", ("3",)), (_error(2, "too_many_cells", None),)),
        Reject(Row(3, {"a": "1"}, "too_few_cells"), (_error(3, "too_few_cells", None),)),
    ]
    (table,) = read_tables(write_rejects(tmp_path / "a.csv", ["a", "b"], rejects))
    assert [row.problem for row in table.rows] == ["too_many_cells", "too_few_cells"]


def test_nested_rejects_go_to_json_lines(tmp_path: Path) -> None:
    rejects = [
        Reject(Row(1, {"titre": "Été", "nid": {"a": [1]}}), (_error(1),)),
        Reject(Row(2, {LINE: '{"cut": '}, "not_json"), (_error(2, "not_json", None),)),
        Reject(Row(3, {"titre": "\ud800"}), (_error(3, "not_unicode"),)),
    ]
    path = write_rejects(tmp_path / "a.parquet", ["titre", "nid"], rejects)
    assert path == tmp_path / "a.parquet.rejects.jsonl"
    first, second, third = path.read_text("utf-8").splitlines()
    assert json.loads(first)["nid"] == {"a": [1]}
    assert json.loads(first)["rejet_code"] == "not_a_number"
    assert second == '{"cut": '
    assert json.loads(third)["titre"] == "\ud800"


def test_the_file_is_named_by_the_caller(tmp_path: Path) -> None:
    path = write_rejects(
        tmp_path / "a.xlsx", ["a"], [Reject(Row(2, {"a": "1"}), (_error(2),))], tmp_path / "new" / "b.csv"
    )
    assert path == tmp_path / "new" / "b.csv"
    assert [child.name for child in path.parent.iterdir()] == ["b.csv"]


def test_a_folder_that_takes_no_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UnwritableFile, match="Name another file"):
        write_rejects(
            tmp_path / "a.csv", ["a"], [Reject(Row(2, {"a": "1"}), (_error(2),))], tmp_path / "file" / "b.csv"
        )


def test_all_columns_stand_in_the_header_though_no_rejected_row_reaches_them(tmp_path: Path) -> None:
    path = write_rejects(
        tmp_path / "a.csv", ["a", "b", "c"], [Reject(Row(2, {"a": "1"}, "too_few_cells"), (_error(2),))]
    )
    (header, *_) = csv.reader(path.read_text("utf-8-sig").splitlines(), delimiter=";")
    assert header == [*ERROR_COLUMNS, "a", "b", "c"]


def test_broken_rows_keep_all_cells_in_json_lines_and_stay_broken(tmp_path: Path) -> None:
    reject = Reject(Row(2, {"a": "1", "b": "2"}, "too_many_cells", ("3",)), (_error(2, "too_many_cells", None),))
    path = write_rejects(tmp_path / "a.csv", ["a", "b"], [reject], tmp_path / "b.jsonl")
    assert json.loads(path.read_text("utf-8"))[-3:] == ["1", "2", "3"]
    (table,) = read_tables(path)
    assert [row.problem for row in table.rows] == ["not_json"]


def test_rejects_of_rejects_have_the_reasons_once(tmp_path: Path) -> None:
    reasons = dict.fromkeys(ERROR_COLUMNS, "avant")
    rejects = [
        Reject(Row(2, reasons | {"a": "1"}), (_error(2),)),
        Reject(Row(3, reasons | {"a": "2"}, "too_few_cells"), (_error(3, "too_few_cells", None),)),
    ]
    path = write_rejects(tmp_path / "a.csv", [*ERROR_COLUMNS, "a"], rejects)
    header, first, second = csv.reader(path.read_text("utf-8-sig").splitlines(), delimiter=";")
    assert header == [*ERROR_COLUMNS, "a"]
    assert "avant" not in first + second
    assert (first[-1], second[-1]) == ("1", "2")


def test_files_of_one_name_have_their_rejects_apart(tmp_path: Path) -> None:
    rejects = [Reject(Row(2, {"a": "1"}), (_error(2),))]
    paths = {write_rejects(tmp_path / f"d.{suffix}", ["a"], rejects).name for suffix in ("csv", "xlsx", "tsv", "jsonl")}
    assert paths == {"d.rejects.csv", "d.xlsx.rejects.csv", "d.tsv.rejects.csv", "d.rejects.jsonl"}
