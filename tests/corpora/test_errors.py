"""Errors of ``corpora`` are told in both languages, with the same values."""

import re
import string

import pytest

from corpora.errors import UnreadableFile, _sentences


@pytest.mark.parametrize("code", sorted(_sentences()))
def test_both_languages_fill_in_the_same_values(code: str) -> None:
    def slots(lang: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(_sentences()[code][lang]) if name}

    assert slots("fr") == slots("en")


def test_the_message_is_the_english_sentence() -> None:
    error = UnreadableFile("folder", path="a/b")
    assert str(error) == error.tell("en") == "a/b is a folder. Name its files one by one."
    assert error.tell("fr") == "a/b est un dossier. Indiquez ses fichiers un par un."


def test_every_code_that_is_raised_has_sentences() -> None:
    from pathlib import Path

    import corpora

    folder = Path(corpora.__file__).parent
    errors = "UnreadableFile|UnwritableFile|MappingError|UnknownRecord|StoreError"
    raised = {
        code
        for path in folder.glob("*.py")
        for code in re.findall(rf'raise (?:{errors})\(\s*"(\w+)"', path.read_text("utf-8"))
    }
    assert raised - set(_sentences()) == set()
    assert {"folder", "empty", "unopened", "refused"} <= raised
