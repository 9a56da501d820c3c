"""The per-user cache: folders built once, checked by checksum, and the checksums of large files."""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from models.errors import WeightsError

CHECKSUMS = "checksums.json"
KNOWN_HASHES = "hashes.json"
LARGE = 1 << 20
"""Bytes from which a checksum is worth remembering."""


def cache_folder() -> Path:
    """Folder of the per-user cache; ``MATCHER_CACHE`` overrides the system's place."""
    chosen = os.environ.get("MATCHER_CACHE")
    if chosen:
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_cache_dir("matcher"))


def build_once(folder: Path, build: Callable[[Path], None]) -> Path:
    """Return ``folder``, built by ``build`` beside it and renamed when it is missing or damaged.

    Two processes may do this at once: the first rename wins and the other's work is dropped.

    Raises:
        WeightsError: the folder cannot be written.
    """
    if is_intact(folder):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as work:
            fresh = Path(work) / "fresh"
            fresh.mkdir()
            build(fresh)
            write_checksums(fresh)
            _put_in_place(fresh, folder, Path(work) / "damaged")
    except OSError as error:
        raise WeightsError("unwritable", folder=folder, reason=error) from error
    return folder


def _put_in_place(fresh: Path, folder: Path, damaged: Path) -> None:
    if folder.exists() and not is_intact(folder):
        folder.rename(damaged)
    try:
        fresh.rename(folder)
    except OSError:
        if not is_intact(folder):  # otherwise another process was faster
            raise


def write_checksums(folder: Path) -> None:
    """Write size and SHA-256 of every file below ``folder``."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    entries = {
        path.relative_to(folder).as_posix(): {"size": path.stat().st_size, "sha256": _read_sha256(path)}
        for path in files
    }
    (folder / CHECKSUMS).write_text(json.dumps(entries, indent=1), encoding="utf-8")


def is_intact(folder: Path) -> bool:
    """Whether all files of ``folder`` have the checksums in its list.

    A large file that has not changed since it was last read (size and time) is not read again.
    """
    try:
        entries = json.loads((folder / CHECKSUMS).read_text(encoding="utf-8"))
        return all(_matches(folder / name, entry) for name, entry in entries.items())
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return False


def _matches(path: Path, entry: dict[str, object]) -> bool:
    return path.stat().st_size == entry["size"] and file_sha256(path) == entry["sha256"]


def file_sha256(path: Path) -> str:
    """SHA-256 of a file; that of a large one is remembered in the cache by path, size and time of change."""
    path = path.resolve()
    status = path.stat()
    if status.st_size < LARGE:
        return _read_sha256(path)
    stamp = [status.st_size, status.st_mtime_ns, status.st_ino]
    known = _known_hashes().get(str(path))
    if known and known[:3] == stamp:
        return str(known[3])
    sha256 = _read_sha256(path)
    _remember(str(path), [*stamp, sha256])
    return sha256


def _known_hashes() -> dict[str, list[object]]:
    try:
        known: dict[str, list[object]] = json.loads((cache_folder() / KNOWN_HASHES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known


def _remember(path: str, entry: list[object]) -> None:
    """Two processes may overwrite each other here: what is lost is only computed again."""
    folder = cache_folder()
    kept = {name: known for name, known in _known_hashes().items() if Path(name).exists()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=folder, prefix=".hashes.", delete=False) as file:
            json.dump(kept | {path: entry}, file)
        Path(file.name).replace(folder / KNOWN_HASHES)
    except OSError:
        return  # a cache that cannot be written costs time, nothing else


def _read_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
