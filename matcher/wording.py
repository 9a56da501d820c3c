"""Every sentence that the matcher words, in French and English.

The sentences live in ``matcher/messages/fr.toml`` and ``en.toml``; ``say`` finds one by its
code and fills it in. A value is written ``{name}`` or ``{name:format}``, the formats being::

    number euros date percent similarity      as the language writes them (Babel, loaded on first use)
    kind language verdict constraint …        a code worded by the table of that name
    plural_challenges plural_proposals …      a count with its noun, from the table [count]

A tuple is joined by commas; with ``|or`` (``{name|or}``, ``{name:format|or}``) by "ou" / "or".
"""

import datetime as dt
import re
import tomllib
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, Literal, TypeVar

from corpora.errors import CorporaError
from matcher.errors import MatcherError
from models.errors import ModelError

Fault = TypeVar("Fault", bound=MatcherError)
Lang = Literal["fr", "en"]
LANGUAGES: Final[tuple[Lang, ...]] = ("fr", "en")

_SLOT: Final = re.compile(r"\{(?P<name>\w+)(?::(?P<format>\w+))?(?P<either>\|or)?\}")
_LOCALE: Final[dict[Lang, str]] = {"fr": "fr_FR", "en": "en_GB"}
_OR: Final[dict[Lang, str]] = {"fr": " ou ", "en": " or "}
_UNKNOWN: Final[dict[Lang, str]] = {"fr": "non précisé", "en": "not stated"}
_FRENCH_SPACES: Final = ((" :", "\u00a0:"), ("« ", "«\u00a0"), (" »", "\u00a0»"), (" ;", "\u202f;"), (" ?", "\u202f?"),
                         (" !", "\u202f!"), ("n° ", "n°\u00a0"), ("TRL ", "TRL\u00a0"))  # fmt: skip


def as_lang(lang: str) -> Lang:
    """``lang`` when sentences exist in it.

    Raises:
        ValueError: the language is neither fr nor en.
    """
    for known in LANGUAGES:
        if lang == known:
            return known
    raise ValueError(f"no sentences in language {lang!r}: give fr or en")


def say(code: str, lang: str = "fr", **values: Any) -> str:
    """The sentence of this code, filled in.

    A sentence with a singular and a plural is chosen by the value ``count``.

    Raises:
        KeyError: no sentence has this code, or a value that it needs is missing.
        ValueError: an unknown language.
    """
    known = as_lang(lang)
    template = sentences(known).get(code)
    if template is None:
        number = "one" if _is_one(values["count"], known) else "other"
        template = sentences(known)[f"{code}.{number}"]

    def fill(slot: re.Match[str]) -> str:
        """The words for one slot of the template."""
        return _write(values[slot["name"]], slot["format"], bool(slot["either"]), known)

    return _SLOT.sub(fill, template)


def counted(noun: str, count: int, lang: str = "fr") -> str:
    """A count with its noun: 0 proposition, 1 proposition, 2 propositions."""
    return say(f"count.{noun}", lang, count=count)


def worded(table: str, code: str, lang: str = "fr") -> str:
    """The word for a code (``worded("kind", "sme")`` is PME), or the code itself when the table has none."""
    return sentences(as_lang(lang)).get(f"{table}.{code}", code)


def fault(kind: type[Fault], code: str, **values: Any) -> Fault:
    """An error that can be told in both languages: its message is the English sentence ``error.<code>``."""
    return kind(say(f"error.{code}", "en", **values), code, **values)


def explain(error: Exception, lang: str = "fr") -> str:
    """What went wrong and what to do: in the language where the error has a sentence, else its own message."""
    if isinstance(error, CorporaError | ModelError):
        return error.tell(as_lang(lang))
    code = getattr(error, "code", None)
    if isinstance(error, MatcherError) and code and f"error.{code}" in sentences(as_lang(lang)):
        return say(f"error.{code}", lang, **error.values)
    return str(error)


def wrong_value(error: Mapping[str, Any], lang: str = "fr") -> str:
    """What is wrong with a value, of one of the ``errors()`` of Pydantic; the value itself is not repeated."""
    code = f"field.{error['type']}"
    values = dict(error.get("ctx", {}))
    if "expected" in values:
        values["expected"] = str(values["expected"]).replace(" or ", _OR[as_lang(lang)])
    return say(code if code in sentences(as_lang(lang)) else "field.other", lang, **values)


@lru_cache(maxsize=2)
def sentences(lang: Lang) -> Mapping[str, str]:
    """All sentences of a language by dotted code."""
    tables = tomllib.loads(files("matcher").joinpath(f"messages/{lang}.toml").read_text(encoding="utf-8"))
    flat = dict(_flatten(tables))
    return {code: _unbreakable(text) for code, text in flat.items()} if lang == "fr" else flat


def _flatten(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, str):
            rows.append((prefix + key, value))
        else:
            rows += _flatten(value, f"{prefix}{key}.")
    return rows


def _unbreakable(text: str) -> str:
    for plain, unbreakable in _FRENCH_SPACES:
        text = text.replace(plain, unbreakable)
    return text


def _is_one(count: float, lang: Lang) -> bool:
    """French says one up to (not with) two, zero included; English for one alone."""
    return 0 <= count < 2 if lang == "fr" else count == 1


def _write(value: Any, form: str | None, either: bool, lang: Lang) -> str:
    if value is None or value in ("", ()):
        return _UNKNOWN[lang]
    if isinstance(value, tuple | list):
        parts = [_write(each, form, False, lang) for each in value]
        last = _OR[lang] if either else ", "
        return last.join(filter(None, (", ".join(parts[:-1]), parts[-1])))
    if form is None:
        return str(value)
    if form.startswith("plural_"):
        return counted(form.removeprefix("plural_"), value, lang)
    return _FORMATS[form](value, lang) if form in _FORMATS else worded(form, str(value), lang)


@lru_cache(maxsize=4096)
def number(value: float, lang: str = "fr") -> str:
    """A number with the separators of the language."""
    if isinstance(value, int) and 0 <= value < 1000:
        return str(value)  # by far the most common, and Babel takes 0.2 s to load
    from babel.numbers import format_decimal

    return format_decimal(value, locale=_LOCALE[as_lang(lang)])


@lru_cache(maxsize=4096)
def euros(value: float, lang: str = "fr") -> str:
    """An amount in euros, without cents when there are none: 450 000 €."""
    from babel.numbers import format_currency

    digits = 0 if float(value).is_integer() else 2
    pattern = {"fr": "#,##0{} ¤", "en": "¤#,##0{}"}[as_lang(lang)].format("." + "0" * digits if digits else "")
    return format_currency(value, "EUR", pattern, locale=_LOCALE[as_lang(lang)], currency_digits=False)


@lru_cache(maxsize=4096)
def date(value: dt.date, lang: str = "fr") -> str:
    """A day in full: 31 mai 2027."""
    from babel.dates import format_date

    text = format_date(value, "long", locale=_LOCALE[as_lang(lang)])
    return re.sub(r"^1 ", "1er ", text) if lang == "fr" else text


def percent(value: float, lang: str = "fr") -> str:
    """A share of 1 as a whole percentage, rounded down so that it shows no threshold that it misses, but not to 0."""
    whole = int(round(value * 100, 9))
    if value > 0:
        whole = max(whole, 1)
    return f"{whole}\u202f%" if lang == "fr" else f"{whole}%"


def similarity(value: float, lang: str = "fr") -> str:
    """A cosine with two decimals: 0,83."""
    return rounded(value, 2, lang)


def rounded(value: float, digits: int, lang: str = "fr") -> str:
    """A number with so many decimals."""
    text = f"{value:.{digits}f}"
    return text.replace(".", ",") if lang == "fr" else text


_FORMATS: Final[dict[str, Callable[[Any, str], str]]] = {
    "number": number,
    "euros": euros,
    "date": date,
    "percent": percent,
    "similarity": similarity,
}
