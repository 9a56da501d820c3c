"""Texts to sentences, French and English, by rules: full stops, line breaks, bullets, lists after semicolons."""

import re
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

Prose: TypeAlias = str | tuple[str, str]
"""A text, or its heading (title, name) and the text."""

MOST_SENTENCES: Final = 200
"""Sentences of one text that are compared: the first 200, about twelve pages."""

_ABBREVIATIONS: Final = frozenset(
    (
        "m mm mme mmes mlle mlles mgr me dr pr st ste art arts env ex p pp n no nos fig figs cf vol chap tél tel av bd "
        "réf ref approx mr mrs ms prof jr sr vs e.g i.e p.ex c.-à-d c.à.d éd ed dépt dept sté éts ets resp éq eq sec "
        "ann app tab nb"
    ).split()
)
_MAY_CLOSE: Final = frozenset({"no", "nos", "me", "p", "n", "app", "tab"})
"""Abbreviations spelled like a word: they are one only before a figure."""

_LINE: Final = re.compile(r"[\r\n\x0b\x0c\x85\u2028\u2029]+")
_BULLET: Final = re.compile(r"^\s*(?:[-–—•●▪◦‣·*✓➢►→]|\d{1,2}[.)]|[a-zA-Z][)])\s+")
_INLINE_BULLET: Final = re.compile(r"(?<!\s)\s++(?=[•●▪◦‣✓➢►]\s*)")
_END: Final = re.compile(r"(?:(?<![.!?…])[.!?…]++(?:\s?»)?+[”\"’')\]]*+|;)(?=\s)")
"""Possessive, and only from the first stop of a run: linear in the text, whatever it is."""
_LAST_WORD: Final = re.compile(r"([^\s(«“\"'’]*)$")
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_ENDED: Final = re.compile(r"[.!?…;»”\")\]]\s*$")
_OPENS: Final = re.compile(r"[«“\"'’(\[\s]*([^\W_])")


def split_sentences(text: str) -> list[str]:
    """The sentences of ``text`` in order, stripped, none empty; a line break or a bullet always ends one.

    A stop ends a sentence when what follows does not open with a small letter and what precedes is neither an
    abbreviation (``M.``, ``art.``, ``p. ex.``) nor an initial. A semicolon ends one only in enumerations
    (two or more on a line). Nothing but white space and bullets is lost.
    """
    return [sentence for sentence, _ in _sentences(text)]


def telling_sentences(prose: Prose) -> list[str]:
    """The distinct sentences that say something: four words or more, and no heading inside the text.

    Where the text has none, its heading (or the text as it is) stands for it. At most ``MOST_SENTENCES``, the first.
    """
    heading, text = parted(prose)
    sentences = _sentences(text)
    # A short line without a full stop is a heading; but not the first (a title, a slogan), nor one of a list.
    telling = (
        sentence for number, (sentence, listed) in enumerate(sentences) if _tells(sentence, whole=listed or not number)
    )
    found = list(dict.fromkeys(telling)) or [short for short in (heading.strip(), text.strip()) if short][:1]
    return found[:MOST_SENTENCES]


def parted(prose: Prose) -> tuple[str, str]:
    """Heading, which may be empty, and text."""
    return ("", prose) if isinstance(prose, str) else prose


def listed_after(text: str, introduces: Callable[[str], bool]) -> Iterator[str]:
    """The sentences of lists with bullets whose introduction, a line that ends with a colon, fulfils a condition."""
    introduced = False
    for sentence, listed in _sentences(text):
        if not listed:
            introduced = sentence.endswith(":") and introduces(sentence)
        elif introduced:
            yield sentence


def _sentences(text: str) -> list[tuple[str, bool]]:
    """The sentences of a text, each with whether a bullet stands before it."""
    lines = (part for line in _LINE.split(text) for part in _INLINE_BULLET.split(line))
    return [
        (sentence, bool(bullet))
        for line in lines
        for bullet in [_BULLET.match(line)]
        for sentence in _sentences_of(line[bullet.end() :] if bullet else line)
    ]


def _tells(sentence: str, *, whole: bool) -> bool:
    words = len(_WORD.findall(sentence))
    if words < 4 or sentence.isupper():
        return False
    return whole or words > 6 or bool(_ENDED.search(sentence))


def _sentences_of(line: str) -> list[str]:
    enumeration = line.count(";") > 1
    sentences: list[str] = []
    start = 0
    for end in _END.finditer(line):
        if _closes(line, end, enumeration=enumeration):
            sentences.append(line[start : end.end()].strip())
            start = end.end()
    sentences.append(line[start:].strip())
    return [sentence for sentence in sentences if sentence]


def _closes(line: str, end: re.Match[str], *, enumeration: bool) -> bool:
    """Whether the sign found at ``end`` ends its sentence."""
    mark = end.group()
    if mark == ";":
        return enumeration
    opening = _OPENS.match(line, end.end())
    if opening is None:
        return True
    if opening.group(1).islower():
        return False
    if mark != ".":
        return True
    return not _is_abbreviation(line[max(0, end.start() - 30) : end.start()], opening.group(1))


def _is_abbreviation(before: str, opening: str) -> bool:
    """Whether the word that ends ``before`` a stop is an abbreviation or an initial, given the next letter or digit."""
    found = _LAST_WORD.search(before)
    word = found.group(1) if found else ""
    if len(word) == 1 and word.isupper():
        return True
    known = word.casefold() in _ABBREVIATIONS
    return known and (word.casefold() not in _MAY_CLOSE or opening.isdigit())
