"""A row of a table as a record, or what is wrong with it."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import ValidationError

from corpora import values
from corpora.language import detect_language
from corpora.readers import Row
from corpora.records import Challenge, Record, Solution, Territory, TerritoryKind
from corpora.row_errors import ERROR_COLUMNS

Kind = Literal["challenge", "solution"]

_PARSERS: dict[str, Callable[[Any], Any]] = {
    "siren": values.siren,
    "language": values.language,
    "territory_kind": values.territory_kind,
    "themes": values.several,
    "ecosystem": values.several,
    "requirements": values.several,
    "published": values.date,
    "deadline": values.date,
    "available": values.date,
    "budget": values.number,
    "price": values.number,
    "trl": values.trl,
    "trl_min": values.trl,
    "kind": values.kind,
    "status": values.status,
}
_PLACES = (
    (TerritoryKind.COMMUNE, "commune_code", "commune"),
    (TerritoryKind.DEPARTEMENT, "departement_code", "departement"),
    (TerritoryKind.REGION, None, "region"),
)
_TERRITORY_FIELDS = {
    "territory_kind", "territory_code", "territory_name", "commune_code", "commune",
    "departement_code", "departement", "region",
}  # fmt: skip
_HEADING = {"challenge": "title", "solution": "name"}


class RowRejected(ValueError):
    """A row cannot become a record: the column, its cell and the code of what is wrong."""

    def __init__(self, code: str, column: str | None = None, value: Any = None) -> None:
        super().__init__(code)
        self.code = code
        self.column = column
        self.value = None if value is None else str(value)


def to_record(row: Row, kind: Kind, fields: Mapping[str, str]) -> Record:
    """Make a record of a row.

    Args:
        row: the cells.
        kind: what the row describes.
        fields: the field that each known column holds; other columns go to ``extra``.

    Raises:
        RowRejected: the row lacks its heading or a cell cannot be read.
    """
    if row.problem:
        raise RowRejected(row.problem, value=next(iter(row.cells.values()), None))
    columns = {field: column for column, field in fields.items()}
    found = {field: _parse(field, column, row.cells.get(column)) for field, column in columns.items()}
    heading = _HEADING[kind]
    if not found.get(heading):
        raise RowRejected("missing", columns.get(heading, heading))
    document = {name: value for name, value in found.items() if value and name not in _TERRITORY_FIELDS}
    document["territory"] = _territory(found)
    document["extra"] = _extra(row, fields)
    document.setdefault("id", derived_id(kind, found.get("organisation"), found[heading]))
    document.setdefault("language", detect_language(f"{found[heading]}. {found.get('text') or ''}"))
    try:
        return (Challenge if kind == "challenge" else Solution).model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        raise RowRejected("invalid", columns.get(field, field), first["input"]) from error


def derived_id(kind: Kind, organisation: str | None, heading: str) -> str:
    """Id of a row that gives none: the same for the same organisation and heading, at every import."""
    key = f"{kind}|{values.fold(organisation or '')}|{values.fold(heading)}"
    return f"{kind[0]}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def _parse(field: str, column: str, cell: Any) -> Any:
    try:
        parse: Callable[[Any], Any] = _PARSERS.get(field, values.text)
        return parse(cell)
    except ValueError as error:
        raise RowRejected(str(error), column, cell) from error


def _territory(found: Mapping[str, Any]) -> Territory | None:
    """The narrowest place that the row names."""
    stated = [found.get(name) for name in ("territory_kind", "territory_code", "territory_name")]
    if any(stated):
        return Territory(kind=stated[0], code=stated[1], name=stated[2])
    for kind, code_field, name_field in _PLACES:
        code = found.get(code_field) if code_field else None
        name = found.get(name_field)
        if code or name:
            width = 5 if kind == TerritoryKind.COMMUNE else 2
            return Territory(kind=kind, code=str(code).zfill(width) if code else None, name=name)
    return None


def _extra(row: Row, fields: Mapping[str, str]) -> dict[str, Any]:
    """Columns that no field holds, and places wider than the territory."""
    return {
        column: _plain(cell)
        for column, cell in row.cells.items()
        if column
        and column not in ERROR_COLUMNS
        and cell not in (None, "")
        and (column not in fields or fields[column] in _TERRITORY_FIELDS)
    }


def _plain(cell: Any) -> Any:
    """A cell as JSON can hold it."""
    if isinstance(cell, str):
        return cell.replace("\0", "")
    if isinstance(cell, dict):
        return {str(key): _plain(value) for key, value in cell.items()}
    if isinstance(cell, (list, tuple)):
        return [_plain(value) for value in cell]
    return cell if isinstance(cell, (int, float, bool)) or cell is None else str(cell)
