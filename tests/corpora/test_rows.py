import datetime as dt
import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.mapping import Kind, fields_of
from corpora.records import Challenge, Record, Solution, SolutionKind, Territory, TerritoryKind
from corpora.row_errors import ERROR_COLUMNS, Problem, RowRejected
from corpora.rows import derived_id, to_record
from corpora.tables import Row
from tests.corpora.strategies import json_values, records


def _record(cells: dict[str, Any], kind: Kind = "challenge") -> Record:
    return to_record(Row(2, cells), kind, fields_of(cells, kind))


def _problems(cells: dict[str, Any], kind: Kind = "challenge") -> tuple[Problem, ...]:
    with pytest.raises(RowRejected) as refusal:
        _record(cells, kind)
    return refusal.value.problems


def test_a_french_row_becomes_a_challenge() -> None:
    assert _record(
        {
            "Réf.": "D-12",
            "Intitulé": "Détecter les fuites d’eau",
            "Contexte": "Le réseau perd 30 % de l’eau.",
            "Besoin": "Trouver les fuites avant qu’elles ne se voient.",
            "Organisme": "Ville de Sète",
            "SIREN": "213 403 017",
            "Code commune": "34301",
            "Commune": "Sète",
            "Département": "Hérault",
            "Thème(s)": "eau ; réseaux",
            "Budget": "450 k€",
            "TRL": "7",
            "Date limite": "31/12/2026",
            "Hébergement": "UE",
            "Écosystème": "JEDI",
            "Exigences": "sans tranchée\nen moins d’un jour",
            "Statut": "ouvert",
            "Couleur": "bleu",
        }
    ) == Challenge(
        id="D-12",
        title="Détecter les fuites d’eau",
        text="Le réseau perd 30 % de l’eau.\n\nTrouver les fuites avant qu’elles ne se voient.",
        language="fr",
        organisation="Ville de Sète",
        siren="213403017",
        territory=Territory(kind=TerritoryKind.COMMUNE, code="34301", name="Sète"),
        themes=("eau", "réseaux"),
        budget=450_000,
        trl_min=7,
        deadline=dt.date(2026, 12, 31),
        hosting="UE",
        ecosystem=("JEDI",),
        requirements=("sans tranchée", "en moins d’un jour"),
        status="open",
        extra={"Code commune": "34301", "Commune": "Sète", "Département": "Hérault", "Couleur": "bleu"},
    )


def test_an_english_row_becomes_a_solution() -> None:
    solution = _record(
        {"id": "s1", "Name": "LeakFinder", "Description": "We find the leaks of water networks with sensors.",
         "Company": "Leak Ltd", "Kind": "SME", "TRL": "TRL 6", "Price": "1,200,000", "Website": "https://leak.example"},
        "solution",
    )  # fmt: skip
    assert isinstance(solution, Solution)
    assert (solution.language, solution.kind, solution.trl, solution.price) == ("en", SolutionKind.SME, 6, 1_200_000)
    assert (solution.organisation, solution.url, solution.extra) == ("Leak Ltd", "https://leak.example", {})


@pytest.mark.parametrize(
    ("cells", "territory"),
    [
        ({"code INSEE": "1004"}, Territory(kind=TerritoryKind.COMMUNE, code="01004")),
        ({"code INSEE": "2a004"}, Territory(kind=TerritoryKind.COMMUNE, code="2A004")),
        ({"département": "Var"}, Territory(kind=TerritoryKind.DEPARTEMENT, name="Var")),
        ({"département": "83"}, Territory(kind=TerritoryKind.DEPARTEMENT, code="83")),
        ({"département": "83 - Var"}, Territory(kind=TerritoryKind.DEPARTEMENT, code="83", name="Var")),
        ({"département": "Var (83)"}, Territory(kind=TerritoryKind.DEPARTEMENT, code="83", name="Var")),
        ({"département": "974"}, Territory(kind=TerritoryKind.DEPARTEMENT, code="974")),
        (
            {"code département": 1, "département": "Ain"},
            Territory(kind=TerritoryKind.DEPARTEMENT, code="01", name="Ain"),
        ),
        ({"région": "Occitanie"}, Territory(kind=TerritoryKind.REGION, name="Occitanie")),
        ({"région": "Occitanie", "commune": "Sète"}, Territory(kind=TerritoryKind.COMMUNE, name="Sète")),
        ({"commune": "Toulon (83)"}, Territory(kind=TerritoryKind.COMMUNE, name="Toulon")),
        ({"ville": "83 - Toulon"}, Territory(kind=TerritoryKind.COMMUNE, name="Toulon")),
        ({"commune": "Toulon (83137)"}, Territory(kind=TerritoryKind.COMMUNE, code="83137", name="Toulon")),
        ({"commune": "83"}, Territory(kind=TerritoryKind.COMMUNE, name="83")),
        ({"territoire": "Pays de Gex"}, Territory(name="Pays de Gex")),
        ({"territoire": "Thau", "niveau": "EPCI"}, Territory(kind=TerritoryKind.EPCI, name="Thau")),
        ({"niveau": "EPCI", "département": "34"}, Territory(kind=TerritoryKind.DEPARTEMENT, code="34")),
        ({"niveau": "EPCI"}, Territory(kind=TerritoryKind.EPCI)),
        ({"territory": {"kind": "commune", "code": "34301"}}, Territory(kind=TerritoryKind.COMMUNE, code="34301")),
        ({"région": ""}, None),
    ],
)
def test_the_narrowest_place_is_the_territory(cells: dict[str, Any], territory: Territory | None) -> None:
    assert _record({"titre": "Eau"} | cells).territory == territory


@pytest.mark.parametrize("commune", ["Toulon (83)", "83 - Toulon"])
def test_a_departement_beside_the_name_of_a_commune_is_kept(commune: str) -> None:
    assert _record({"titre": "Eau", "commune": commune}).extra == {"departement": "83", "commune": commune}
    assert _record({"titre": "Eau", "commune": commune, "departement": "Var"}).extra["departement"] == "Var"


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert _problems({"titre": "", "budget": "beaucoup", "date limite": "31/02/2026", "trl": "12", "statut": "?"}) == (
        Problem("not_a_number", "budget", "beaucoup"),
        Problem("not_a_date", "date limite", "31/02/2026"),
        Problem("not_a_trl", "trl", "12"),
        Problem("not_a_status", "statut", "?"),
        Problem("missing", "titre"),
    )


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"titre": "x" * 2_001}, Problem("invalid", "titre", "x" * 2_001)),
        ({"titre": "Eau", "budget": "-5"}, Problem("invalid", "budget", "-5.0")),
        ({"titre": "Eau", "ref": "i" * 201}, Problem("invalid", "ref", "i" * 201)),
        ({"titre": "E\0u"}, Problem("nul_character", "titre", "E\0u")),
        ({"titre": ["Eau"]}, Problem("not_a_text", "titre", "['Eau']")),
        ({"titre": "Eau", "siren": "12"}, Problem("not_a_siren", "siren", "12")),
        (
            {"titre": "Eau", "territory": {"kind": "planet"}},
            Problem("not_a_territory", "territory", "{'kind': 'planet'}"),
        ),
        ({"titre": "Eau", "autre": "\ud800"}, Problem("not_unicode", "autre", "\ud800")),
    ],
)
def test_one_thing_wrong(cells: dict[str, Any], problem: Problem) -> None:
    assert _problems(cells) == (problem,)


def test_a_row_that_could_not_be_read_is_rejected_as_such() -> None:
    with pytest.raises(RowRejected) as refusal:
        to_record(Row(3, {"titre": "Eau"}, "too_many_cells", ("x",)), "challenge", {"titre": "title"})
    assert refusal.value.problems == (Problem("too_many_cells", None, "Eau"),)


def test_a_long_text_is_kept_whole() -> None:
    assert len(_record({"titre": "Eau", "texte": "eau " * 50_000}).text) == 199_999


def test_a_formula_stays_a_text() -> None:
    assert _record({"titre": "=cmd|' /C calc'!A0"}).heading == "=cmd|' /C calc'!A0"


def test_unknown_columns_are_kept_with_their_nests_and_without_the_reasons_of_a_rejects_file() -> None:
    reasons = dict.fromkeys(ERROR_COLUMNS, "x")
    nested = {"a": [1, None, {"b": dt.date(2026, 1, 2)}], "c": math.nan}
    record = _record({"titre": "Eau", "divers": nested, "vide": "", "nul": "a\0b", "garde": "'=1"} | reasons)
    assert record.extra == {"divers": {"a": [1, None, {"b": "2026-01-02"}], "c": None}, "nul": "ab", "garde": "=1"}


def test_nothing_is_no_value_but_zero_is() -> None:
    record = _record({"nom": "Eau", "prix": "0", "trl": None, "organisme": "NULL"}, "solution")
    assert isinstance(record, Solution)
    assert (record.price, record.trl, record.organisation) == (0.0, None, None)


def test_a_stated_language_is_not_detected() -> None:
    title = "Trouver les fuites d’eau dans le réseau"
    assert _record({"titre": title}).language == "fr"
    assert _record({"titre": title, "langue": "en"}).language == "en"
    assert _record({"titre": title, "langue": "de"}).language is None


def test_a_derived_id_depends_on_kind_organisation_and_heading_only() -> None:
    one = _record({"titre": "Détecter les fuites", "organisme": "Sète", "budget": "1"})
    same = _record({"Title": "detecter  LES fuites !", "organisme": "SETE", "budget": "2"})
    assert one.id == same.id == derived_id("challenge", "Sète", "Détecter les fuites")
    assert one.id.startswith("c-")
    others = {
        derived_id("solution", "Sète", "Détecter les fuites"),
        derived_id("challenge", "Agde", "Détecter les fuites"),
        derived_id("challenge", None, "Détecter les fuites"),
        derived_id("challenge", "Sète", "Détecter une fuite"),
        one.id,
    }
    assert len(others) == 5


@settings(deadline=None)
@given(records)
def test_numbers_days_and_words_of_our_own_json_are_read_back(record: Record) -> None:
    kind: Kind = "challenge" if isinstance(record, Challenge) else "solution"
    record = record.model_copy(update={"language": "fr"})
    read = _record(json.loads(record.model_dump_json()), kind)
    exact = {
        "budget",
        "trl_min",
        "deadline",
        "status",
        "kind",
        "trl",
        "price",
        "available",
        "siren",
        "published",
        "language",
    }
    for name in exact & set(type(record).model_fields):
        assert getattr(read, name) == getattr(record, name)


@settings(deadline=None, max_examples=200)
@given(
    st.dictionaries(
        st.sampled_from(["titre", "texte", "budget", "territory", "thème", "extra", "x", "date"]), json_values
    )
)
def test_any_cells_become_a_record_or_are_rejected(cells: dict[str, Any]) -> None:
    try:
        record = _record(cells | {"langue": "fr"})
    except RowRejected as refusal:
        assert refusal.problems
    else:
        assert Challenge.model_validate_json(record.model_dump_json()) == record
