"""CSV as people export it: delimiter and encoding found, broken rows set apart."""

import csv
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from corpora.errors import UnreadableFile
from corpora.tables import Row, Table, column_names

_DELIMITERS = ";,\t|"
_MOST_CONTROLS = 0.02
_MOST_NULS = 0.1
_CONTROLS = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
_QUOTED = re.compile(r'"[^"]*"')
csv.field_size_limit(10_000_000)  # the default of 131,072 is less than a long text; the limit is of the whole process


def read_csv(path: Path) -> list[Table]:
    """Read a CSV file as its one table.

    Raises:
        UnreadableFile: it holds no text, or a cell beyond all measure.
    """
    lines = list(StringIO(decode(path), newline=""))
    first = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    if first < len(lines) and (separator := re.fullmatch(r"sep=(.)\s*", lines[first])):  # Excel's own hint
        delimiter, first = separator[1], first + 1
    else:
        header = _QUOTED.sub("", lines[first]) if first < len(lines) else ""
        delimiter = max(_DELIMITERS, key=header.count)
    try:
        records = list(_records(lines, first, delimiter))
    except csv.Error as error:
        raise UnreadableFile("damaged_csv", path=path, reason=error) from error
    if not records:
        return [Table([], [])]
    columns = column_names(records[0][1])
    named = max((number for number, cell in enumerate(records[0][1], start=1) if cell.strip()), default=0)
    rows = [
        _row(number, cells, columns, named, whole) for number, cells, whole in records[1:] if any(map(str.strip, cells))
    ]
    return [Table(columns, rows)]


def _records(lines: list[str], first: int, delimiter: str) -> Iterator[tuple[int, list[str], bool]]:
    """Line number, cells, and whether the record is whole.

    A quote that is never closed would swallow the rest of the file, a stray one all up to the next: only its line is
    given up. The header may be as it likes.
    """
    header = first
    while first < len(lines):
        reader = csv.reader(map(lines.__getitem__, range(first, len(lines))), delimiter=delimiter)
        start = first
        for cells in reader:
            end = first + reader.line_num
            suspect = end == len(lines) or (end > start + 1 and start != header)
            if suspect and not _is_whole(lines[start:end], delimiter):
                yield start + 1, next(csv.reader([lines[start]], delimiter=delimiter)), False
                break
            yield start + 1, cells, True
            start = end
        else:
            return
        first = start + 1


def _is_whole(lines: list[str], delimiter: str) -> bool:
    """Whether every quote is closed and, in a record of several lines, nothing but blanks follows it in its cell."""
    close = re.compile(rf'" +(?=[{re.escape(delimiter)}\r\n]|$)')
    try:
        list(csv.reader([close.sub('"', line) for line in lines], delimiter=delimiter, strict=True))
    except csv.Error as error:
        return len(lines) == 1 and "unexpected end of data" not in str(error)
    return True


def _row(number: int, cells: list[str], columns: list[str], named: int, whole: bool) -> Row:
    surplus = tuple(cells[len(columns) :])
    problem = None
    if not whole:
        problem = "open_quote"
    elif any(map(str.strip, surplus)):
        problem = "too_many_cells"
    elif len(cells) < named:
        problem = "too_few_cells"
    return Row(number, dict(zip(columns, cells, strict=False)), problem, surplus if problem else ())


def decode(path: Path) -> str:
    """Text of a file in UTF-8 or UTF-16, in an old French encoding, or, pasted together, in UTF-8 and cp1252 by lines.

    Raises:
        UnreadableFile: the file holds no text.
    """
    content = path.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16", errors="replace")
    else:
        text = _decode_bytes(content.removeprefix(b"\xef\xbb\xbf"))
    sample = text[:100_000]
    controls, nuls = len(_CONTROLS.findall(sample)), sample.count("\0")
    if controls > _MOST_CONTROLS * len(sample) or nuls > _MOST_NULS * len(sample):
        raise UnreadableFile("no_text", path=path)
    return text


def _decode_bytes(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    lines = content.splitlines(keepends=True)
    if any(not line.isascii() and _is_utf8(line) for line in lines):
        return "".join(line.decode("utf-8" if _is_utf8(line) else "cp1252", errors="replace") for line in lines)
    from charset_normalizer import from_bytes

    best = from_bytes(content, cp_isolation=["cp1252", "mac_roman", "cp850"]).best()
    return content.decode(best.encoding if best else "cp1252", errors="replace")


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
