import fcntl
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpora.records import Challenge, Solution
from corpora.store import Store
from matcher.engine import Matcher
from matcher.errors import DamagedSnapshot, ForeignSnapshot, IndexLocked
from matcher.index import Index
from matcher.indexing import MOST_SEGMENTS, _to_merge, build_index, is_stale
from matcher.results import IndexReport
from matcher.snapshot import POINTER, read_manifest
from matcher.tokens import tokenize
from matcher.vector_cache import CachedEncoder, VectorCache
from models.encoder import Progress, Vectors
from tests.encoders import HashingEncoder
from tests.matcher.corpus import WORDS, solution, some_solutions

CHALLENGES = [Challenge(id=f"d{number}", title=f"Défi {word}") for number, word in enumerate(WORDS[:5])]


class Workspace:
    """A workspace with its store and its cached encoder."""

    def __init__(self, path: Path, encoder: HashingEncoder | None = None) -> None:
        self.path = path
        self.store = Store.in_workspace(path)
        self.inner = encoder or HashingEncoder()
        self.encoder = CachedEncoder(self.inner, VectorCache(path / "vectors.sqlite"))

    def index(self, *, rebuild: bool = False) -> IndexReport:
        return build_index(self.store, self.encoder, self.path, rebuild=rebuild)

    def open(self) -> Index:
        return Index.open(self.path, self.encoder.fingerprint, verify=True)

    def files(self) -> dict[Path, int]:
        """Files of the index and what tells that they were written anew."""
        held = [self.path / POINTER, *self.path.glob("s*/**/*")]
        return {path: path.stat().st_ino for path in held if path.is_file()}

    def segments(self) -> int:
        return len(read_manifest(self.path).segments)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def assert_like_fresh(index: Index, solutions: Sequence[Solution]) -> None:
    """The index answers to the bit like one made of ``solutions`` at once."""
    encoder = HashingEncoder()
    fresh = Index.in_memory(solutions, encoder)
    assert index.id == fresh.id
    assert index.ids == fresh.ids
    assert index.languages == fresh.languages
    assert index.solutions() == fresh.solutions()
    texts = [" ".join(WORDS[start : start + 4]) for start in range(0, len(WORDS), 6)]
    queries, terms = encoder.encode_challenges(texts), [tokenize(text, "fr") for text in texts]
    for (rows, cosines), (fresh_rows, fresh_cosines) in zip(
        index.dense(queries, 7), fresh.dense(queries, 7), strict=True
    ):
        assert np.array_equal(rows, fresh_rows)
        assert np.array_equal(cosines, fresh_cosines)
    assert all(np.array_equal(index.bm25(each), fresh.bm25(each)) for each in terms)
    assert index.self_information(terms[0]) == fresh.self_information(terms[0])
    assert np.array_equal(index.mean_vector, fresh.mean_vector)
    assert np.allclose(index.covariance, fresh.covariance)


def test_records_become_a_snapshot(workspace: Workspace) -> None:
    solutions = some_solutions(40)
    workspace.store.write([*solutions, *CHALLENGES])
    report = workspace.index()
    assert (report.solutions, report.challenges, report.added, report.changed, report.removed) == (40, 5, 40, 0, 0)
    assert report.encoded == len(set(workspace.inner.encoded)) == len(workspace.inner.encoded)
    index = workspace.open()
    assert report.snapshot == index.id
    assert report.passages == read_manifest(workspace.path).passages >= 40
    assert_like_fresh(index, solutions)


def test_with_nothing_to_do_nothing_is_written(workspace: Workspace) -> None:
    workspace.store.write([*some_solutions(40), *CHALLENGES])
    first, files = workspace.index(), workspace.files()
    second = workspace.index()
    assert (second.snapshot, second.solutions, second.passages) == (first.snapshot, 40, first.passages)
    assert (second.added, second.changed, second.removed, second.encoded) == (0, 0, 0, 0)
    assert workspace.files() == files


@pytest.mark.parametrize("what", ["add", "change", "remove"])
def test_ten_of_a_thousand_leave_the_rest_alone(workspace: Workspace, what: str) -> None:
    solutions = some_solutions(1_000, words=2)
    workspace.store.write(solutions[:990] if what == "add" else solutions)
    workspace.index()
    files, encoded = workspace.files(), len(workspace.inner.encoded)
    if what == "change":
        solutions[500:510] = [one.model_copy(update={"text": "Un texte neuf."}) for one in solutions[500:510]]
    if what == "remove":
        workspace.store.remove("solution", [one.id for one in solutions[990:]])
        del solutions[990:]
    workspace.store.write(solutions)
    report = workspace.index()
    assert {"add": report.added, "change": report.changed, "remove": report.removed}[what] == 10
    assert report.added + report.changed + report.removed == 10
    assert len(workspace.inner.encoded) - encoded <= (0 if what == "remove" else 30)
    after = workspace.files()
    kept = {path for path in files if "segments" in path.parts}
    assert all(after[path] == files[path] for path in kept)
    written = sum(path.stat().st_size for path in after if path not in files)
    assert written < sum(path.stat().st_size for path in kept) / 15
    assert_like_fresh(workspace.open(), solutions)


def test_a_change_of_a_field_that_is_not_encoded_encodes_nothing(workspace: Workspace) -> None:
    solutions = some_solutions(20)
    workspace.store.write(solutions)
    workspace.index()
    workspace.store.write([solutions[3].model_copy(update={"trl": 7})])
    report = workspace.index()
    assert (report.changed, report.encoded) == (1, 0)
    assert workspace.open().solution(3).trl == 7


steps = st.lists(
    st.lists(st.tuples(st.integers(0, 25), st.sampled_from(["remove", *WORDS[:6]])), min_size=1, max_size=12),
    min_size=1,
    max_size=6,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_step_by_step_gives_what_a_fresh_build_gives(
    tmp_path_factory: pytest.TempPathFactory, steps: list[list[tuple[int, str]]]
) -> None:
    workspace = Workspace(tmp_path_factory.mktemp("workspace"))
    held: dict[str, Solution] = {}
    for step in steps:
        for number, word in step:
            one = solution(
                f"s{number:02}", f"{word} " * (number % 3 + 1) + WORDS[number], "Nom", "en" if number % 2 else "fr"
            )
            if word == "remove":
                workspace.store.remove("solution", [one.id])
                held.pop(one.id, None)
            else:
                workspace.store.write([one])
                held[one.id] = one
        workspace.index()
        assert_like_fresh(workspace.open(), list(held.values()))
        assert not is_stale(read_manifest(workspace.path), workspace.store)
    distinct = workspace.encoder.cache.count()
    assert len(workspace.inner.encoded) == distinct
    workspace.index(rebuild=True)
    assert_like_fresh(workspace.open(), list(held.values()))
    assert workspace.segments() == min(len(held), 1)
    assert len(workspace.inner.encoded) == distinct
    workspace.store.close()


def test_many_small_segments_are_merged_without_encoding(workspace: Workspace) -> None:
    solutions = some_solutions(MOST_SEGMENTS + 3)
    counts = []
    for one in solutions:
        workspace.store.write([one])
        workspace.index()
        counts.append(workspace.segments())
    assert max(counts) == MOST_SEGMENTS
    assert counts[MOST_SEGMENTS:] == [1, 2, 3]
    assert len(workspace.inner.encoded) == len(set(workspace.inner.encoded))
    assert_like_fresh(workspace.open(), solutions)


def test_a_large_segment_is_not_written_again_when_small_ones_are_merged(workspace: Workspace) -> None:
    solutions = some_solutions(100 + MOST_SEGMENTS)
    workspace.store.write(solutions[:100])
    workspace.index()
    (large,) = read_manifest(workspace.path).segments
    for one in solutions[100:]:
        workspace.store.write([one])
        workspace.index()
    sizes = {entry.name: entry.solutions for entry in read_manifest(workspace.path).segments}
    assert sizes.pop(large.name) == 100
    assert list(sizes.values()) == [MOST_SEGMENTS]
    assert_like_fresh(workspace.open(), solutions)


@given(st.lists(st.integers(1, 1_000), min_size=MOST_SEGMENTS + 1, max_size=40))
def test_merging_leaves_fewer_segments_and_touches_the_smallest(sizes: list[int]) -> None:
    merged = _to_merge([(size, size) for size in sizes])
    left = [size for number, size in enumerate(sizes) if number not in merged]
    together = sum(sizes[number] for number in merged)
    assert len(merged) >= 2
    assert all(size >= max(sizes[number] for number in merged) for size in left)
    assert all(size > together for size in left)


def test_many_dead_solutions_are_cleared_away(workspace: Workspace) -> None:
    solutions = some_solutions(100)
    workspace.store.write(solutions)
    workspace.index()
    for last, dead in ((80, 20), (65, 0)):
        workspace.store.remove("solution", [one.id for one in solutions[last:]])
        workspace.index()
        (entry,) = read_manifest(workspace.path).segments
        assert (len(entry.dead), entry.solutions) == (dead, last + dead)
    assert_like_fresh(workspace.open(), solutions[:65])


def test_a_rebuild_takes_its_vectors_from_the_cache(workspace: Workspace) -> None:
    workspace.store.write([*some_solutions(40), *CHALLENGES])
    first = workspace.index()
    again = workspace.index(rebuild=True)
    assert (again.snapshot, again.encoded, again.added) == (first.snapshot, 0, 40)


def test_a_workspace_without_records_has_an_empty_snapshot(workspace: Workspace) -> None:
    report = workspace.index()
    assert (report.solutions, report.passages, report.encoded) == (0, 0, 0)
    assert workspace.open().size == 0
    workspace.store.write(some_solutions(3))
    assert workspace.index().solutions == 3
    workspace.store.remove("solution", ["s0000", "s0001", "s0002"])
    assert (workspace.index().solutions, workspace.segments()) == (0, 0)


def test_challenges_are_encoded_too_and_new_ones_are_noticed(workspace: Workspace) -> None:
    workspace.store.write([*some_solutions(3), *CHALLENGES[:4]])
    first = workspace.index()
    workspace.store.write(CHALLENGES)
    assert is_stale(read_manifest(workspace.path), workspace.store)
    second = workspace.index()
    assert (second.challenges, second.encoded, second.snapshot) == (5, 1, first.snapshot)
    assert not is_stale(read_manifest(workspace.path), workspace.store)
    assert workspace.encoder.cache.get_many("hashing-1", "challenge", ["Défi eau"])


def test_texts_are_announced_once_and_all_counted(workspace: Workspace) -> None:
    workspace.store.write([*some_solutions(30), *CHALLENGES])
    announced: list[int] = []
    done: list[int] = []
    report = build_index(workspace.store, workspace.encoder, workspace.path, False, done.append, announced.append)
    assert announced == [sum(done)]
    assert announced[0] > report.passages + 5  # and the sentences that evidence will compare
    workspace.store.write([Challenge(id="d9", title="Un défi de plus")])
    build_index(workspace.store, workspace.encoder, workspace.path, False, None, announced.append)
    assert announced[1:] == [6]  # the texts of six challenges, each its own one sentence


def test_sentences_are_encoded_ahead_so_that_no_answer_waits_for_them(workspace: Workspace) -> None:
    workspace.store.write([*some_solutions(30), *CHALLENGES])
    workspace.index()
    matcher = Matcher(workspace.path, encoder=workspace.inner)
    workspace.inner.encoded.clear()
    results = list(matcher.match_many(CHALLENGES))
    assert all(result.proposals[0].evidence for result in results)
    assert workspace.inner.encoded == []


def test_another_model_is_refused_until_the_index_is_rebuilt(workspace: Workspace) -> None:
    workspace.store.write(some_solutions(5))
    workspace.index()
    other = Workspace(workspace.path, HashingEncoder(fingerprint="hashing-2"))
    with pytest.raises(ForeignSnapshot, match="--rebuild"):
        other.index()
    assert workspace.open().size == 5
    assert other.index(rebuild=True).encoded > 0
    assert other.open().size == 5


def test_a_damaged_snapshot_is_refused_until_the_index_is_rebuilt(workspace: Workspace) -> None:
    solutions = some_solutions(5)
    workspace.store.write(solutions)
    workspace.index()
    path = next(workspace.path.glob("segments/*/vectors.faiss"))
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(DamagedSnapshot, match="--rebuild"):
        workspace.index()
    assert workspace.index(rebuild=True).encoded == 0
    assert_like_fresh(workspace.open(), solutions)


def test_two_runs_at_once_are_refused(workspace: Workspace) -> None:
    workspace.store.write(some_solutions(5))
    with (workspace.path / "index.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(IndexLocked, match="Another process is indexing"):
            workspace.index()
    assert workspace.index().solutions == 5


class Killed(HashingEncoder):
    """Ends its own process after some texts, as a machine that loses power."""

    def encode_solutions(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        vectors = super().encode_solutions(texts, progress)
        if len(self.encoded) >= 300:
            os.kill(os.getpid(), signal.SIGKILL)
        return vectors


def _index_and_die(path: Path) -> None:
    Workspace(path, Killed()).index()


@pytest.mark.slow
def test_a_killed_run_leaves_the_snapshot_before_in_force(workspace: Workspace) -> None:
    solutions = some_solutions(600, words=2)
    workspace.store.write(solutions[:100])
    first, files = workspace.index(), workspace.files()
    workspace.store.write(solutions)
    process = multiprocessing.get_context("spawn").Process(target=_index_and_die, args=(workspace.path,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert workspace.files() == files
    assert workspace.open().id == first.snapshot
    known = workspace.encoder.cache.count()
    report = workspace.index()
    assert known > 200  # what the killed run had encoded was kept
    assert report.encoded == workspace.encoder.cache.count() - known
    assert_like_fresh(workspace.open(), solutions)


def test_readers_see_whole_snapshots_while_others_are_made(workspace: Workspace) -> None:
    workspace.store.write(some_solutions(3))
    workspace.index()
    sizes: set[int] = set()
    problems: list[Exception] = []
    finished = threading.Event()

    def read() -> None:
        while not finished.is_set():
            try:
                index = Index.open(workspace.path, "hashing-1")
                assert len(index.solutions()) == index.size
                sizes.add(index.size)
            except Exception as error:
                problems.append(error)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for count in range(4, 24):
        workspace.store.write(some_solutions(count))
        workspace.index()
    finished.set()
    for thread in threads:
        thread.join()
    assert not problems
    assert sizes <= set(range(3, 24))
    assert len(sizes) > 1


@pytest.mark.slow
def test_a_large_corpus_with_nothing_to_do_is_quick(workspace: Workspace) -> None:
    workspace.store.write(some_solutions(2_157, words=4))
    workspace.index()
    started = time.process_time()
    assert workspace.index().encoded == 0
    assert time.process_time() - started < 1
