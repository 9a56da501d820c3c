"""A file of challenges or solutions into the store: every row imported, unchanged, or rejected with its reason."""

from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from corpora.mapping import fields_of, read_mapping
from corpora.readers import Row, Table, read_tables
from corpora.records import Record
from corpora.rejects import Reject, write_rejects
from corpora.row_errors import ERROR_COLUMNS, RowError
from corpora.rows import Kind, RowRejected, to_record
from corpora.store import Store

_HEADINGS = {"challenge": "title", "solution": "name"}


class ImportReport(BaseModel):
    """What an import did (or would do), in rows. ``repeated`` rows say again what another row said."""

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
        rejects: where rejected rows go; beside the file, as ``<name>.rejects.<csv or jsonl>``, when None.
        dry_run: check everything, write nothing.
        progress: called with the number of rows read since the last call.

    Raises:
        UnreadableFile: the file cannot be read as a table.
        MappingError: the mapping cannot be used.
        StoreError: the database refused; nothing was written.
    """
    named = read_mapping(mapping, kind) if mapping else {}
    tables = read_tables(path)
    reading = _Reading(path, kind, named, progress)
    for table in tables:
        reading.read(table, only_table=len(tables) == 1)
    records = list(reading.records.values())
    counts = store.preview(records) if dry_run else store.write(records)
    rejects_file = None
    if reading.rejected and not dry_run:
        rejects_file = str(write_rejects(path, reading.rejected, rejects))
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
        errors=tuple(reject.error for reject in reading.rejected),
        unknown_columns=tuple(reading.unknown_columns),
        skipped_sheets=tuple(reading.skipped),
    )


class _Reading:
    """What has been read of a file so far."""

    def __init__(
        self, path: Path, kind: Kind, mapping: dict[str, str], progress: Callable[[int], None] | None
    ) -> None:
        self.path = path
        self.kind = kind
        self.mapping = mapping
        self.progress = progress
        self.records: dict[str, Record] = {}
        self.rejected: list[Reject] = []
        self.rows = 0
        self.repeated = 0
        self.unknown_columns: dict[str, None] = {}
        self.skipped: list[str] = []

    def read(self, table: Table, *, only_table: bool) -> None:
        fields = fields_of(table.columns, self.kind, self.mapping)
        if _HEADINGS[self.kind] not in fields.values() and not only_table:
            self.skipped.append(table.sheet or "")
            return
        known = {"", *fields, *ERROR_COLUMNS}
        self.unknown_columns |= dict.fromkeys(column for column in table.columns if column not in known)
        for row in table.rows:
            self.rows += 1
            self._read_row(row, table.sheet, fields)
            if self.progress:
                self.progress(1)

    def _read_row(self, row: Row, sheet: str | None, fields: dict[str, str]) -> None:
        try:
            self._keep(to_record(row, self.kind, fields), fields)
        except RowRejected as reason:
            error = RowError(
                file=self.path.name,
                sheet=sheet,
                row=row.number,
                column=reason.column,
                value=reason.value,
                code=reason.code,
            )
            self.rejected.append(Reject(row, error))

    def _keep(self, record: Record, fields: dict[str, str]) -> None:
        known = self.records.setdefault(record.id, record)
        if known.content_hash != record.content_hash:
            column = next((column for column, field in fields.items() if field == "id"), "id")
            raise RowRejected("duplicate_id", column, record.id)
        self.repeated += known is not record
