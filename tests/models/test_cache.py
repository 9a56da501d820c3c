"""The per-user cache: built once, checked, safe between processes."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from models import cache as cache_module
from models.cache import CHECKSUMS, build_once, cache_folder, file_sha256, is_intact
from models.errors import WeightsError


class Builder:
    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, folder: Path) -> None:
        self.calls += 1
        (folder / "part").mkdir()
        (folder / "part" / "a.txt").write_text("un", encoding="utf-8")
        (folder / "b.bin").write_bytes(bytes(3_000_000))


def test_the_environment_chooses_the_place(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_folder() == cache
    monkeypatch.delenv("MATCHER_CACHE")
    assert cache_folder().name == "matcher"


def test_built_once(cache: Path) -> None:
    build = Builder()
    first = build_once(cache / "x", build)
    assert build_once(cache / "x", build) == first
    assert build.calls == 1
    assert set(json.loads((first / CHECKSUMS).read_text(encoding="utf-8"))) == {"part/a.txt", "b.bin"}
    assert [path.name for path in cache.iterdir() if path.is_dir()] == ["x"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "part" / "a.txt").write_text("deux", encoding="utf-8"),
        lambda folder: (folder / "part" / "a.txt").write_text("nu", encoding="utf-8"),
        lambda folder: (folder / "part" / "a.txt").unlink(),
        lambda folder: (folder / "b.bin").write_bytes(bytes(2_999_999) + b"x"),
        lambda folder: (folder / CHECKSUMS).write_text("{", encoding="utf-8"),
        lambda folder: (folder / CHECKSUMS).write_text("[1]", encoding="utf-8"),
        lambda folder: (folder / CHECKSUMS).unlink(),
    ],
)
def test_damage_is_noticed_and_repaired(cache: Path, damage: Callable[[Path], object]) -> None:
    build = Builder()
    folder = build_once(cache / "x", build)
    damage(folder)
    assert not is_intact(folder)
    build_once(folder, build)
    assert build.calls == 2
    assert is_intact(folder)
    assert (folder / "part" / "a.txt").read_text(encoding="utf-8") == "un"


def test_two_at_once_both_succeed(cache: Path) -> None:
    together = threading.Barrier(2)
    results = []

    def build(folder: Path) -> None:
        together.wait(10)
        (folder / "a").write_text("same", encoding="utf-8")

    threads = [threading.Thread(target=lambda: results.append(build_once(cache / "x", build))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [cache / "x"] * 2
    assert is_intact(cache / "x")
    assert [path.name for path in cache.iterdir() if path.is_dir()] == ["x"]


def test_a_failed_build_leaves_nothing(cache: Path) -> None:
    def build(folder: Path) -> None:
        (folder / "half").write_text("half", encoding="utf-8")
        raise ValueError("half")

    with pytest.raises(ValueError, match="half"):
        build_once(cache / "x", build)
    assert not list(cache.iterdir())


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(WeightsError, match=r"cannot be written.*Set MATCHER_CACHE"):
        build_once(tmp_path / "file" / "x", Builder())


def test_a_large_file_is_read_once(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(2_000_000))
    before = file_sha256(path)
    monkeypatch.setattr(cache_module, "_read_sha256", lambda path: "read again")
    assert file_sha256(path) == before
    path.write_bytes(bytes(2_000_001))
    assert file_sha256(path) == "read again"


def test_an_unreadable_list_of_checksums_costs_only_time(cache: Path, tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(2_000_000))
    before = file_sha256(path)
    (cache / "hashes.json").write_text("nonsense", encoding="utf-8")
    assert file_sha256(path) == before
