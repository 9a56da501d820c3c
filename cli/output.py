"""One set of output formats for every command that prints data: table, json, ndjson, csv."""

import csv
import io
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import Console

NARROWEST = 80
_CELL_WITHIN = re.compile(r"([;\t\r\n]\s*)(?=[=+@]|-\S)")


class Format(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"


ROWS = (Format.NDJSON, Format.CSV)
"""Formats that hold the rows of an answer and nothing else of it."""

FormatOption = Annotated[Format, typer.Option("--format", "-f")]


def emit(
    result: "BaseModel",
    form: Format,
    table: Callable[["Console"], None],
    rows: Sequence[Mapping[str, Any]] | None = None,
) -> None:
    """Print a result on stdout.

    Args:
        result: the whole answer, printed as it is by ``json``.
        form: the format.
        table: draws the answer for people.
        rows: what ``ndjson`` and ``csv`` print one a line; the result itself when None.
    """
    document = result.model_dump(mode="json", by_alias=True)
    listed = [document] if rows is None else rows
    if form is Format.TABLE:
        table(console())
    elif form is Format.JSON:
        _write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    elif form is Format.NDJSON:
        _write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in listed))
    else:
        _write(to_csv(listed))


def console() -> "Console":
    """The console for results: stdout, at least 80 columns wide."""
    from rich.console import Console

    found = Console(highlight=False)
    return found if found.width >= NARROWEST else Console(highlight=False, width=NARROWEST)


def to_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as CSV with a header: nested parts flattened into dotted columns, formulas made harmless."""
    flat = [_flatten(row) for row in rows]
    columns = list(dict.fromkeys(column for row in flat for column in row))
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({column: _guarded(cell) for column, cell in row.items()} for row in flat)
    return buffer.getvalue()


def _guarded(cell: Any) -> Any:
    """A cell without a formula, even where a spreadsheet cuts it at a semicolon, a tab or a line break."""
    from corpora.rejects import guard_formula

    return _CELL_WITHIN.sub(r"\1'", guard_formula(cell)) if isinstance(cell, str) else cell


def _flatten(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """``{"a": {"b": 1}}`` becomes ``{"a.b": 1}``; lists of texts are joined, lists of objects numbered from 1."""
    flat: dict[str, Any] = {}
    for key, part in value.items():
        name = f"{prefix}{key}"
        if isinstance(part, Mapping):
            flat |= _flatten(part, f"{name}.")
        elif isinstance(part, (list, tuple)) and any(isinstance(each, Mapping) for each in part):
            for number, each in enumerate(part, start=1):
                flat |= _flatten(each, f"{name}.{number}.")
        elif isinstance(part, (list, tuple)):
            flat[name] = " | ".join(map(str, part))
        else:
            flat[name] = part
    return flat


def _write(text: str) -> None:
    sys.stdout.write(text)
