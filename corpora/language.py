"""The language of a text: French, English, or neither."""

import re
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from lingua import LanguageDetector

_WORD = re.compile(r"[^\W\d_]{2,}")
_LOOKED_AT = 4_000
_LEAST_SHARE = 0.35
_LEAD = 3
_MOST_FOREIGN = 0.1
_FOREIGN = frozenset(
    "el los las para por una del il di che della gli dei nel não os uma und der das mit für von het een voor zijn "
    "naar els amb och att som nie jest".split()
)


def detect_language(text: str) -> Literal["fr", "en"] | None:
    """Return ``fr`` or ``en``, or None for another language or a text without words.

    The words that French has and English has not, and the reverse, decide clear cases in
    microseconds, a query of a few words too; lingua decides the others, among the languages
    that a French network is likely to receive. It takes a second to load and is loaded for them only.
    """
    words = [word.lower() for word in _WORD.findall(text[:_LOOKED_AT])]
    if not words:
        return None
    french = sum(word in _known("french") for word in words)
    english = sum(word in _known("english") for word in words)
    foreign = sum(word in _FOREIGN for word in words)
    enough = max(min(2, len(words)), _LEAST_SHARE * len(words))
    if foreign <= _MOST_FOREIGN * len(words):
        if french >= enough and french > _LEAD * english:
            return "fr"
        if english >= enough and english > _LEAD * french:
            return "en"
    return _ask_lingua(text[:_LOOKED_AT])


@lru_cache(maxsize=2)
def _known(language: Literal["french", "english"]) -> frozenset[str]:
    """Words that are twelve times as frequent in it as in the other, in the bundled open data."""
    return frozenset((files("corpora") / "languages" / f"{language}.txt").read_text("utf-8").split())


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
