"""Files that are either whole or not there: written beside their place, then moved into it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path to write; when the block ends well it takes the place of ``path``, else it is removed.

    Readers see the old file or the new one, never a part, whenever the process is killed.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text so that ``path`` holds all of it or what it held before."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
