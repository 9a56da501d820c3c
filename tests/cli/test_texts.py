"""Texts from options, files and stdin, in the encodings that people have."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.errors import InputRefused, WrongUsage
from cli.texts import read_text

FRENCH = "Détecter les fuites d’eau : « été comme hiver » — 30 %, 5 €"


def test_a_text_given_as_an_option_is_taken_as_it_is() -> None:
    assert read_text("  abc ", None) == "  abc "


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_found(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "need.txt"
    path.write_bytes(FRENCH.encode(encoding))
    assert read_text(None, str(path)) == FRENCH


@pytest.mark.parametrize("name", ["need.txt", "need.md", "need"])
def test_plain_text_has_these_names(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("abc", encoding="utf-8")
    assert read_text(None, str(tmp_path / name)) == "abc"


@pytest.mark.parametrize("name", ["need.docx", "need.pdf", "need.odt", "need.xlsx"])
def test_other_formats_are_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("abc", encoding="utf-8")
    with pytest.raises(InputRefused) as refusal:
        read_text(None, str(tmp_path / name))
    assert refusal.value.code == "not_plain_text"


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "need.txt").write_bytes(b"PK\x03\x04\0\0\0")
    with pytest.raises(InputRefused):
        read_text(None, str(tmp_path / "need.txt"))


def test_a_missing_file_and_a_folder_are_refused_with_the_reason(tmp_path: Path) -> None:
    for path, code in ((tmp_path / "missing.txt", "missing"), (tmp_path, "unreadable")):
        with pytest.raises(InputRefused) as refusal:
            read_text(None, str(path))
        assert refusal.value.code == code
        assert refusal.value.values["value"] == path


def test_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(FRENCH.encode()), encoding="utf-8"))
    assert read_text(None, "-") == FRENCH


def test_a_terminal_on_stdin_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal())
    with pytest.raises(WrongUsage):
        read_text(None, "-")


@given(st.text(st.characters(exclude_characters="\0\r\ufeff", exclude_categories=["Cs"]), min_size=1))
def test_any_utf_8_text_comes_back(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("texts") / "need.txt"
    path.write_bytes(text.encode())
    assert read_text(None, str(path)) == text
