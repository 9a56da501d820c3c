"""Texts given on the command line: as an option, a file, or stdin (``-``)."""

import sys
from pathlib import Path

from cli.errors import InputRefused, WrongUsage

_PLAIN = {".txt", ".md", ""}


def read_text(text: str | None, file: str | None) -> str:
    """The text of ``--text`` or ``--file``.

    Raises:
        InputRefused: the file is no readable plain text.
        WrongUsage: stdin is a terminal, so that nothing would come.
    """
    if text is not None:
        return text
    if file == "-":
        if sys.stdin.isatty():
            raise WrongUsage("nothing_on_stdin")
        return _decode(sys.stdin.buffer.read(), "-")
    path = Path(file or "")
    if path.suffix.lower() not in _PLAIN:
        raise InputRefused("not_plain_text", value=path, suffix=path.suffix)
    try:
        return _decode(path.read_bytes(), str(path))
    except FileNotFoundError as error:
        raise InputRefused("missing", value=path) from error
    except OSError as error:
        raise InputRefused("unreadable", value=path, reason=error.strerror) from error


def _decode(content: bytes, name: str) -> str:
    if b"\0" in content[:1000] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputRefused("not_plain_text", value=name, suffix="?")
    for encoding in ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")
