"""Rejected rows, in a file that can be corrected and imported again."""

import csv
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpora.readers import Row
from corpora.row_errors import ERROR_COLUMNS, RowError

_LINES = {".jsonl", ".ndjson", ".parquet"}


@dataclass(frozen=True)
class Reject:
    """A rejected row and why."""

    row: Row
    error: RowError


def write_rejects(source: Path, rejects: Sequence[Reject], path: Path | None = None) -> Path:
    """Write rejected rows with the reason beside each: JSON lines for nested formats, else CSV as Excel opens it.

    The columns of ``ERROR_COLUMNS`` are passed over when the file is imported again.
    """
    as_lines = (path or source).suffix.lower() in _LINES
    path = path or source.with_suffix(".rejects.jsonl" if as_lines else ".rejects.csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    if as_lines:
        _write_lines(temporary, rejects)
    else:
        _write_csv(temporary, rejects)
    temporary.replace(path)
    return path


def guard_formula(cell: Any) -> Any:
    """Put an apostrophe before a text that a spreadsheet would run as a formula; the readers take it off again."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip()[:1] in {"=", "+", "-", "@"} else cell


def _reasons(reject: Reject) -> dict[str, Any]:
    error = reject.error
    values = (error.row, error.column, error.code, error.message(), error.remedy())
    return dict(zip(ERROR_COLUMNS, values, strict=True))


def _write_csv(path: Path, rejects: Sequence[Reject]) -> None:
    columns = list(dict.fromkeys(column for reject in rejects for column in reject.row.cells if column))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, [*columns, *ERROR_COLUMNS], delimiter=";", extrasaction="ignore")
        writer.writeheader()
        for reject in rejects:
            cells = {column: guard_formula(cell) for column, cell in reject.row.cells.items()}
            writer.writerow(cells | _reasons(reject))


def _write_lines(path: Path, rejects: Sequence[Reject]) -> None:
    """A line that is no JSON is written as it was: that is what has to be corrected."""
    with path.open("w", encoding="utf-8") as file:
        for reject in rejects:
            raw = reject.row.cells.get("_line") if reject.row.problem == "not_json" else None
            cells = reject.row.cells | _reasons(reject)
            file.write((raw or json.dumps(cells, ensure_ascii=False, default=str)) + "\n")
