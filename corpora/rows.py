"""A row of a table as a record, or what is wrong with it."""

import hashlib
import math
from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import ValidationError

from corpora import values
from corpora.language import detect_language
from corpora.records import Challenge, Record, Solution, Territory, TerritoryKind
from corpora.row_errors import ERROR_COLUMNS, Problem, RowRejected
from corpora.tables import Row

Kind = Literal["challenge", "solution"]

_PLACES = ((TerritoryKind.COMMUNE, 5), (TerritoryKind.DEPARTEMENT, 2), (TerritoryKind.REGION, 2))
"""Narrowest first, with the least width of a code."""
_PLACE_FIELDS = {
    "territory_kind",
    "commune_code",
    "commune",
    "departement_code",
    "departement",
    "region_code",
    "region",
}
_TERRITORY_FIELDS = {"territory", "territory_code", "territory_name", *_PLACE_FIELDS}
_HEADING = {"challenge": "title", "solution": "name"}


def to_record(row: Row, kind: Kind, fields: Mapping[str, str]) -> Record:
    """Make a record of a row.

    Args:
        row: the cells.
        kind: what the row describes.
        fields: the field that each known column holds; other columns go to ``extra``.

    Raises:
        RowRejected: with everything that is wrong with the row.
    """
    if row.problem:
        raise RowRejected(Problem(row.problem, value=str(next(iter(row.cells.values()), ""))))
    found, problems = _parse_row(row, fields)
    heading = _HEADING[kind]
    columns = {field: column for column, field in fields.items()}
    if not found.get(heading) and columns.get(heading) not in {problem.column for problem in problems}:
        problems.append(Problem("missing", columns.get(heading, heading)))
    if problems:
        raise RowRejected(*problems)
    document = {name: value for name, value in found.items() if value is not None and name not in _TERRITORY_FIELDS}
    document["territory"] = _territory(found)
    document["extra"] = _departement_of_commune(found) | found.get("extra", {}) | _extra(row, fields)
    document.setdefault("id", derived_id(kind, found.get("organisation"), found[heading]))
    document.setdefault("language", detect_language(f"{found[heading]}. {found.get('text') or ''}"))
    if document["language"] == values.OTHER_LANGUAGE:
        document["language"] = None
    try:
        return (Challenge if kind == "challenge" else Solution).model_validate(document)
    except ValidationError as error:
        raise RowRejected(*(_unsuitable(detail, columns) for detail in error.errors())) from error


def _parse_row(row: Row, fields: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    """Values by field, the texts of several columns joined, and every cell that cannot be read."""
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for column, cell in row.cells.items():
        field = fields.get(column)
        parse: Callable[[Any], Any] = _PARSERS.get(field, values.text) if field else _plain
        try:
            value = parse(cell)
        except ValueError as error:
            problems.append(Problem(str(error), column, str(cell)))
            continue
        if field == "text" and value and found.get("text"):
            value = found["text"] if value in found["text"] else f"{found['text']}\n\n{value}"
        if field and (value or field not in found):
            found[field] = value
    return found, problems


def _unsuitable(detail: Any, columns: Mapping[str, str]) -> Problem:
    field = str(detail["loc"][0])
    return Problem("invalid", columns.get(field, field), str(detail["input"]))


def derived_id(kind: Kind, organisation: str | None, heading: str) -> str:
    """Id of a row that gives none: the same for the same organisation and heading, at every import."""
    key = f"{kind}|{values.fold(organisation or '')}|{values.fold(heading)}"
    return f"{kind[0]}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def _territory(found: Mapping[str, Any]) -> Territory | None:
    """The narrowest place that the row names."""
    stated = found.get("territory")
    named = {part: found.get(f"territory_{part}") for part in ("kind", "code", "name")}
    if stated or named["code"] or named["name"]:
        said = stated.model_dump() if stated else {}
        return Territory.model_validate(said | {part: value for part, value in named.items() if value})
    for kind, width in _PLACES:
        name, code = found.get(kind), found.get(f"{kind}_code")
        if code or name:
            if not code and name:
                stated, code = values.code_within(name)
                if kind is TerritoryKind.COMMUNE and code and len(code) < width:  # ``Toulon (83)``: its département
                    code = None
                name = stated or (None if code else name)
            return Territory(kind=kind, code=str(code).upper().zfill(width) if code else None, name=name)
    return Territory(kind=named["kind"]) if named["kind"] else None


def _departement_of_commune(found: Mapping[str, Any]) -> dict[str, str]:
    """What ``Toulon (83)`` or ``83 - Toulon`` says besides the commune."""
    name = found.get("commune")
    code = values.code_within(name)[1] if name and not found.get("commune_code") else None
    return {"departement": code} if code and len(code) < _PLACES[0][1] else {}


def _extra(row: Row, fields: Mapping[str, str]) -> dict[str, Any]:
    """Columns that no field holds, and places wider than the territory."""
    return {
        column: plain
        for column, cell in row.cells.items()
        if column not in ERROR_COLUMNS
        and fields.get(column, "departement") in _PLACE_FIELDS
        and (plain := _plain(cell)) not in (None, "")
    }


def _plain(cell: Any) -> Any:
    """A cell as JSON can hold it."""
    if isinstance(cell, str):
        return values.whole(cell).replace("\0", "")
    if isinstance(cell, dict):
        return {values.whole(str(key)): _plain(value) for key, value in cell.items()}
    if isinstance(cell, (list, tuple)):
        return [_plain(value) for value in cell]
    if isinstance(cell, float) and not math.isfinite(cell):
        return None
    return cell if isinstance(cell, (int, float, bool)) or cell is None else str(cell)


def _nested(cell: Any) -> dict[str, Any]:
    """The ``extra`` of a record that this program wrote."""
    plain = _plain(cell)
    return plain if isinstance(plain, dict) else {"extra": plain} if plain else {}


def _place(cell: Any) -> Territory | None:
    """A territory by its name, or as a record of this program holds it."""
    if not isinstance(cell, dict):
        name = values.text(cell)
        return Territory(name=name) if name else None
    try:
        return Territory.model_validate(cell)
    except ValidationError as error:
        raise ValueError("not_a_territory") from error


_PARSERS: dict[str, Callable[[Any], Any]] = {
    "siren": values.siren,
    "language": values.language,
    "territory": _place,
    "territory_kind": values.territory_kind,
    "themes": values.several,
    "ecosystem": values.several,
    "requirements": values.several,
    "derived": values.several,
    "published": values.date,
    "deadline": values.date,
    "available": values.date,
    "budget": values.number,
    "price": values.number,
    "trl": values.trl,
    "trl_min": values.trl,
    "kind": values.kind,
    "status": values.status,
    "extra": _nested,
}
