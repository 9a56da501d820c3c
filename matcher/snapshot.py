"""Snapshots: manifests that name immutable segments, and the pointer that is switched from one to the next.

    workspace/
        current                    SHA-256 of the manifest in force
        snapshots/<sha256>.json    manifests: the one in force and the one before it
        segments/<sha256>/         segments that those manifests name

What is read is never written again: a killed run leaves the snapshot before it in force.
"""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from matcher.atomic_files import write_text
from matcher.dense import Mask
from matcher.errors import DamagedSnapshot, ForeignSnapshot, NoSnapshot
from matcher.segment import LAYOUT, Segment
from matcher.segment_files import (
    REBUILD,
    FileEntry,
    check_files,
    read_segment,
    remove_segments,
    sync_folder,
    write_segment,
)

POINTER: Final = "current"
_MANIFESTS: Final = "snapshots"
_SEGMENTS: Final = "segments"
_NAME: Final = re.compile(r"[0-9a-f]{64}")
_TRIES: Final = 5
"""Times that a snapshot is opened anew because it was replaced, and removed, while it was being opened."""


class SegmentEntry(BaseModel):
    """A segment of a snapshot; ``dead`` are the ids that are no longer its (changed or removed since)."""

    model_config = ConfigDict(frozen=True)

    name: str
    solutions: int
    passages: int
    dead: tuple[str, ...] = ()
    files: dict[str, FileEntry]


class Manifest(BaseModel):
    """What a snapshot is made of; ``id`` names the content (see ``index.content_id``)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    layout: int = LAYOUT
    id: str
    created: dt.datetime
    model: str
    fingerprint: str
    dimension: int
    solutions: int
    passages: int
    challenges: int
    challenges_digest: str
    segments: tuple[SegmentEntry, ...]
    previous: str | None = None


Parts = list[tuple[Segment, Mask]]
"""Segments, each with the mask of its live solutions."""


def open_snapshot(workspace: Path, fingerprint: str, *, verify: bool = False) -> tuple[Manifest, Parts]:
    """Open the snapshot in force; ``verify`` checks every byte, otherwise only sizes are checked.

    Raises:
        NoSnapshot: there is none.
        DamagedSnapshot: a file is missing or is not what the manifest says.
        ForeignSnapshot: its fingerprint or layout is another.
    """
    for _ in range(_TRIES):
        pointer = _read_pointer(workspace)
        try:
            manifest = _read_manifest(workspace, pointer)
            _check_origin(manifest, fingerprint)
            return manifest, [_open_segment(workspace, entry, verify=verify) for entry in manifest.segments]
        except FileNotFoundError as error:
            if _read_pointer(workspace) == pointer:
                raise DamagedSnapshot(
                    f"{error.filename} of the snapshot is missing. {REBUILD}", "damaged", value=error.filename
                ) from error
    raise DamagedSnapshot(f"The snapshot of {workspace} was replaced {_TRIES} times while it was being opened.")


def read_manifest(workspace: Path) -> Manifest:
    """Read the manifest in force, whatever its model.

    Raises:
        NoSnapshot: there is none.
        DamagedSnapshot: it is missing or is not what the pointer says.
        ForeignSnapshot: its layout is another.
    """
    try:
        return _read_manifest(workspace, _read_pointer(workspace))
    except FileNotFoundError as error:
        raise DamagedSnapshot(
            f"{error.filename} of the snapshot is missing. {REBUILD}", "damaged", value=error.filename
        ) from error


def save_segment(workspace: Path, segment: Segment) -> SegmentEntry:
    """Write a segment beside those in force."""
    name, files = write_segment(workspace / _SEGMENTS, segment)
    passages = int(segment.passages.first[-1])
    return SegmentEntry(name=name, solutions=segment.size, passages=passages, files=dict(files))


def switch_to(workspace: Path, manifest: Manifest) -> Manifest:
    """Put a manifest in force, in one step, and remove what only snapshots before the last one held.

    Readers that are open keep what they have mapped; the caller holds the lock of the workspace.
    """
    previous = _pointer_or_none(workspace)
    manifest = manifest.model_copy(update={"previous": previous})
    content = manifest.model_dump_json(indent=1)
    name = hashlib.sha256(content.encode()).hexdigest()
    folder = workspace / _MANIFESTS
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / f"{name}.json", content)
    sync_folder(folder)
    write_text(workspace / POINTER, name)
    sync_folder(workspace)
    _remove_old(workspace, manifest, {name, previous or name})
    return manifest


def _remove_old(workspace: Path, manifest: Manifest, keep: set[str]) -> None:
    segments = {entry.name for entry in manifest.segments}
    for path in (workspace / _MANIFESTS).iterdir():
        if path.stem not in keep:
            path.unlink(missing_ok=True)
        elif path.stem == manifest.previous:
            segments |= _segments_named_in(path)
    remove_segments(workspace / _SEGMENTS, segments)


def _segments_named_in(path: Path) -> set[str]:
    """The segments of the manifest before; of a damaged or foreign one nothing is kept."""
    try:
        return {entry.name for entry in Manifest.model_validate_json(path.read_bytes()).segments}
    except ValidationError:
        return set()


def _read_pointer(workspace: Path) -> str:
    pointer = _pointer_or_none(workspace)
    if pointer is None:
        raise NoSnapshot(
            f"The workspace {workspace} has not been indexed. Run `matcher index`.", "not_indexed", value=workspace
        )
    if not _NAME.fullmatch(pointer):
        path = workspace / POINTER
        raise DamagedSnapshot(f"{path} holds {pointer[:80]!r}, no name of a manifest. {REBUILD}", "damaged", value=path)
    return pointer


def _pointer_or_none(workspace: Path) -> str | None:
    try:
        return (workspace / POINTER).read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return None


def _read_manifest(workspace: Path, pointer: str) -> Manifest:
    path = workspace / _MANIFESTS / f"{pointer}.json"
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != pointer:
        raise DamagedSnapshot(
            f"The manifest {path} has SHA-256 {found}, its name says {pointer}. {REBUILD}", "damaged", value=path
        )
    layout = json.loads(content).get("layout")
    if layout != LAYOUT:
        raise ForeignSnapshot(
            f"The snapshot has layout {layout}, this program reads layout {LAYOUT}. {REBUILD}",
            "foreign_layout",
            found=layout,
            known=LAYOUT,
        )
    return Manifest.model_validate_json(content)


def _check_origin(manifest: Manifest, fingerprint: str) -> None:
    if manifest.fingerprint != fingerprint:
        raise ForeignSnapshot(
            f"The snapshot was made with the model {manifest.model} (fingerprint {manifest.fingerprint}), "
            f"the model in use has fingerprint {fingerprint}. {REBUILD} Or set MATCHER_MODEL back.",
            "foreign_model",
            model=manifest.model,
            found=manifest.fingerprint[:12],
            known=fingerprint[:12],
        )


def _open_segment(workspace: Path, entry: SegmentEntry, *, verify: bool) -> tuple[Segment, Mask]:
    folder = workspace / _SEGMENTS / entry.name
    check_files(folder, entry.files, every_byte=verify)
    segment = read_segment(folder)
    if segment.size != entry.solutions:
        raise DamagedSnapshot(
            f"{folder} has {segment.size} solutions, its manifest says {entry.solutions}. {REBUILD}",
            "damaged",
            value=folder,
        )
    return segment, live_mask(segment, entry.dead)


def live_mask(segment: Segment, dead: Sequence[str]) -> Mask:
    """True for each solution of a segment that is not ``dead``."""
    gone = set(dead)
    return np.fromiter((one not in gone for one in segment.ids), dtype=bool, count=segment.size)
