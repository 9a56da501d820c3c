"""Which column holds which field."""

import tomllib
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from corpora.errors import MappingError
from corpora.values import fold

Kind = Literal["challenge", "solution"]


@lru_cache(maxsize=2)
def known_names(kind: Kind) -> dict[str, str]:
    """Folded column names and the field each stands for; a field's own name always wins."""
    document = tomllib.loads((files("corpora") / "synonyms.toml").read_text("utf-8"))
    fields = document["record"] | document[kind]
    names = {fold(synonym): field for field, synonyms in fields.items() for synonym in synonyms}
    return names | {fold(field): field for field in fields}


def read_mapping(path: Path, kind: Kind) -> dict[str, str]:
    """Read a mapping file: a TOML table ``[columns]`` of ``field = "column name"``, or several names in a list.

    Returns:
        Folded column names and the field each stands for.

    Raises:
        MappingError: the file cannot be read or names a field that does not exist.
    """
    try:
        document: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MappingError("unreadable_mapping", path=path, reason=error) from error
    columns = document.get("columns")
    if not isinstance(columns, dict) or not all(map(_is_name, columns.values())):
        raise MappingError("mapping_without_columns", path=path)
    fields = set(known_names(kind).values())
    if unknown := sorted(set(columns) - fields):
        raise MappingError("unknown_fields", path=path, unknown=", ".join(unknown), fields=", ".join(sorted(fields)))
    return {
        fold(name): field for field, named in columns.items() for name in ([named] if isinstance(named, str) else named)
    }


def _is_name(named: Any) -> bool:
    return isinstance(named, str) or (isinstance(named, list) and all(isinstance(name, str) for name in named))


def fields_of(columns: Iterable[str], kind: Kind, mapping: dict[str, str] | None = None) -> dict[str, str]:
    """Say which field each column holds; columns that hold none are left out.

    Of several columns for one field, a mapped one wins, then the field's own name, then the first;
    all columns that hold a text are kept, since forms part it (context, need, …).
    """
    names = known_names(kind)
    mapping = mapping or {}
    held: dict[str, tuple[int, str]] = {}
    for column in columns:
        folded = fold(column)
        field = mapping.get(folded) or names.get(folded)
        if field and (folded in mapping or field not in mapping.values()):
            held[column] = (0 if folded in mapping else 1 if folded == fold(field) else 2, field)
    best: dict[str, str] = {}
    for column in sorted(held, key=lambda column: held[column][0]):
        best.setdefault(held[column][1], column)
    return {column: field for column, (_, field) in held.items() if field == "text" or best[field] == column}
