"""Files as tables: CSV, XLSX, JSON lines and Parquet, with rows numbered as their users count them."""

import json
from collections.abc import Callable
from pathlib import Path

from corpora.csv_files import decode, read_csv
from corpora.errors import UnreadableFile
from corpora.tables import Row, Table, column_names

FORMATS = (".csv", ".tsv", ".txt", ".xlsx", ".jsonl", ".ndjson", ".parquet")
_SIGNATURES = {b"PK\x03\x04": ".xlsx", b"PAR1": ".parquet"}


def read_tables(path: Path) -> list[Table]:
    """Read all tables of a file.

    Raises:
        UnreadableFile: the file is missing, empty, damaged or of an unknown format.
    """
    reader = _READERS.get(path.suffix.lower())
    try:
        with path.open("rb") as file:
            signature = file.read(4)
        if reader is None:
            raise UnreadableFile("unknown_format", path=path, suffix=path.suffix, formats=", ".join(FORMATS))
        reader = _READERS[_SIGNATURES.get(signature, path.suffix.lower())]  # a workbook named .csv is still one
        tables = reader(path) if signature else []
    except IsADirectoryError:
        raise UnreadableFile("folder", path=path) from None
    except FileNotFoundError:
        raise UnreadableFile("missing", path=path) from None
    except OSError as error:
        raise UnreadableFile("unreadable", path=path, reason=error.strerror or error) from error
    if not any(table.columns or table.rows for table in tables):
        raise UnreadableFile("empty", path=path)
    return tables


def _read_xlsx(path: Path) -> list[Table]:
    import fastexcel

    try:
        workbook = fastexcel.read_excel(path)
        sheets = {
            name: workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars().rows()
            for name in workbook.sheet_names
        }
    except (fastexcel.FastExcelError, ValueError) as error:
        raise UnreadableFile("damaged_xlsx", path=path, reason=error) from error
    return [_sheet(name, rows) for name, rows in sheets.items()]


def _sheet(name: str, rows: list[tuple[str | None, ...]]) -> Table:
    filled = [(number, cells) for number, cells in enumerate(rows, start=1) if any(cells)]
    if not filled:
        return Table([], [], name)
    columns = column_names(filled[0][1])
    return Table(columns, [Row(number, dict(zip(columns, cells, strict=True))) for number, cells in filled[1:]], name)


def _read_jsonl(path: Path) -> list[Table]:
    columns: dict[str, None] = {}
    rows = []
    for number, line in enumerate(decode(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            cells = json.loads(line)
        except (ValueError, RecursionError):
            cells = None
        if isinstance(cells, dict):
            rows.append(Row(number, cells))
            columns |= dict.fromkeys(cells)
        else:
            rows.append(Row(number, {LINE: line.rstrip("\r")}, "not_json"))
    return [Table(list(columns), rows)]


LINE = "_line"
"""The one cell of a line that is no JSON object: the line itself."""


def _read_parquet(path: Path) -> list[Table]:
    import polars

    try:
        frame = polars.read_parquet(path)
    except polars.exceptions.PolarsError as error:
        raise UnreadableFile("damaged_parquet", path=path, reason=error) from error
    rows = [Row(number, cells) for number, cells in enumerate(frame.iter_rows(named=True), start=1)]
    return [Table(frame.columns, rows)]


_READERS: dict[str, Callable[[Path], list[Table]]] = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".txt": read_csv,
    ".xlsx": _read_xlsx,
    ".jsonl": _read_jsonl,
    ".ndjson": _read_jsonl,
    ".parquet": _read_parquet,
}
