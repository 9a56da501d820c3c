import pytest

from matcher import stop_words
from matcher.folding import fold


@pytest.mark.parametrize("words", [stop_words.FRENCH, stop_words.ENGLISH])
def test_stop_words_are_folded_single_words(words: frozenset[str]) -> None:
    assert all(word == fold(word) and " " not in word for word in words)
    assert 100 < len(words) < 350


@pytest.mark.parametrize("word", ["or", "ete", "but", "nuit", "eau", "sol", "air", "mer", "pont", "feu", "sons"])
def test_french_things_stay(word: str) -> None:
    assert word not in stop_words.FRENCH


@pytest.mark.parametrize("word", ["car", "water", "fire", "air", "son", "pour", "power", "waste"])
def test_english_things_stay(word: str) -> None:
    assert word not in stop_words.ENGLISH


def test_a_text_of_unknown_language_leaves_out_the_words_of_both() -> None:
    assert {"les", "the", "deux", "two"} <= stop_words.BOTH
