"""Tables of the workspace database, and how a database is brought to the newest schema.

Every change of a table is a migration in ``corpora/migrations/versions``; ``HEAD`` names the newest.
"""

from pathlib import Path

from sqlalchemy import Column, DateTime, Engine, MetaData, String, Table, Text, inspect, text

from corpora.errors import StoreError

HEAD = "0001"

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
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def migrate(engine: Engine) -> None:
    """Bring the database to ``HEAD``; cheap when it is there already.

    Raises:
        StoreError: the database is of a newer or unknown schema.
    """
    found = schema_version(engine)
    if found == HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    try:
        if found is not None:
            ScriptDirectory.from_config(config).get_revision(found)
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, HEAD)
    except CommandError as error:
        raise StoreError(
            f"The database {engine.url} has schema {found!r}, which this version does not know (it knows {HEAD!r}). "
            "Use the version of matcher that wrote it, or a newer one."
        ) from error
