"""Errors of ``corpora`` are told in both languages, with the same values."""

from pathlib import Path

import pytest

import corpora
from corpora.errors import UnreadableFile, _sentences
from tests.told import raised_codes, slots


@pytest.mark.parametrize("code", sorted(_sentences()))
def test_both_languages_fill_in_the_same_values(code: str) -> None:
    sentence = _sentences()[code]
    assert slots(sentence["fr"]) == slots(sentence["en"])


def test_the_message_is_the_english_sentence() -> None:
    error = UnreadableFile("folder", path="a/b")
    assert str(error) == error.tell("en") == "a/b is a folder. Name its files one by one."
    assert error.tell("fr") == "a/b est un dossier. Indiquez ses fichiers un par un."


def test_every_code_that_is_raised_has_sentences() -> None:
    kinds = ("UnreadableFile", "UnwritableFile", "MappingError", "UnknownRecord", "StoreError")
    raised = raised_codes(Path(corpora.__file__).parent, kinds)
    assert raised - set(_sentences()) == set()
    assert {"folder", "empty", "unopened", "refused"} <= raised
