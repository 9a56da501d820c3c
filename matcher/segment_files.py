"""Segments on disk: a folder of plain files, named by the SHA-256 of their content and mapped into memory when read."""

import hashlib
import json
import mmap
import os
import shutil
import tempfile
import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final, overload

import numpy as np
from pydantic import BaseModel, ConfigDict

from matcher.dense import PassageVectors
from matcher.errors import DamagedSnapshot
from matcher.lexical import Postings
from matcher.segment import RecordLines, Segment

REBUILD: Final = "Run `matcher index --rebuild`."
_TEMPORARY: Final = ".writing-"

# numpy reads a header with ``ast``, which in CPython 3.11 fails now and then when two threads use it at once.
_ONE_HEADER_AT_A_TIME: Final = threading.Lock()


class FileEntry(BaseModel):
    """What a file must be: bytes and SHA-256."""

    model_config = ConfigDict(frozen=True)

    size: int
    sha256: str


Files = Mapping[str, FileEntry]


def write_segment(folder: Path, segment: Segment) -> tuple[str, Files]:
    """Write a segment below ``folder``, whole or not at all; return its name and its files.

    A segment of the same content that is there already is left alone, unless it is damaged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=folder))
    try:
        _write_files(temporary, segment)
        files = {path.name: _entry(path) for path in sorted(temporary.iterdir())}
        listing = json.dumps({name: entry.sha256 for name, entry in files.items()})
        name = hashlib.sha256(listing.encode()).hexdigest()
        _put_in_place(temporary, folder / name, files)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return name, files


def read_segment(folder: Path) -> Segment:
    """Map a segment into memory; its files stay readable when the folder is removed.

    Raises:
        DamagedSnapshot: a file cannot be understood.
        FileNotFoundError: a file is missing.
    """
    try:
        return Segment(
            ids=_list(folder / "ids.json"),
            hashes=_LazyList(folder / "hashes.json"),
            languages=_list(folder / "languages.json"),
            records=RecordLines(_mapped(folder / "records.jsonl"), _array(folder / "records.npy")),
            passages=PassageVectors(
                _faiss_index(folder / "vectors.faiss"),
                _array(folder / "passages.npy"),
                _faiss_index(nearest) if (nearest := folder / "nearest.faiss").exists() else None,
            ),
            postings=Postings(
                vocabulary=_list(folder / "vocabulary.json"),
                **{name: _array(folder / f"{name}.npy") for name in ("offsets", "documents", "counts", "lengths")},
            ),
        )
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise DamagedSnapshot(
            f"The segment {folder} cannot be read: {error}. {REBUILD}", "damaged", value=folder
        ) from error


def check_files(folder: Path, files: Files, *, every_byte: bool) -> None:
    """Compare sizes and, with ``every_byte``, checksums.

    Raises:
        DamagedSnapshot: a file differs.
        FileNotFoundError: a file is missing.
    """
    for name, expected in files.items():
        path = folder / name
        size = path.stat().st_size
        if size != expected.size:
            raise DamagedSnapshot(
                f"{path} has {size} bytes, its manifest says {expected.size}. {REBUILD}", "damaged", value=path
            )
        if every_byte and (found := _sha256(path)) != expected.sha256:
            raise DamagedSnapshot(
                f"{path} has SHA-256 {found}, its manifest says {expected.sha256}. {REBUILD}", "damaged", value=path
            )


def remove_segments(folder: Path, keep: set[str]) -> None:
    """Remove all segments but ``keep``, and what killed runs left; only the process that holds the lock may."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in keep:
            shutil.rmtree(path, ignore_errors=True)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_files(folder: Path, segment: Segment) -> None:
    import faiss

    lists: dict[str, Sequence[str | None]] = {
        "ids": segment.ids,
        "hashes": segment.hashes,
        "languages": segment.languages,
        "vocabulary": segment.postings.vocabulary,
    }
    for name, values in lists.items():
        (folder / f"{name}.json").write_text(json.dumps(list(values)), encoding="utf-8")
    (folder / "records.jsonl").write_bytes(segment.records.data)
    faiss.write_index(segment.passages.faiss_index, str(folder / "vectors.faiss"))
    if segment.passages.nearest is not None:
        faiss.write_index(segment.passages.nearest, str(folder / "nearest.faiss"))
    arrays: dict[str, Any] = {
        "records": segment.records.offsets,
        "passages": segment.passages.first,
        "offsets": segment.postings.offsets,
        "documents": segment.postings.documents,
        "counts": segment.postings.counts,
        "lengths": segment.postings.lengths,
    }
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)


def _put_in_place(temporary: Path, final: Path, files: Files) -> None:
    if final.exists():
        try:
            check_files(final, files, every_byte=True)
        except (DamagedSnapshot, FileNotFoundError):
            final.rename(temporary.with_name(temporary.name + ".damaged"))
        else:
            return
    for name in files:
        with (temporary / name).open("rb") as file:
            os.fsync(file.fileno())
    sync_folder(temporary)
    temporary.rename(final)
    sync_folder(final.parent)


def _entry(path: Path) -> FileEntry:
    return FileEntry(size=path.stat().st_size, sha256=_sha256(path))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _list(path: Path) -> Any:
    values = json.loads(path.read_bytes())
    if not isinstance(values, list):
        raise TypeError(f"{path.name} holds no list")
    return values


class _LazyList(Sequence[str]):
    """A list of a file, read when it is first looked at: queries need no hashes."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")  # stays readable when the folder is removed

    @cached_property
    def _values(self) -> list[str]:
        with self._file:
            return list(json.load(self._file))

    def __len__(self) -> int:
        return len(self._values)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        return self._values[place]


def _array(path: Path) -> Any:
    try:
        with _ONE_HEADER_AT_A_TIME:
            return np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)
    except ValueError:  # an empty array cannot be mapped
        with _ONE_HEADER_AT_A_TIME:
            return np.load(path, allow_pickle=False)


def _mapped(path: Path) -> memoryview:
    with path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _faiss_index(path: Path) -> Any:
    import faiss

    path.stat()  # a missing file is told from an unreadable one
    return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
