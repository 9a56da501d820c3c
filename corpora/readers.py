"""Files as tables: CSV, XLSX, JSON lines and Parquet, with rows numbered as their users count them."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpora.errors import UnreadableFile

FORMATS = (".csv", ".tsv", ".txt", ".xlsx", ".jsonl", ".ndjson", ".parquet")
_DELIMITERS = ";,\t|"
_FEWEST_READABLE = 0.9
csv.field_size_limit(10_000_000)


@dataclass(frozen=True)
class Row:
    """One row: its number as Excel or an editor counts it, its cells by column, and what spoilt it, if anything.

    ``problem`` is a code of ``row_errors.toml``; ``cells`` then holds what could be read.
    """

    number: int
    cells: dict[str, Any]
    problem: str | None = None


@dataclass(frozen=True)
class Table:
    """A sheet of a file; files without sheets are one table without ``sheet``."""

    columns: list[str]
    rows: Iterable[Row] = field(repr=False)
    sheet: str | None = None


def read_tables(path: Path) -> list[Table]:
    """Read all tables of a file.

    Raises:
        UnreadableFile: the file is missing, empty, damaged or of an unknown format.
    """
    if path.is_dir():
        raise UnreadableFile(f"{path} is a folder. Name its files one by one.")
    try:
        empty = path.stat().st_size == 0
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror}.") from error
    if empty:
        raise UnreadableFile(f"{path} is empty. Save it again from the program that made it.")
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise UnreadableFile(f"{path} is of the unknown format {path.suffix!r}. Use one of {', '.join(FORMATS)}.")
    return reader(path)


def _read_csv(path: Path) -> list[Table]:
    text = _decode(path)
    sample = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=sample.count)
    lines = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    try:
        columns = [name.strip() for name in next(lines)]
    except (StopIteration, csv.Error) as error:
        raise UnreadableFile(f"{path} has no header row. Its first row must name the columns.") from error
    return [Table(columns, list(_csv_rows(lines, columns)))]


def _csv_rows(lines: Any, columns: list[str]) -> Iterator[Row]:
    """A row's number is the line on which it starts, as editors and Excel (without line breaks in cells) show it."""
    start = lines.line_num + 1
    for cells in lines:
        number, start = start, lines.line_num + 1
        if not any(cell.strip() for cell in cells):
            continue
        problem = None
        if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
            problem = "too_many_cells"
        named = dict(zip(columns, cells, strict=False))
        if problem:
            named[columns[-1]] = " ".join(cells[len(columns) - 1 :])
        yield Row(number, named, problem)


def _decode(path: Path) -> str:
    """UTF-8 or UTF-16 by their marks, else UTF-8, and cp1252 for the lines that are not: files get pasted together."""
    content = path.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    text = "".join(_decode_line(line) for line in content.removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True))
    sample = text[:10_000]
    readable = sum(character.isprintable() or character in "\r\n\t\0" for character in sample)
    if readable < _FEWEST_READABLE * len(sample):
        raise UnreadableFile(f"{path} holds no text. Export it as CSV or XLSX from the program that made it.")
    return text


def _decode_line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")


def _read_xlsx(path: Path) -> list[Table]:
    import fastexcel

    try:
        workbook = fastexcel.read_excel(path)
        sheets = [(name, workbook.load_sheet(name, header_row=None, dtypes="string")) for name in workbook.sheet_names]
        frames = [(name, sheet.to_polars()) for name, sheet in sheets if sheet.height]
    except (fastexcel.FastExcelError, OSError, ValueError) as error:
        raise UnreadableFile(f"{path} is not a readable XLSX workbook: {error}") from error
    if not frames:
        raise UnreadableFile(f"{path} holds no filled sheet.")
    return [_sheet(name, frame.rows()) for name, frame in frames]


def _sheet(name: str, rows: list[tuple[str | None, ...]]) -> Table:
    filled = [(number, cells) for number, cells in enumerate(rows, start=1) if any(cells)]
    _, header = filled[0]
    columns = [(cell or "").strip() for cell in header]
    body = [Row(number, dict(zip(columns, cells, strict=True))) for number, cells in filled[1:]]
    return Table(columns, body, name)


def _read_jsonl(path: Path) -> list[Table]:
    columns: dict[str, None] = {}
    rows = []
    for number, line in enumerate(_decode(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            cells = json.loads(line)
        except ValueError:
            cells = None
        if isinstance(cells, dict):
            rows.append(Row(number, cells))
            columns |= dict.fromkeys(cells)
        else:
            rows.append(Row(number, {"_line": line}, "not_json"))
    return [Table(list(columns), rows)]


def _read_parquet(path: Path) -> list[Table]:
    import polars

    try:
        frame = polars.read_parquet(path)
    except (polars.exceptions.PolarsError, OSError) as error:
        raise UnreadableFile(f"{path} is not a readable Parquet file: {error}") from error
    rows = (Row(number, cells) for number, cells in enumerate(frame.iter_rows(named=True), start=1))
    return [Table(frame.columns, rows)]


_READERS: dict[str, Callable[[Path], list[Table]]] = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".txt": _read_csv,
    ".xlsx": _read_xlsx,
    ".jsonl": _read_jsonl,
    ".ndjson": _read_jsonl,
    ".parquet": _read_parquet,
}
