"""Rejected rows, in a file that can be corrected and imported again."""

import csv
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpora.errors import UnwritableFile
from corpora.readers import LINE
from corpora.row_errors import ERROR_COLUMNS, RowError
from corpora.tables import Row
from corpora.values import FORMULA_STARTS

_LINES = {".jsonl", ".ndjson", ".parquet"}


@dataclass(frozen=True)
class Reject:
    """A rejected row and all that is wrong with it."""

    row: Row
    errors: tuple[RowError, ...]


def write_rejects(source: Path, columns: Sequence[str], rejects: Sequence[Reject], path: Path | None = None) -> Path:
    """Write rejected rows with the reasons beside each: JSON lines for nested formats, else CSV as Excel opens it.

    The columns of ``ERROR_COLUMNS`` are passed over when the file is imported again. A row that is broken stays so:
    nobody imports it by mistake.

    Args:
        source: the file that the rows come from.
        columns: its columns, in order; a row without a cell for one has it empty.
        rejects: the rows.
        path: the file to write; beside ``source`` when None.

    Raises:
        UnwritableFile: its folder does not allow it.
    """
    as_lines = (path or source).suffix.lower() in _LINES
    path = path or _beside(source, ".jsonl" if as_lines else ".csv")
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if as_lines:
            _write_lines(temporary, rejects)
        else:
            _write_csv(temporary, columns, rejects)
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise UnwritableFile("unwritable", path=path, reason=error.strerror) from error
    return path


def _beside(source: Path, suffix: str) -> Path:
    """``d.rejects.csv`` for ``d.csv``, ``d.xlsx.rejects.csv`` for ``d.xlsx``: files side by side keep theirs apart."""
    name = source.stem if source.suffix.lower() == suffix else source.name
    return source.with_name(f"{name}.rejects{suffix}")


def guard_formula(cell: Any) -> Any:
    """Put an apostrophe before a text that a spreadsheet would run as a formula; the readers take it off again."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip()[:1] in FORMULA_STARTS else cell


def _reasons(reject: Reject) -> list[Any]:
    errors = reject.errors
    return [
        errors[0].row,
        " | ".join(error.column or "" for error in errors),
        " | ".join(error.code for error in errors),
        " ".join(error.message() for error in errors),
        " ".join(dict.fromkeys(error.remedy() for error in errors)),
    ]


def _broken(reject: Reject) -> list[Any]:
    """A row of too many, too few or spoilt cells, as it was, behind its reasons."""
    return [*_reasons(reject), *_without_reasons(reject.row.cells).values(), *reject.row.surplus]


def _without_reasons(cells: dict[str, Any]) -> dict[str, Any]:
    return {column: cell for column, cell in cells.items() if column not in ERROR_COLUMNS}


def _write_csv(path: Path, columns: Sequence[str], rejects: Sequence[Reject]) -> None:
    """The reasons come first, so that a row with too many or too few cells can stay as it was."""
    named = dict.fromkeys([*columns, *(column for reject in rejects for column in reject.row.cells)])
    columns = list(_without_reasons(named))
    with path.open("w", encoding="utf-8-sig", newline="", errors="backslashreplace") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow([*ERROR_COLUMNS, *map(guard_formula, columns)])
        for reject in rejects:
            cells = [reject.row.cells.get(column) for column in columns]
            row = _broken(reject) if reject.row.problem else [*_reasons(reject), *cells]
            writer.writerow(map(guard_formula, row))


def _write_lines(path: Path, rejects: Sequence[Reject]) -> None:
    """A line that is no JSON is written as it was: that is what has to be corrected. A broken row of CSV is a list."""
    with path.open("w", encoding="utf-8", errors="backslashreplace") as file:
        for reject in rejects:
            if reject.row.problem == "not_json":
                file.write(f"{reject.row.cells[LINE]}\n")
                continue
            cells = reject.row.cells | dict(zip(ERROR_COLUMNS, _reasons(reject), strict=True))
            row = _broken(reject) if reject.row.problem else cells
            file.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
