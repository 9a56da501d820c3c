"""The language of a text: French, English, or neither."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from lingua import LanguageDetector

_WORD = re.compile(r"[^\W\d_]+")
_LOOKED_AT = 4_000
_FEWEST_HITS = 4
_LEAST_SHARE = 0.2
_LEAD = 3

_FRENCH = frozenset(
    "le la les un une des du de et est sont dans pour par sur avec qui que ne pas plus ce cette ces nous vous ils "
    "elle leur leurs notre nos son ses au aux ou où mais donc afin ainsi être avoir d l qu s n c".split()
)
_ENGLISH = frozenset(
    "the a an and or is are was be been of to in for with on by at from that this these those which we our their its "
    "it they not as can will has have into more".split()
)
_NEIGHBOURS = frozenset("el los las y con por para il di che della e per não os uma".split())


def detect_language(text: str) -> Literal["fr", "en"] | None:
    """Return ``fr`` or ``en``, or None for another language or a text without words.

    Function words decide clear cases in microseconds; lingua decides the others, among the
    languages that a French network is likely to receive.
    """
    words = [word.lower() for word in _WORD.findall(text[:_LOOKED_AT])]
    if not words:
        return None
    french = sum(word in _FRENCH for word in words)
    english = sum(word in _ENGLISH for word in words)
    clear = max(french, english) >= max(_FEWEST_HITS, _LEAST_SHARE * len(words))
    if clear and french >= _LEAD * english and not _looks_spanish_or_italian(words):
        return "fr"
    if clear and english >= _LEAD * french:
        return "en"
    return _ask_lingua(text[:_LOOKED_AT])


def _looks_spanish_or_italian(words: list[str]) -> bool:
    """``la``, ``de``, ``que`` and ``un`` are no proof of French."""
    return sum(word in _NEIGHBOURS for word in words) * 10 > len(words)


def _ask_lingua(text: str) -> Literal["fr", "en"] | None:
    from lingua import Language

    found = _detector().detect_language_of(text)
    if found == Language.FRENCH:
        return "fr"
    return "en" if found == Language.ENGLISH else None


@lru_cache(maxsize=1)
def _detector() -> "LanguageDetector":
    from lingua import Language, LanguageDetectorBuilder

    languages = ("FRENCH", "ENGLISH", "GERMAN", "SPANISH", "ITALIAN", "PORTUGUESE", "DUTCH")
    return LanguageDetectorBuilder.from_languages(*(getattr(Language, name) for name in languages)).build()
