import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from corpora.errors import StoreError
from corpora.schema import HEAD, metadata, migrate, schema_version
from corpora.store import DATABASE, Store


def test_the_migrations_make_the_tables_that_the_code_uses(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'a.db'}")
    assert schema_version(engine) is None
    migrate(engine)
    assert schema_version(engine) == HEAD
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'a.db'}")
    migrate(engine)
    before = (tmp_path / "a.db").read_bytes()
    migrate(engine)
    assert (tmp_path / "a.db").read_bytes() == before


def test_a_database_of_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    Store.in_workspace(tmp_path).close()
    with sqlite3.connect(tmp_path / DATABASE) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"schema '9999'.*newer"):
        Store.in_workspace(tmp_path)
    with sqlite3.connect(tmp_path / DATABASE) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)


def test_opening_a_database_that_is_up_to_date_does_not_import_alembic(tmp_path: Path) -> None:
    Store.in_workspace(tmp_path).close()
    program = (
        "import sys, pathlib; from corpora.store import Store; "
        f"Store.in_workspace(pathlib.Path({str(tmp_path)!r})).counts(); "
        "print([name for name in ('alembic', 'polars', 'lingua', 'fastexcel') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_several_processes_may_open_a_new_workspace_at_once(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from corpora.store import Store; "
        f"print(Store.in_workspace(pathlib.Path({str(tmp_path)!r})).schema_version)"
    )
    processes = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate()[0] for process in processes] == [f"{HEAD}\n"] * 3
