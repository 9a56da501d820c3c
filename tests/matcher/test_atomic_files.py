import os
from pathlib import Path

import pytest

from matcher.atomic_files import replacing, write_text


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_text_is_written_whole_with_plain_line_ends(tmp_path: Path) -> None:
    write_text(tmp_path / "page.html", "é\nligne\n")
    assert (tmp_path / "page.html").read_bytes() == "é\nligne\n".encode()
    assert names(tmp_path) == ["page.html"]


def test_the_old_file_is_read_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    write_text(path, "old")
    with replacing(path) as temporary:
        temporary.write_text("half", encoding="utf-8")
        assert path.read_text(encoding="utf-8") == "old"
        assert temporary.parent == path.parent
    assert path.read_text(encoding="utf-8") == "half"


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    write_text(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "half \ud800")
    assert path.read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["page.html"]


def test_a_block_that_writes_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "page.html"):
        pass
    assert names(tmp_path) == []


def test_two_processes_do_not_share_a_temporary_file(tmp_path: Path) -> None:
    with replacing(tmp_path / "page.html") as temporary:
        assert str(os.getpid()) in temporary.name
        temporary.write_text("x", encoding="utf-8")
