"""Errors of ``models`` are told in both languages, with the same values."""

from pathlib import Path

import pytest

import models
from matcher.wording import explain
from models.errors import WeightsError, _sentences
from tests.told import raised_codes, slots


@pytest.mark.parametrize("code", sorted(_sentences()))
def test_both_languages_fill_in_the_same_values(code: str) -> None:
    sentence = _sentences()[code]
    assert slots(sentence["fr"]) == slots(sentence["en"])


def test_the_message_is_the_english_sentence() -> None:
    error = WeightsError("unwritable", folder="a/b", reason="no space left")
    assert (
        str(error) == error.tell("en") == "The model folder a/b cannot be written (no space left). Set MATCHER_CACHE."
    )
    assert explain(error, "fr") == error.tell("fr")
    assert error.tell("fr").startswith("Le dossier du modèle a/b ne peut pas être écrit (no space left).")


def test_every_code_that_is_raised_has_sentences_and_every_sentence_is_used() -> None:
    raised = raised_codes(Path(models.__file__).parent, ("WeightsError", "EncoderError"))
    assert raised == set(_sentences())
