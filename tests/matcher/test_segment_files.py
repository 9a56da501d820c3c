from pathlib import Path

import numpy as np
import pytest

from matcher.errors import DamagedSnapshot
from matcher.segment import Segment
from matcher.segment_files import check_files, read_segment, remove_segments, write_segment
from tests.encoders import HashingEncoder
from tests.matcher.corpus import solution, some_solutions
from tests.matcher.test_segment import assert_same

FILES = {
    "counts.npy", "documents.npy", "hashes.json", "ids.json", "languages.json", "lengths.npy", "offsets.npy", "passages.npy",
    "records.jsonl", "records.npy", "vectors.faiss", "vocabulary.json",
}  # fmt: skip


@pytest.fixture(scope="module")
def segment() -> Segment:
    return Segment.of(some_solutions(20), HashingEncoder())


def test_what_is_read_is_what_was_written(tmp_path: Path, segment: Segment) -> None:
    name, files = write_segment(tmp_path / "segments", segment)
    assert set(files) == FILES
    assert_same(read_segment(tmp_path / "segments" / name), segment)


def test_the_name_follows_the_content(tmp_path: Path, segment: Segment) -> None:
    name, files = write_segment(tmp_path / "one", segment)
    assert write_segment(tmp_path / "two", segment) == (name, files)
    other, _ = write_segment(tmp_path / "one", Segment.of(some_solutions(19), HashingEncoder()))
    assert other != name


def test_only_whole_segments_are_left(tmp_path: Path, segment: Segment) -> None:
    name, files = write_segment(tmp_path, segment)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert {path.name for path in (tmp_path / name).iterdir()} == set(files)


def test_a_segment_that_is_there_is_not_written_again(tmp_path: Path, segment: Segment) -> None:
    name, _ = write_segment(tmp_path, segment)
    before = {path.name: path.stat().st_ino for path in (tmp_path / name).iterdir()}
    write_segment(tmp_path, segment)
    assert {path.name: path.stat().st_ino for path in (tmp_path / name).iterdir()} == before


@pytest.mark.parametrize("damage", ["cut", "flip", "remove"])
def test_a_damaged_segment_is_replaced(tmp_path: Path, segment: Segment, damage: str) -> None:
    name, files = write_segment(tmp_path, segment)
    _damage(tmp_path / name / "vectors.faiss", damage)
    write_segment(tmp_path, segment)
    check_files(tmp_path / name, files, every_byte=True)
    remove_segments(tmp_path, {name})
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("file", sorted(FILES))
def test_a_cut_file_is_told_by_its_size(tmp_path: Path, segment: Segment, file: str) -> None:
    name, files = write_segment(tmp_path, segment)
    check_files(tmp_path / name, files, every_byte=True)
    _damage(tmp_path / name / file, "cut")
    with pytest.raises(
        DamagedSnapshot, match=rf"{file} has \d+ bytes, its manifest says {files[file].size}.*--rebuild"
    ):
        check_files(tmp_path / name, files, every_byte=False)


@pytest.mark.parametrize("file", sorted(FILES))
def test_a_changed_byte_is_told_by_the_checksum(tmp_path: Path, segment: Segment, file: str) -> None:
    name, files = write_segment(tmp_path, segment)
    _damage(tmp_path / name / file, "flip")
    check_files(tmp_path / name, files, every_byte=False)
    with pytest.raises(DamagedSnapshot, match=rf"{file} has SHA-256 .*, its manifest says {files[file].sha256}"):
        check_files(tmp_path / name, files, every_byte=True)


@pytest.mark.parametrize("file", sorted(FILES))
def test_a_missing_file_is_told_as_missing(tmp_path: Path, segment: Segment, file: str) -> None:
    name, _ = write_segment(tmp_path, segment)
    _damage(tmp_path / name / file, "remove")
    with pytest.raises(FileNotFoundError, match=file):
        read_segment(tmp_path / name)


@pytest.mark.parametrize("file", sorted(FILES - {"records.jsonl", "hashes.json"}))  # these are read when needed
def test_a_file_of_nonsense_is_damaged(tmp_path: Path, segment: Segment, file: str) -> None:
    name, _ = write_segment(tmp_path, segment)
    (tmp_path / name / file).write_bytes(b"\x93nonsense")
    with pytest.raises(DamagedSnapshot, match="cannot be read"):
        read_segment(tmp_path / name)


def test_texts_without_terms_make_a_segment(tmp_path: Path) -> None:
    empty = Segment.of([solution("a", "", "12"), solution("b", "!", "34")], HashingEncoder())
    name, _ = write_segment(tmp_path, empty)
    assert_same(read_segment(tmp_path / name), empty)


def test_a_segment_stays_readable_when_its_folder_is_removed(tmp_path: Path, segment: Segment) -> None:
    name, _ = write_segment(tmp_path, segment)
    read = read_segment(tmp_path / name)
    remove_segments(tmp_path, set())
    assert not list(tmp_path.iterdir())
    assert_same(read, segment)
    assert np.array_equal(read.passages.vectors, segment.passages.vectors)


def test_removing_keeps_what_is_named_and_clears_what_killed_runs_left(tmp_path: Path, segment: Segment) -> None:
    name, _ = write_segment(tmp_path, segment)
    (tmp_path / ".writing-abc").mkdir()
    (tmp_path / "0123").mkdir()
    remove_segments(tmp_path, {name})
    assert [path.name for path in tmp_path.iterdir()] == [name]
    remove_segments(tmp_path / "absent", set())


def _damage(path: Path, kind: str) -> None:
    content = bytearray(path.read_bytes())
    if kind == "remove":
        path.unlink()
        return
    if kind == "cut":
        del content[-1]
    else:
        content[len(content) // 2] ^= 1
    path.write_bytes(content)
