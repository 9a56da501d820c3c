"""Tables of the workspace database, and how a database is brought to the newest schema.

Every change of a table is a migration in ``corpora/migrations/versions``; ``HEAD`` names the newest.
"""

from pathlib import Path

from sqlalchemy import Column, Connection, DateTime, Engine, MetaData, String, Table, Text, inspect, text

from corpora.errors import StoreError

HEAD = "0001"

WRITING = {"matcher_writing": True}
"""Execution options of a transaction that will write: it takes SQLite's write lock when it begins."""

metadata = MetaData()


def _record_table(name: str) -> Table:
    return Table(
        name,
        metadata,
        Column("id", String(200), primary_key=True),
        Column("content_hash", String(64), nullable=False),
        Column("document", Text, nullable=False),
        Column("created", DateTime(timezone=True), nullable=False),
        Column("updated", DateTime(timezone=True), nullable=False),
    )


challenges = _record_table("challenges")
solutions = _record_table("solutions")


def schema_version(engine: Engine) -> str | None:
    """Version of the database's schema, None for an empty database."""
    with engine.connect() as connection:
        return _version(connection)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def migrate(engine: Engine) -> None:
    """Bring the database to ``HEAD``; cheap when it is there already.

    Raises:
        StoreError: the database is of a newer or unknown schema.
    """
    if schema_version(engine) == HEAD:
        return
    with engine.execution_options(**WRITING).begin() as connection:
        found = _version(connection)  # again: another process may have migrated while this one waited
        _upgrade(connection, found, engine.url.render_as_string())


def _upgrade(connection: Connection, found: str | None, url: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        if found is not None:
            ScriptDirectory.from_config(config).get_revision(found)
        command.upgrade(config, HEAD)
    except CommandError as error:
        raise StoreError("newer_schema", url=url, found=found, known=HEAD) from error
