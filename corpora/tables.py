"""What a file of records looks like once opened: tables of rows, whatever its format."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Row:
    """One row, numbered as Excel or an editor counts it, its cells by column, and what spoilt it, if anything.

    ``problem`` is a code of ``row_errors.toml``; ``cells`` then holds what could be read, and
    ``surplus`` the cells that no column names.
    """

    number: int
    cells: dict[str, Any]
    problem: str | None = None
    surplus: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A sheet of a file; files without sheets are one table without ``sheet``."""

    columns: list[str]
    rows: Iterable[Row] = field(repr=False)
    sheet: str | None = None


def column_names(header: Sequence[str | None]) -> list[str]:
    """Name every column, so that no cell is lost: ``colonne 3`` without a name, ``Nom (2)`` for a name that repeats."""
    names: list[str] = []
    for number, cell in enumerate(header, start=1):
        name = wanted = (cell or "").strip() or f"colonne {number}"
        times = 1
        while name in names:
            times += 1
            name = f"{wanted} ({times})"
        names.append(name)
    return names
