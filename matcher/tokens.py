"""Text to terms: what the lexical index counts."""

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from matcher import stop_words

_ELISION: Final = re.compile(
    r"(?<![^\W_])(?:[cdjlmnst]|(?:jus|lors|puis|quoi|quel|pres)?qu)['’ʼ](?=[^\W_])", re.IGNORECASE
)
_BEEN: Final = re.compile(
    r"\b((?:ai|as?|ont|av(?:ons|ez|ai[st]|aient|oir|ions|iez)|aur(?:ai[st]?|as?|ons|ont|i?ez|ions|aient)"
    r"|a(?:it|ient|yant)|eût|eussent)\s+(?:(?:\w+ment|pas|plus|jamais|déjà|encore|aussi|ainsi|toujours|bien|donc)\s+)*)"
    r"été\b",
    re.IGNORECASE,
)
"""*Été* as in ``a été conçu``: no summer."""
_WORD: Final = re.compile(r"[^\W_]{2,}")
_STOP_WORDS: Final = {"fr": stop_words.FRENCH, "en": stop_words.ENGLISH}
_ALGORITHMS: Final = {"fr": "french", "en": "english"}
_LONGEST: Final = 40
"""Letters of a word that count: longer ones are cut (no word of French or English is)."""

_stemmers = threading.local()  # a PyStemmer object must not be shared between threads


def tokenize(text: str, language: str | None) -> list[str]:
    """The terms of ``text`` in its order, repeated as often as they occur.

    Compatibility forms are unified (``CO₂`` is ``co2``), elisions dropped (``l'eau`` is ``eau``), hyphened words
    split, stop words, *été* as a participle, bare numbers and single letters left out, words stemmed (Snowball; French
    when ``language`` is None), then accents folded: Snowball's French rules look at accents, so folding first costs
    nDCG.
    """
    return [term for term, _ in _terms(text, language)]


def terms_with_surface(text: str, language: str | None) -> dict[str, str]:
    """The distinct terms of ``text``, each with its first surface form as the text writes it."""
    found: dict[str, str] = {}
    for term, surface in _terms(text, language):
        found.setdefault(term, surface)
    return found


def _terms(text: str, language: str | None) -> Iterator[tuple[str, str]]:
    unified = unicodedata.normalize("NFKC", text)
    if language != "en" and "été" in unified.lower():
        unified = _BEEN.sub(r"\1", unified)  # before elisions: “a l’été” is a summer
    unified = _ELISION.sub(" ", unified)
    left_out = _STOP_WORDS.get(language or "", stop_words.BOTH)
    for surface in _WORD.findall(unified):
        term = _term(surface.lower()[:_LONGEST], language, left_out)
        if term:
            yield term, surface


@lru_cache(maxsize=1 << 17)
def _term(word: str, language: str | None, left_out: frozenset[str]) -> str:
    """The term of a lower-case word; empty for a stop word or a bare number."""
    if word.isdecimal() or _fold(word) in left_out:
        return ""
    stem: str = _stemmer(_ALGORITHMS.get(language or "", "french")).stemWord(word)
    return _fold(stem)


def _fold(word: str) -> str:
    if word.isascii():
        return word
    decomposed = unicodedata.normalize("NFKD", word.replace("œ", "oe").replace("æ", "ae"))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def _stemmer(algorithm: str) -> Any:
    stemmer = getattr(_stemmers, algorithm, None)
    if stemmer is None:
        import Stemmer

        stemmer = Stemmer.Stemmer(algorithm)
        setattr(_stemmers, algorithm, stemmer)
    return stemmer
