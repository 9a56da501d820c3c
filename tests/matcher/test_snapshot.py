import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest

from matcher.errors import DamagedSnapshot, ForeignSnapshot, NoSnapshot
from matcher.index import Index, content_id
from matcher.segment import LAYOUT, Segment
from matcher.snapshot import (
    POINTER,
    Manifest,
    live_mask,
    open_snapshot,
    read_manifest,
    save_segment,
    switch_to,
)
from tests.encoders import HashingEncoder
from tests.matcher.corpus import some_solutions
from tests.matcher.test_segment import assert_same

ENCODER = HashingEncoder()
FINGERPRINT = ENCODER.fingerprint


def snapshot(workspace: Path, count: int, dead: tuple[str, ...] = ()) -> tuple[Manifest, Segment]:
    """Put a snapshot of ``count`` solutions in force."""
    segment = Segment.of(some_solutions(count), ENCODER)
    entry = save_segment(workspace, segment).model_copy(update={"dead": dead})
    held = {one: hash_ for one, hash_ in zip(segment.ids, segment.hashes, strict=True) if one not in dead}
    manifest = Manifest(
        id=content_id(FINGERPRINT, held),
        created=dt.datetime(2026, 10, 1, tzinfo=dt.UTC),
        model=ENCODER.name,
        fingerprint=FINGERPRINT,
        dimension=ENCODER.dimension,
        solutions=len(held),
        passages=entry.passages,
        challenges=0,
        challenges_digest="",
        segments=(entry,),
    )
    return switch_to(workspace, manifest), segment


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_what_is_opened_is_what_was_put_in_force(tmp_path: Path) -> None:
    manifest, segment = snapshot(tmp_path, 10)
    for verify in (False, True):
        opened, ((read, live),) = open_snapshot(tmp_path, FINGERPRINT, verify=verify)
        assert opened == manifest == read_manifest(tmp_path)
        assert_same(read, segment)
        assert live.all()


def test_the_pointer_names_the_manifest_by_its_checksum(tmp_path: Path) -> None:
    snapshot(tmp_path, 3)
    assert names(tmp_path / "snapshots") == {f"{(tmp_path / POINTER).read_text(encoding='utf-8')}.json"}


def test_dead_solutions_are_not_live(tmp_path: Path) -> None:
    snapshot(tmp_path, 5, dead=("s0001", "s0004"))
    _, ((segment, live),) = open_snapshot(tmp_path, FINGERPRINT)
    assert live.tolist() == [True, False, True, True, False] == live_mask(segment, ["s0001", "s0004"]).tolist()
    index = Index.open(tmp_path, FINGERPRINT)
    assert index.ids == ["s0000", "s0002", "s0003"]
    assert index.dimension == 32


def test_a_workspace_without_snapshot_says_what_to_do(tmp_path: Path) -> None:
    for workspace in (tmp_path, tmp_path / "absent"):
        with pytest.raises(NoSnapshot, match=r"has not been indexed\. Run `matcher index`"):
            open_snapshot(workspace, FINGERPRINT)
        with pytest.raises(NoSnapshot, match="matcher index"):
            read_manifest(workspace)


def test_another_model_is_refused_with_both_values(tmp_path: Path) -> None:
    snapshot(tmp_path, 3)
    with pytest.raises(
        ForeignSnapshot, match=r"model hashing .fingerprint hashing-1.*has fingerprint other.*--rebuild"
    ):
        open_snapshot(tmp_path, "other")
    assert read_manifest(tmp_path).fingerprint == FINGERPRINT


def test_another_layout_is_refused_with_both_values(tmp_path: Path) -> None:
    manifest, _ = snapshot(tmp_path, 3)
    switch_to(tmp_path, manifest.model_copy(update={"layout": LAYOUT + 1}))
    for read in (lambda: open_snapshot(tmp_path, FINGERPRINT), lambda: read_manifest(tmp_path)):
        with pytest.raises(
            ForeignSnapshot, match=f"layout {LAYOUT + 1}, this program reads layout {LAYOUT}.*--rebuild"
        ):
            read()


def test_a_changed_manifest_is_damaged(tmp_path: Path) -> None:
    snapshot(tmp_path, 3)
    (path,) = (tmp_path / "snapshots").iterdir()
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, "solutions": 4}), encoding="utf-8")
    with pytest.raises(DamagedSnapshot, match=r"manifest .* has SHA-256"):
        open_snapshot(tmp_path, FINGERPRINT)


@pytest.mark.parametrize("pointer", [b"", b"\0", b"\xff\xfe", b"../elsewhere", b"0" * 63])
def test_a_pointer_that_names_nothing_is_damaged(tmp_path: Path, pointer: bytes) -> None:
    snapshot(tmp_path, 3)
    (tmp_path / POINTER).write_bytes(pointer)
    with pytest.raises(DamagedSnapshot, match=r"no name of a manifest.*--rebuild"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("lost", ["manifest", "segment", "file"])
def test_what_is_missing_is_damaged(tmp_path: Path, lost: str) -> None:
    manifest, _ = snapshot(tmp_path, 3)
    segment = tmp_path / "segments" / manifest.segments[0].name
    if lost == "manifest":
        next((tmp_path / "snapshots").iterdir()).unlink()
    elif lost == "segment":
        segment.rename(tmp_path / "elsewhere")
    else:
        (segment / "counts.npy").unlink()
    with pytest.raises(DamagedSnapshot, match=r"missing.*--rebuild"):
        open_snapshot(tmp_path, FINGERPRINT)


def test_sizes_are_checked_always_and_bytes_on_request(tmp_path: Path) -> None:
    manifest, _ = snapshot(tmp_path, 3)
    path = tmp_path / "segments" / manifest.segments[0].name / "vectors.faiss"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    Index.open(tmp_path, FINGERPRINT)
    with pytest.raises(DamagedSnapshot, match="SHA-256"):
        Index.open(tmp_path, FINGERPRINT, verify=True)
    path.write_bytes(content[:-1])
    with pytest.raises(DamagedSnapshot, match="bytes"):
        Index.open(tmp_path, FINGERPRINT)


def test_a_manifest_that_counts_wrong_is_damaged(tmp_path: Path) -> None:
    manifest, _ = snapshot(tmp_path, 3)
    wrong = manifest.segments[0].model_copy(update={"solutions": 4})
    switch_to(tmp_path, manifest.model_copy(update={"segments": (wrong,)}))
    with pytest.raises(DamagedSnapshot, match="has 3 solutions, its manifest says 4"):
        open_snapshot(tmp_path, FINGERPRINT)


def test_the_snapshot_before_is_kept_and_older_ones_go(tmp_path: Path) -> None:
    made = [snapshot(tmp_path, count)[0] for count in (2, 3, 4)]
    pointer = (tmp_path / POINTER).read_text(encoding="utf-8")
    assert names(tmp_path / "snapshots") == {f"{pointer}.json", f"{made[2].previous}.json"}
    assert names(tmp_path / "segments") == {manifest.segments[0].name for manifest in made[1:]}
    (tmp_path / POINTER).write_text(str(made[2].previous), encoding="utf-8")
    assert open_snapshot(tmp_path, FINGERPRINT, verify=True)[0] == made[1]


def test_an_open_index_outlives_its_snapshot(tmp_path: Path) -> None:
    snapshot(tmp_path, 20)
    index = Index.open(tmp_path, FINGERPRINT)
    query = ENCODER.encode_challenges(["eau"])
    before = index.dense(query, 20)[0][0]
    for count in (2, 3, 4):
        snapshot(tmp_path, count)
    assert np.array_equal(index.dense(query, 20)[0][0], before)
    assert index.solutions() == some_solutions(20)
    assert Index.open(tmp_path, FINGERPRINT).size == 4


def test_a_damaged_snapshot_before_does_not_stop_the_next(tmp_path: Path) -> None:
    snapshot(tmp_path, 2)
    (path,) = (tmp_path / "snapshots").iterdir()
    path.write_text("{}", encoding="utf-8")
    snapshot(tmp_path, 3)
    assert open_snapshot(tmp_path, FINGERPRINT)[0].solutions == 3
