import datetime as dt
import math
import tomllib
from collections.abc import Callable
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora import values
from corpora.records import SolutionKind, TerritoryKind

CODES = set(tomllib.loads((files("corpora") / "row_errors.toml").read_text("utf-8")))
PARSERS: list[Callable[[Any], Any]] = [
    values.text,
    values.number,
    values.date,
    values.trl,
    values.siren,
    values.language,
    values.kind,
    values.territory_kind,
    values.several,
    values.status,
]


@pytest.mark.parametrize(
    ("cell", "euros"),
    [
        ("450000", 450_000),
        ("450 000,00 €", 450_000),
        ("450\u202f000\u00a0€", 450_000),
        ("450 k€", 450_000),
        ("450k", 450_000),
        ("1,2 M€", 1_200_000),
        ("1.250 M€", 1_250_000),
        ("3 Md€", 3e9),
        ("2 millions d’euros", 2_000_000),
        ("1 million d'euros", 1_000_000),
        ("450 000 euros TTC", 450_000),
        ("1200.5", 1_200.5),
        ("1200,5", 1_200.5),
        ("1.200.000", 1_200_000),
        ("1.200.000,50", 1_200_000.5),
        ("1,200,000.50", 1_200_000.5),
        ("450.000", 450_000),
        ("450,000", 450_000),
        ("1234.125", 1_234.125),
        ("1234,125", 1_234.125),
        (Decimal("1.250"), 1.25),
        ("0,125", 0.125),
        ("€450,000", 450_000),
        ("12 500 € HT", 12_500),
        ("0", 0),
        (0, 0),
        (450_000.5, 450_000.5),
        ("-5", -5),
        ("'-5", -5),
    ],
)
def test_amounts_as_people_write_them(cell: object, euros: float) -> None:
    assert values.number(cell) == pytest.approx(euros)


@pytest.mark.parametrize(
    "cell",
    [
        "beaucoup",
        "12 à 15",
        "1,2,3.4.5",
        "1.234.56",
        "12.345.67",
        "1,5,2",
        "12,34.5",
        "€",
        ",",
        "12 dollars",
        True,
        math.inf,
    ],
)
def test_no_amounts(cell: object) -> None:
    with pytest.raises(ValueError, match="^not_a_number$"):
        values.number(cell)


@given(st.integers(0, 10**9), st.integers(0, 99))
def test_an_amount_in_french_writing_is_read_back(euros: int, cents: int) -> None:
    french = f"{euros:,}".replace(",", "\u202f") + f",{cents:02} €"
    assert values.number(french) == pytest.approx(euros + cents / 100)


@pytest.mark.parametrize(
    "cell",
    [
        "31/12/2026",
        "31/12/26",
        "31-12-2026",
        "31.12.2026",
        "2026-12-31",
        "2026/12/31",
        "2026-12-31 00:00:00",
        "2026-12-31T10:30:00Z",
        "31/12/2026 10:30",
        "31 décembre 2026",
        "31 Decembre 2026",
        "31 December 2026",
        dt.date(2026, 12, 31),
        dt.datetime(2026, 12, 31, 10, tzinfo=dt.UTC),
    ],
)
def test_days_as_people_write_them(cell: object) -> None:
    assert values.date(cell) == dt.date(2026, 12, 31)


def test_the_first_of_a_month() -> None:
    assert values.date("1er mars 2027") == dt.date(2027, 3, 1)
    assert values.date("1er mars 27") == dt.date(2027, 3, 1)


@pytest.mark.parametrize("cell", ["bientôt", "31/02/2026", "fin 2026", "2026", "12/31/2026", "32 mars 2026", "3 mai"])
def test_no_days(cell: str) -> None:
    with pytest.raises(ValueError, match="^not_a_date$"):
        values.date(cell)


@given(st.dates(dt.date(1990, 1, 1), dt.date(2060, 12, 31)))
def test_a_day_in_french_writing_is_read_back(day: dt.date) -> None:
    assert values.date(day.strftime("%d/%m/%Y")) == values.date(day.isoformat()) == day


@pytest.mark.parametrize(
    ("cell", "level"), [("6", 6), ("TRL 6", 6), ("trl6", 6), ("6/9", 6), (6, 6), (6.0, 6), ("6,0", 6)]
)
def test_levels_of_readiness(cell: object, level: int) -> None:
    assert values.trl(cell) == level


@pytest.mark.parametrize("cell", ["0", "10", "mûr", "6-7", "6,5"])
def test_no_levels(cell: str) -> None:
    with pytest.raises(ValueError, match="^not_a_trl$"):
        values.trl(cell)


@pytest.mark.parametrize(
    "cell", ["349 203 760", "349203760", "349203760.0", 349203760, "34920376000012", "349.203.760"]
)
def test_sirens(cell: object) -> None:
    assert values.siren(cell) == "349203760"


@pytest.mark.parametrize("cell", ["#", "12345", "34920376A", "1234567890"])
def test_no_sirens(cell: str) -> None:
    with pytest.raises(ValueError, match="^not_a_siren$"):
        values.siren(cell)


def test_words_of_the_record() -> None:
    assert values.kind("Start-up") == SolutionKind.STARTUP
    assert values.kind("Laboratoire") == SolutionKind.LABORATORY
    assert values.kind("Chercheuse") == SolutionKind.SCIENTIST
    assert values.kind("PME") == SolutionKind.SME
    assert values.territory_kind("Département") == TerritoryKind.DEPARTEMENT
    assert values.territory_kind("Métropole") == TerritoryKind.EPCI
    assert [values.status(word) for word in ("Ouvert", "en cours", "clos", "Fermé")] == [
        "open",
        "open",
        "closed",
        "closed",
    ]
    assert [values.language(word) for word in ("Français", "EN", "de", "")] == ["fr", "en", "other", None]


@pytest.mark.parametrize(
    ("parse", "code"),
    [(values.kind, "not_a_kind"), (values.territory_kind, "not_a_territory_kind"), (values.status, "not_a_status")],
)
def test_other_words_are_refused(parse: Callable[[Any], Any], code: str) -> None:
    with pytest.raises(ValueError, match=f"^{code}$"):
        parse("autre chose")


def test_texts() -> None:
    assert values.text("  Eau  ") == "Eau"
    assert values.text(12.0) == "12"
    assert values.text("'=1+1") == "=1+1"
    assert values.text("=cmd|' /C calc'!A0") == "=cmd|' /C calc'!A0"
    assert values.text("'tis") == "'tis"
    assert [values.text(empty) for empty in (None, "", "  ", "NULL", "#N/A", math.nan)] == [None] * 6


@pytest.mark.parametrize(
    ("cell", "code"), [("a\0b", "nul_character"), ("a\ud800", "not_unicode"), (["a"], "not_a_text"), ({}, "not_a_text")]
)
def test_no_texts(cell: object, code: str) -> None:
    with pytest.raises(ValueError, match=f"^{code}$"):
        values.text(cell)


def test_several_values() -> None:
    assert values.several("eau ; énergie;eau\nair|") == ("eau", "énergie", "air")
    assert values.several(["eau", None, "air"]) == ("eau", "air")
    assert values.several("Numérique, technologies & co") == ("Numérique, technologies & co",)
    assert values.several(None) == ()


@given(st.text(max_size=40))
def test_folding_is_done_once(text: str) -> None:
    assert values.fold(values.fold(text)) == values.fold(text)


def test_folding_forgets_case_accents_and_punctuation() -> None:
    assert values.fold("  N° d’Échéance (max.) ") == values.fold("n° d'echeance max")


@given(
    st.text(max_size=30) | st.integers() | st.floats() | st.none() | st.booleans() | st.dates() | st.lists(st.text())
)
def test_any_cell_is_read_or_refused_with_a_known_code(cell: object) -> None:
    for parse in PARSERS:
        try:
            parse(cell)
        except ValueError as refusal:
            assert str(refusal) in CODES


def test_a_number_or_a_year_too_large_is_refused_like_any_other_wrong_value() -> None:
    with pytest.raises(ValueError, match="not_a_date"):
        values.date("1 mai 99999999999")
    assert values.number(10**400) == math.inf  # which no field of a record takes
