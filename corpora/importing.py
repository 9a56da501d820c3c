"""A file of challenges or solutions into the store: every row imported, unchanged, or rejected with its reason."""

from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from corpora.errors import UnreadableFile
from corpora.mapping import fields_of, read_mapping
from corpora.readers import LINE, read_tables
from corpora.records import Record
from corpora.rejects import Reject, write_rejects
from corpora.row_errors import ERROR_COLUMNS, Problem, RowError, RowRejected
from corpora.rows import Kind, to_record
from corpora.store import Store
from corpora.tables import Row, Table

_HEADINGS = {"challenge": "title", "solution": "name"}
_LONGEST_VALUE = 1_000


class ImportReport(BaseModel):
    """What an import did (or would do), in rows.

    ``read`` is the sum of the five counts after it. ``repeated`` rows say again what another row of the
    file said. A rejected row has one of ``errors`` for each of its faulty cells.
    """

    model_config = ConfigDict(frozen=True)

    file: str
    kind: Kind
    dry_run: bool
    read: int
    added: int
    changed: int
    unchanged: int
    repeated: int
    rejected: int
    rejects_file: str | None = None
    errors: tuple[RowError, ...] = ()
    unknown_columns: tuple[str, ...] = ()
    skipped_sheets: tuple[str, ...] = ()


def import_file(
    path: Path,
    kind: Kind,
    store: Store,
    *,
    mapping: Path | None = None,
    rejects: Path | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Import a file in one transaction.

    Args:
        path: CSV, XLSX, JSON lines or Parquet.
        kind: what its rows describe.
        store: where the records go.
        mapping: a TOML file that names the columns; French and English names are known without it.
        rejects: where rejected rows go; beside the file (see ``write_rejects``) when None.
        dry_run: check everything, write nothing.
        progress: called with the number of rows read since the last call.

    Raises:
        UnreadableFile: the file cannot be read as a table, or has no column for the heading.
        UnwritableFile: the rejects cannot be written; nothing was imported.
        MappingError: the mapping cannot be used.
        StoreError: the database refused; nothing was written.
    """
    named = read_mapping(mapping, kind) if mapping else {}
    tables = read_tables(path)
    reading = _Reading(path, kind, named, progress)
    for table in tables:
        reading.read(table)
    if len(reading.skipped) == len(tables):
        columns = ", ".join(dict.fromkeys(column for table in tables for column in table.columns))
        raise UnreadableFile(f"no_{_HEADINGS[kind]}", path=path, columns=columns)
    records = list(reading.records.values())
    rejects_file = None
    if reading.rejected and not dry_run:  # before the records: rows that are refused must not get lost
        rejects_file = str(write_rejects(path, list(reading.columns), reading.rejected, rejects))
    counts = store.preview(records) if dry_run else store.write(records)
    return ImportReport(
        file=str(path),
        kind=kind,
        dry_run=dry_run,
        read=reading.rows,
        added=counts.added,
        changed=counts.changed,
        unchanged=counts.unchanged,
        repeated=reading.repeated,
        rejected=len(reading.rejected),
        rejects_file=rejects_file,
        errors=tuple(error for reject in reading.rejected for error in reject.errors),
        unknown_columns=tuple(reading.unknown_columns),
        skipped_sheets=tuple(reading.skipped),
    )


class _Reading:
    """What has been read of a file so far."""

    def __init__(self, path: Path, kind: Kind, mapping: dict[str, str], progress: Callable[[int], None] | None) -> None:
        self.path = path
        self.kind = kind
        self.mapping = mapping
        self.progress = progress
        self.records: dict[str, Record] = {}
        self.rejected: list[Reject] = []
        self.rows = 0
        self.repeated = 0
        self.columns: dict[str, None] = {}
        self.unknown_columns: dict[str, None] = {}
        self.skipped: list[str] = []

    def read(self, table: Table) -> None:
        """Read a table; one without a column for the heading is passed over."""
        fields = fields_of(table.columns, self.kind, self.mapping)
        if (table.columns and _HEADINGS[self.kind] not in fields.values()) or not (table.columns or table.rows):
            self.skipped.append(table.sheet or "")
            return
        self.columns |= dict.fromkeys(table.columns)
        for row in table.rows:
            self.rows += 1
            self.unknown_columns |= dict.fromkeys(_unknown(row, fields))
            self._read_row(row, table.sheet, fields)
            if self.progress:
                self.progress(1)

    def _read_row(self, row: Row, sheet: str | None, fields: dict[str, str]) -> None:
        try:
            self._keep(to_record(row, self.kind, fields), fields)
        except RowRejected as refusal:
            errors = tuple(
                RowError(
                    file=self.path.name,
                    sheet=sheet,
                    row=row.number,
                    column=_sayable(problem.column),
                    value=_sayable(problem.value),
                    code=problem.code,
                )
                for problem in refusal.problems
            )
            self.rejected.append(Reject(row, errors))

    def _keep(self, record: Record, fields: dict[str, str]) -> None:
        known = self.records.setdefault(record.id, record)
        if known is record:
            return
        if known.content_hash != record.content_hash:
            column = next((column for column, field in fields.items() if field == "id"), "id")
            raise RowRejected(Problem("duplicate_id", column, record.id))
        self.repeated += 1


def _sayable(text: str | None) -> str | None:
    """A text as reports can carry it: of a sane length, and of whole characters."""
    return text and text[:_LONGEST_VALUE].encode(errors="replace").decode()


def _unknown(row: Row, fields: dict[str, str]) -> list[str]:
    return [
        column
        for column, cell in row.cells.items()
        if column not in fields and column not in ERROR_COLUMNS and column != LINE and cell not in (None, "")
    ]
