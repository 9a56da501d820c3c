"""Cells as people write them, read as values.

Each function returns the value, None for an empty cell, and raises ``ValueError`` with a code of
``row_errors.toml`` for a cell that it cannot read.
"""

import datetime as dt
import math
import re
import unicodedata
from contextlib import suppress
from decimal import Decimal
from typing import Any, Literal

from corpora.records import SolutionKind, TerritoryKind

_SPACES = re.compile(r"[\s\u00a0\u202f\u2009'’]+")
_AMOUNT = re.compile(
    r"^€?(?P<number>-?[\d.,]+)(?P<unit>k|m|md|million|millions|milliers|mille)?(?:(?:d|de)?euros?|€|eur)?(?:ht|ttc)?$"
)
_UNITS = {"k": 1e3, "mille": 1e3, "milliers": 1e3, "m": 1e6, "million": 1e6, "millions": 1e6, "md": 1e9}
_DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%Y/%m/%d")
_MONTHS = {
    "janvier": 1, "fevrier": 2, "mars": 3, "avril": 4, "mai": 5, "juin": 6,
    "juillet": 7, "aout": 8, "septembre": 9, "octobre": 10, "novembre": 11, "decembre": 12,
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6,
    "july": 7, "august": 8, "september": 9, "october": 10, "november": 11, "december": 12,
}  # fmt: skip
_EMPTY = {"", "NULL", "null", "NaN", "nan", "N/A", "n/a", "#N/A", "#N/D"}
FORMULA_STARTS = {"=", "+", "-", "@"}
OTHER_LANGUAGE: Literal["other"] = "other"
_CODE = r"(?:2[AaBb]|\d{2,3}|(?:2[AaBb]|\d\d)\d{3})"
_CODE_IN_NAME = re.compile(
    rf"^(?:(?P<alone>{_CODE})|(?P<first>{_CODE})\s*[-–:]\s*(?P<after>\D.*)|(?P<before>.*\S)\s*\((?P<last>{_CODE})\))$"
)
_TRL = re.compile(r"^(?:trl)?\s*([1-9])(?:[.,]0+)?(?:\s*/\s*9)?$")
_LANGUAGES: dict[str, Literal["fr", "en"]] = {
    "fr": "fr", "fra": "fr", "francais": "fr", "french": "fr",
    "en": "en", "eng": "en", "anglais": "en", "english": "en",
}  # fmt: skip
_KINDS = {
    SolutionKind.STARTUP: "startup start-up jeunepousse jei",
    SolutionKind.LABORATORY: "laboratory lab labo laboratoire umr universite",
    SolutionKind.SCIENTIST: "scientist scientifique chercheur chercheuse researcher doctorant",
    SolutionKind.SME: "sme pme tpe eti",
}
_KIND_BY_WORD = {word.replace("-", ""): kind for kind, words in _KINDS.items() for word in words.split()}
_TERRITORY_KINDS = {
    TerritoryKind.COMMUNE: "commune ville municipality",
    TerritoryKind.EPCI: "epci intercommunalite metropole agglomeration syndicat",
    TerritoryKind.DEPARTEMENT: "departement department",
    TerritoryKind.REGION: "region",
    TerritoryKind.COUNTRY: "country pays",
}
_TERRITORY_BY_WORD = {word: kind for kind, words in _TERRITORY_KINDS.items() for word in words.split()}


def fold(text: str) -> str:
    """Lower case without accents, punctuation or spaces: how column names and words are compared."""
    plain = unicodedata.normalize("NFKD", text.lower())
    return "".join(character for character in plain if character.isalnum())


def whole(value: str) -> str:
    """A text that UTF-8 can hold, without the apostrophe that guards a formula in exported tables."""
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("not_unicode")
    return value[1:] if value[:1] == "'" and value[1:].lstrip()[:1] in FORMULA_STARTS else value


def text(cell: Any) -> str | None:
    """A text; None for an empty cell, however the exporting program words it."""
    if cell is None:
        return None
    if isinstance(cell, (list, dict, tuple)):
        raise ValueError("not_a_text")
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    value = whole(str(cell).strip()).strip()
    if "\0" in value:
        raise ValueError("nul_character")
    return None if value in _EMPTY else value


def number(cell: Any) -> float | None:
    """An amount: ``450 000,00 €``, ``450 k€``, ``1,2 M€``, ``1.200.000``, ``1200.5``."""
    if isinstance(cell, (int, float, Decimal)) and not isinstance(cell, bool):
        with suppress(OverflowError):
            if math.isfinite(cell):
                return float(cell)
    value = text(cell)
    if value is None:
        return None
    match = _AMOUNT.match(_SPACES.sub("", value).lower())
    if match is None:
        raise ValueError("not_a_number")
    try:
        return float(_point(match["number"], in_units=match["unit"] is not None)) * _UNITS.get(match["unit"] or "", 1.0)
    except ValueError:
        raise ValueError("not_a_number") from None


def _point(digits: str, *, in_units: bool) -> str:
    """Digits with a decimal point.

    The last separator is the decimal mark, unless it is repeated or parts exactly three last digits
    of plain euros (``450.000``, ``450,000``), where nobody writes thousandths, after at most three (not ``1234.125``).
    """
    last = max(digits.rfind(","), digits.rfind("."))
    if last < 0:
        return digits
    mark, decimals = digits[last], digits[last + 1 :]
    other = "." if mark == "," else ","
    before = digits[:last].lstrip("-")
    grouped = len(decimals) == 3 and len(before) <= 3 and not before.startswith("0")
    thousands = grouped and other not in digits and not in_units
    if digits.count(mark) > 1 or thousands:
        return _ungrouped(digits, mark)
    return (_ungrouped(digits[:last], other) if other in digits else digits[:last]) + "." + decimals


def _ungrouped(digits: str, mark: str) -> str:
    """Digits without the mark between groups of three; ``1.23.4`` is no number."""
    if not re.fullmatch(rf"-?\d{{1,3}}(?:{re.escape(mark)}\d{{3}})+", digits):
        raise ValueError("not_a_number")
    return digits.replace(mark, "")


def date(cell: Any) -> dt.date | None:
    """A day: ``31/12/2026``, ``2026-12-31``, ``31 décembre 2026``, with or without a time."""
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    value = text(cell)
    if value is None:
        return None
    day = re.split(r"[T ](?=\d{1,2}:)", value)[0]
    for form in _DATES:
        try:
            return dt.datetime.strptime(day, form).date()  # noqa: DTZ007  a day has no zone
        except ValueError:
            continue
    return _worded_date(day)


def _worded_date(day: str) -> dt.date:
    parts = day.replace("1er", "1").split()
    try:
        year = int(parts[2])
        return dt.date(year + 2000 if year < 100 else year, _MONTHS[fold(parts[1])], int(parts[0]))
    except (IndexError, KeyError, ValueError, OverflowError):
        raise ValueError("not_a_date") from None


def trl(cell: Any) -> int | None:
    """A technology readiness level: ``6``, ``TRL 6``, ``6/9``."""
    value = text(cell)
    if value is None:
        return None
    match = _TRL.match(value.lower())
    if match is None:
        raise ValueError("not_a_trl")
    return int(match[1])


def siren(cell: Any) -> str | None:
    """A SIREN of nine digits, or the SIREN within a SIRET."""
    value = text(cell)
    if value is None:
        return None
    digits = re.sub(r"[\s\u00a0\u202f.]", "", value.removesuffix(".0"))
    if not digits.isdigit() or len(digits) not in {9, 14}:
        raise ValueError("not_a_siren")
    return digits[:9]


def language(cell: Any) -> Literal["fr", "en", "other"] | None:
    """A language by its name or code; ``OTHER_LANGUAGE`` for one that is neither French nor English."""
    value = text(cell)
    return _LANGUAGES.get(fold(value), OTHER_LANGUAGE) if value else None


def kind(cell: Any) -> SolutionKind | None:
    """Who proposes a solution."""
    value = text(cell)
    if value is None:
        return None
    try:
        return _KIND_BY_WORD[fold(value)]
    except KeyError:
        raise ValueError("not_a_kind") from None


def territory_kind(cell: Any) -> TerritoryKind | None:
    """A level of territory."""
    value = text(cell)
    if value is None:
        return None
    try:
        return _TERRITORY_BY_WORD[fold(value)]
    except KeyError:
        raise ValueError("not_a_territory_kind") from None


def code_within(name: str) -> tuple[str | None, str | None]:
    """Name and code of a place written ``Var``, ``83``, ``83 - Var`` or ``Var (83)``."""
    match = _CODE_IN_NAME.match(name)
    if match is None:
        return name, None
    parts = match.groupdict()
    return parts["after"] or parts["before"], parts["first"] or parts["last"] or parts["alone"]


def several(cell: Any) -> tuple[str, ...]:
    """Several values: a list, or a text parted by ``;``, ``|`` or line breaks."""
    parts = cell if isinstance(cell, (list, tuple)) else re.split(r"[;|\n]", text(cell) or "")
    return tuple(dict.fromkeys(part for part in map(text, parts) if part))


def status(cell: Any) -> Literal["open", "closed"] | None:
    """Whether a challenge is still open."""
    value = text(cell)
    if value is None:
        return None
    word = fold(value)
    if word in {"open", "ouvert", "ouverte", "encours"}:
        return "open"
    if word in {"closed", "clos", "close", "ferme", "fermee", "termine"}:
        return "closed"
    raise ValueError("not_a_status")
