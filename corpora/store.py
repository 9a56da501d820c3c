"""The workspace database: challenges and solutions, written in one transaction, read at any time."""

import datetime as dt
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self, TypeVar

from sqlalchemy import Connection, Table, bindparam, create_engine, delete, event, func, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from corpora.errors import StoreError, UnknownRecord
from corpora.records import Challenge, Record, Solution
from corpora.schema import WRITING, challenges, migrate, schema_version, solutions

Kind = Literal["challenge", "solution"]
AnyRecord = TypeVar("AnyRecord", Challenge, Solution)

DATABASE = "matcher.sqlite"
_CHUNK = 500
_TABLES: dict[Kind, Table] = {"challenge": challenges, "solution": solutions}


class WriteCounts(NamedTuple):
    """What a write did, in records."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


class Store:
    """The records of a workspace.

    SQLite runs in WAL mode, so that readers never block on a writer. Each write is one
    transaction: a killed import leaves the records as they were.
    """

    def __init__(self, url: str | URL) -> None:
        """Open the database at an SQLAlchemy ``url`` and bring it to the newest schema.

        Raises:
            StoreError: it cannot be opened, is no database, or has a newer schema.
        """
        try:
            self._url = make_url(url)
        except SQLAlchemyError as error:
            raise StoreError("not_a_url") from error
        try:
            self._engine = create_engine(self._url)
            if self._engine.dialect.name == "sqlite":
                event.listen(self._engine, "connect", _set_up_sqlite)
                event.listen(self._engine, "begin", _begin_sqlite)
            migrate(self._engine)
        except (SQLAlchemyError, sqlite3.Error, ImportError, ValueError) as error:
            raise StoreError("unopened", url=self.url, reason=_cause(error)) from error

    @classmethod
    def in_workspace(cls, workspace: Path, url: str | None = None, *, create: bool = True) -> Self:
        """Open the database of a workspace; ``url`` names another database.

        Where the workspace has none it is made, or without ``create`` counts as empty: then nothing is written to disk.
        """
        if url is None:
            if not create and not (workspace / DATABASE).exists():
                return cls("sqlite://")
            try:
                workspace.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError("no_workspace", workspace=workspace, reason=error) from error
            return cls(URL.create("sqlite", database=str(workspace / DATABASE)))
        return cls(url)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @property
    def url(self) -> str:
        """The database's URL, without its password."""
        return self._url.render_as_string(hide_password=True)

    @property
    def schema_version(self) -> str:
        """Version of the schema."""
        return schema_version(self._engine) or ""

    def write(self, records: Iterable[Record]) -> WriteCounts:
        """Add new records and update those whose content differs, in one transaction.

        A record that comes twice counts with its last content.

        Raises:
            StoreError: the database refused; nothing was written.
        """
        counts = WriteCounts()
        iterator = iter(records)
        with self._writing() as connection:
            while chunk := list(islice(iterator, _CHUNK)):
                for kind, of_kind in _by_kind(chunk).items():
                    counts = _add(counts, _write_chunk(connection, _TABLES[kind], of_kind))
        return counts

    def preview(self, records: Iterable[Record]) -> WriteCounts:
        """Say what ``write`` would do, without writing."""
        counts = WriteCounts()
        for kind, of_kind in _by_kind(records).items():
            with self._reading() as connection:
                known = _hashes(connection, _TABLES[kind])
            for identifier, record in of_kind.items():
                counts = _add(counts, _verdict(known.get(identifier), record))
        return counts

    def remove(self, kind: Kind, ids: Sequence[str]) -> int:
        """Remove records; ids that are not there are passed over. Returns how many went."""
        table = _TABLES[kind]
        with self._writing() as connection:
            return sum(
                connection.execute(delete(table).where(table.c.id.in_(ids[start : start + _CHUNK]))).rowcount
                for start in range(0, len(ids), _CHUNK)
            )

    def challenges(self, limit: int | None = None, after: str | None = None) -> list[Challenge]:
        """Challenges by id, from the first after the id ``after``."""
        return [Challenge.model_validate_json(document) for document in self._documents("challenge", limit, after)]

    def solutions(self, limit: int | None = None, after: str | None = None) -> list[Solution]:
        """Solutions by id, from the first after the id ``after``."""
        return [Solution.model_validate_json(document) for document in self._documents("solution", limit, after)]

    def challenge(self, identifier: str) -> Challenge:
        """One challenge.

        Raises:
            UnknownRecord: no challenge has this id.
        """
        return Challenge.model_validate_json(self._document("challenge", identifier))

    def solution(self, identifier: str) -> Solution:
        """One solution.

        Raises:
            UnknownRecord: no solution has this id.
        """
        return Solution.model_validate_json(self._document("solution", identifier))

    def counts(self) -> tuple[int, int]:
        """Numbers of challenges and of solutions."""
        with self._reading() as connection:
            numbers = [
                connection.execute(select(func.count()).select_from(table)).scalar_one() for table in _TABLES.values()
            ]
        return numbers[0], numbers[1]

    def hashes(self, kind: Kind) -> dict[str, str]:
        """Content hash of every record, by id."""
        with self._reading() as connection:
            return _hashes(connection, _TABLES[kind])

    def _documents(self, kind: Kind, limit: int | None, after: str | None) -> Sequence[str]:
        table = _TABLES[kind]
        query = select(table.c.document).order_by(table.c.id).limit(limit)
        if after is not None:
            query = query.where(table.c.id > after)
        with self._reading() as connection:
            return connection.execute(query).scalars().all()

    def _document(self, kind: Kind, identifier: str) -> str:
        table = _TABLES[kind]
        with self._reading() as connection:
            found = connection.execute(select(table.c.document).where(table.c.id == identifier)).scalar()
        if found is None:
            raise UnknownRecord(f"unknown_{kind}", identifier=identifier)
        return str(found)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with _refusals(self.url), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with _refusals(self.url), self._engine.execution_options(**WRITING).begin() as connection:
            yield connection


@contextmanager
def _refusals(url: str) -> Iterator[None]:
    """Say plainly when the database refuses."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError("refused", url=url, reason=_cause(error)) from error


def _set_up_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # sqlite3 would open transactions late, and none for a migration
    for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Writers take their lock at once: one that first reads could find its view outdated and fail."""
    writing = connection.get_execution_options().keys() >= WRITING.keys()
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _by_kind(records: Iterable[Record]) -> dict[Kind, dict[str, Record]]:
    kinds: dict[Kind, dict[str, Record]] = {"challenge": {}, "solution": {}}
    for record in records:
        kinds["challenge" if isinstance(record, Challenge) else "solution"][record.id] = record
    return kinds


def _hashes(connection: Connection, table: Table, ids: Sequence[str] | None = None) -> dict[str, str]:
    query = select(table.c.id, table.c.content_hash)
    if ids is not None:
        query = query.where(table.c.id.in_(ids))
    return {row.id: row.content_hash for row in connection.execute(query)}


def _write_chunk(connection: Connection, table: Table, records: dict[str, Record]) -> WriteCounts:
    known = _hashes(connection, table, list(records))
    now = dt.datetime.now(dt.UTC)
    counts = WriteCounts()
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for identifier, record in records.items():
        verdict = _verdict(known.get(identifier), record)
        counts = _add(counts, verdict)
        if verdict.unchanged:
            continue
        row = {"content_hash": record.content_hash, "document": record.model_dump_json(), "updated": now}
        if verdict.added:
            new.append(row | {"id": identifier, "created": now})
        else:
            changed.append(row | {"changed_id": identifier})
    if new:
        connection.execute(table.insert(), new)
    if changed:
        connection.execute(table.update().where(table.c.id == bindparam("changed_id")), changed)
    return counts


def _verdict(known_hash: str | None, record: Record) -> WriteCounts:
    if known_hash is None:
        return WriteCounts(added=1)
    return WriteCounts(unchanged=1) if known_hash == record.content_hash else WriteCounts(changed=1)


def _add(left: WriteCounts, right: WriteCounts) -> WriteCounts:
    return WriteCounts(*(a + b for a, b in zip(left, right, strict=True)))


def _cause(error: BaseException) -> str:
    return str(getattr(error, "orig", None) or error)
