import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpora.errors import StoreError, UnknownRecord
from corpora.records import Challenge, Solution
from corpora.store import DATABASE, Store, WriteCounts
from tests.corpora.strategies import challenges, solutions


def _solutions(count: int, text: str = "") -> list[Solution]:
    return [Solution(id=f"s-{number:05}", name=f"Solution {number}", text=text) for number in range(count)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.in_workspace(tmp_path / "workspace") as opened:
        yield opened


def test_a_new_workspace_is_made_and_empty(tmp_path: Path) -> None:
    with Store.in_workspace(tmp_path / "a" / "b") as store:
        assert store.counts() == (0, 0)
        assert store.schema_version == "0001"
        assert store.challenges() == []
    assert (tmp_path / "a" / "b" / DATABASE).exists()


def test_a_missing_workspace_that_is_not_to_be_made_is_empty(tmp_path: Path) -> None:
    with Store.in_workspace(tmp_path / "none", create=False) as store:
        assert store.challenges() == []
        assert store.preview(_solutions(1)) == WriteCounts(added=1)
    assert list(tmp_path.iterdir()) == []


def test_a_workspace_that_is_there_is_opened_even_if_none_is_to_be_made(tmp_path: Path) -> None:
    with Store.in_workspace(tmp_path) as store:
        store.write(_solutions(1))
    with Store.in_workspace(tmp_path, create=False) as store:
        assert len(store.solutions()) == 1


def test_sqlite_runs_in_wal_mode(store: Store, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "workspace" / DATABASE) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_writing_counts_what_is_new_changed_and_the_same(store: Store) -> None:
    first = _solutions(1_200)
    assert store.write(first) == WriteCounts(added=1_200)
    assert store.write(first) == WriteCounts(unchanged=1_200)
    changed = [one.model_copy(update={"tagline": "autre"}) for one in first[:700]]
    assert store.write([*changed, *first[700:], Challenge(id="d", title="Eau")]) == WriteCounts(1, 700, 500)
    assert store.counts() == (1, 1_200)
    assert store.solution("s-00000").tagline == "autre"
    assert store.solution("s-00700").tagline is None


def test_a_preview_says_what_a_write_would_do_and_writes_nothing(store: Store) -> None:
    store.write(_solutions(2))
    records = [*_solutions(3), Challenge(id="d", title="Eau")]
    assert store.preview(records) == WriteCounts(added=2, unchanged=2)
    assert store.counts() == (0, 2)
    assert store.write(records) == WriteCounts(added=2, unchanged=2)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(challenges, max_size=4), st.lists(solutions, max_size=4))
def test_what_is_read_is_what_was_written(drawn_challenges: list[Challenge], drawn_solutions: list[Solution]) -> None:
    with Store("sqlite://") as store:
        store.write([*drawn_challenges, *drawn_solutions])
        last_challenges = {one.id: one for one in drawn_challenges}
        last_solutions = {one.id: one for one in drawn_solutions}
        assert store.challenges() == [last_challenges[one] for one in sorted(last_challenges)]
        assert store.solutions() == [last_solutions[one] for one in sorted(last_solutions)]
        assert store.hashes("solution") == {one.id: one.content_hash for one in last_solutions.values()}


def test_listing_goes_by_id_with_a_cursor(store: Store) -> None:
    store.write(reversed(_solutions(7)))
    seen: list[str] = []
    cursor = None
    while page := store.solutions(limit=3, after=cursor):
        assert len(page) <= 3
        seen += [one.id for one in page]
        cursor = page[-1].id
    assert seen == [f"s-{number:05}" for number in range(7)]


def test_a_missing_record_is_named(store: Store) -> None:
    with pytest.raises(UnknownRecord, match="No challenge has the id 'd-9'"):
        store.challenge("d-9")
    with pytest.raises(UnknownRecord, match="No solution has the id 's-9'"):
        store.solution("s-9")


def test_removing_passes_over_unknown_ids(store: Store) -> None:
    store.write(_solutions(1_000))
    assert store.remove("solution", [f"s-{number:05}" for number in range(100, 2_000)]) == 900
    assert store.counts() == (0, 100)
    assert store.remove("challenge", ["s-00001"]) == 0
    assert store.remove("solution", []) == 0


def test_a_changed_record_keeps_the_date_of_its_making(store: Store, tmp_path: Path) -> None:
    store.write(_solutions(1))
    database = sqlite3.connect(tmp_path / "workspace" / DATABASE)
    before = database.execute("SELECT created, updated FROM solutions").fetchone()
    store.write(_solutions(1, text="changé"))
    after = database.execute("SELECT created, updated FROM solutions").fetchone()
    database.close()
    assert after[0] == before[0]
    assert after[1] > before[1]


def test_a_write_that_fails_half_way_leaves_the_records_as_they_were(store: Store) -> None:
    store.write(_solutions(3))

    def broken() -> Iterator[Solution]:
        yield from _solutions(2_000, text="nouveau")
        raise RuntimeError("panne")

    with pytest.raises(RuntimeError, match="panne"):
        store.write(broken())
    assert store.solutions() == _solutions(3)


_IMPORT_FOR_EVER = """
import itertools, pathlib, sys
from corpora.records import Solution
from corpora.store import Store
def records():
    for number in itertools.count():
        yield Solution(id=f"k-{number:07}", name="Solution", text="mot " * 200)
        if number == 5_000:
            print("half way", flush=True)
Store.in_workspace(pathlib.Path(sys.argv[1])).write(records())
"""


def test_a_killed_import_leaves_the_workspace_as_it_was(store: Store, tmp_path: Path) -> None:
    store.write(_solutions(3))
    process = subprocess.Popen(
        [sys.executable, "-c", _IMPORT_FOR_EVER, str(tmp_path / "workspace")],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "half way\n"
    assert store.counts() == (0, 3)  # readers see nothing of a write in progress
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert store.solutions() == _solutions(3)
    assert store.write(_solutions(4)) == WriteCounts(added=1, unchanged=3)  # and the lock is free
    store.close()
    with Store.in_workspace(tmp_path / "workspace") as again:
        assert again.solutions() == _solutions(4)


def test_readers_do_not_wait_for_a_writer(store: Store, tmp_path: Path) -> None:
    store.write(_solutions(3))
    writing, may_end = threading.Event(), threading.Event()

    def slow() -> Iterator[Solution]:
        yield from _solutions(1_000, text="nouveau")
        writing.set()
        may_end.wait(20)

    thread = threading.Thread(target=lambda: store.write(slow()))
    thread.start()
    assert writing.wait(20)
    with Store.in_workspace(tmp_path / "workspace") as reader:
        start = time.monotonic()
        assert reader.solutions() == _solutions(3)
        assert time.monotonic() - start < 2
    may_end.set()
    thread.join()
    assert store.counts() == (0, 1_000)


def test_two_writers_take_turns(store: Store) -> None:
    threads = [
        threading.Thread(target=store.write, args=(_solutions(600, text=f"version {number}"),)) for number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.counts() == (0, 600)
    assert len({one.text for one in store.solutions()}) == 1


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"no database at all " * 100)
    with pytest.raises(StoreError, match=r"matcher\.sqlite cannot be opened: file is not a database"):
        Store.in_workspace(tmp_path)


def test_a_workspace_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be made"):
        Store.in_workspace(tmp_path / "file" / "workspace")


@pytest.mark.parametrize("name", ["avec espace", "100 % eau", "quoi ?", "a#b", "été"])
def test_a_workspace_may_have_any_name(tmp_path: Path, name: str) -> None:
    with Store.in_workspace(tmp_path / name) as store:
        store.write(_solutions(1))
    assert (tmp_path / name / DATABASE).exists()


def test_another_database_is_named_by_url(tmp_path: Path) -> None:
    with Store.in_workspace(tmp_path / "workspace", f"sqlite:///{tmp_path / 'ailleurs.db'}") as store:
        store.write(_solutions(1))
    assert (tmp_path / "ailleurs.db").exists()
    assert not (tmp_path / "workspace").exists()


@pytest.mark.parametrize("url", ["nonsense", "nowhere://host/base", "sqlite:////no/such/folder/base.db"])
def test_a_url_that_leads_nowhere_is_refused(url: str) -> None:
    with pytest.raises(StoreError):
        Store(url)


def test_messages_do_not_give_the_password_away() -> None:
    with pytest.raises(StoreError) as refusal:
        Store("nowhere://jean:secret@host/base")
    assert "secret" not in str(refusal.value)


def test_a_database_that_breaks_later_says_so(store: Store, tmp_path: Path) -> None:
    store.write(_solutions(1))
    with sqlite3.connect(tmp_path / "workspace" / DATABASE) as connection:
        connection.execute("DROP TABLE solutions")
    with pytest.raises(StoreError, match="no such table"):
        store.solutions()
    with pytest.raises(StoreError, match="nothing was written"):
        store.write(_solutions(1))
