import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.records import Solution, Territory, TerritoryKind
from matcher.errors import InvalidFilter
from matcher.folding import fold, holds_words
from matcher.territories import (
    DEPARTEMENTS,
    LEVELS,
    REGIONS,
    Place,
    best_of,
    compare,
    label,
    place,
    place_of,
    requested,
    resolve,
)


def solution(territory: Territory | None = None, **extra: object) -> Solution:
    return Solution(id="s", name="S", territory=territory, extra=extra)


def known(value: str) -> Place:
    found = resolve(value)
    assert found is not None
    return found


class TestTables:
    def test_101_departements_in_18_regions_each_in_one(self) -> None:
        held = [code for _, codes in REGIONS.values() for code in codes.split()]
        assert len(DEPARTEMENTS) == 101
        assert len(REGIONS) == 18
        assert sorted(held) == sorted(DEPARTEMENTS)

    def test_names_are_distinct_when_folded(self) -> None:
        assert len({fold(name) for name in DEPARTEMENTS.values()}) == 101
        assert len({fold(name) for name, _ in REGIONS.values()}) == 18


class TestResolve:
    @pytest.mark.parametrize(
        ("value", "level", "code"),
        [
            ("83", "departement", "83"),
            ("Var", "departement", "83"),
            ("Var (83)", "departement", "83"),
            ("83 - Var", "departement", "83"),
            ("RE", "departement", "974"),
            ("COTE D'OR", "departement", "21"),
            ("cotes d armor", "departement", "22"),
            ("2a", "departement", "2A"),
            ("Haute-Corse", "departement", "2B"),
            ("974", "departement", "974"),
            ("réunion", "departement", "974"),
            ("Saint-Pierre-et-Miquelon", "departement", "975"),
            ("93", "departement", "93"),
            ("region:93", "region", "93"),
            ("région:Occitanie", "region", "76"),
            ("Région:Mayotte", "region", "06"),
            ("provence alpes cote d'azur", "region", "93"),
            ("PACA", "region", "93"),
            ("Corse", "region", "94"),
            ("83137", "commune", "83137"),
            ("arrondissement:75108", "arrondissement", "75108"),
            ("commune:75108", "arrondissement", "75108"),
            ("2B033", "commune", "2B033"),
            ("97411", "commune", "97411"),
            ("248300543", "epci", "248300543"),
            ("FR", "country", "FR"),
            ("France", "country", "FR"),
            ("Allemagne", "country", "DE"),
            ("Germany", "country", "DE"),
            ("BE", "country", "BE"),
            ("UE", "union", "UE"),
            ("Union européenne", "union", "UE"),
        ],
    )
    def test_code_or_name(self, value: str, level: str, code: str) -> None:
        found = known(value)
        assert (found.level, found.code) == (level, code)

    @pytest.mark.parametrize(
        "value", ["", "  ", "99999", "20999", "Atlantide", "region:83", "ZZ", "123", "!!", "epci:Var", "31000", "2A000"]
    )
    def test_what_is_nowhere_gives_none(self, value: str) -> None:
        assert resolve(value) is None

    def test_a_user_is_told_the_value_and_what_is_accepted(self) -> None:
        with pytest.raises(InvalidFilter) as raised:
            requested("Atlantide")
        assert "“Atlantide”" in str(raised.value)
        assert "83, Var" in str(raised.value)
        assert raised.value.values == {"value": "Atlantide"}

    @pytest.mark.parametrize("code", DEPARTEMENTS)
    def test_a_departement_by_code_and_name_is_one_place(self, code: str) -> None:
        assert resolve(code) == resolve(DEPARTEMENTS[code]) == resolve(DEPARTEMENTS[code].upper())

    @given(st.text(max_size=20))
    def test_any_text_is_a_place_or_none(self, value: str) -> None:
        found = resolve(value)
        assert found is None or found.level in LEVELS


class TestHierarchy:
    @pytest.mark.parametrize(
        ("commune", "departement", "region"),
        [
            ("83137", "83", "93"),
            ("2A004", "2A", "94"),
            ("97411", "974", "04"),
            ("01004", "01", "84"),
            ("75056", "75", "11"),
            ("69381", "69", "84"),
        ],
    )
    def test_a_commune_lies_in_its_departement_and_region(self, commune: str, departement: str, region: str) -> None:
        codes = dict(known(commune).codes)
        assert (codes["departement"], codes["region"]) == (departement, region)
        assert (codes["country"], codes["union"]) == ("FR", "UE")

    def test_a_collectivity_is_french_and_in_no_region(self) -> None:
        assert dict(known("988").codes) == {"departement": "988", "country": "FR", "union": "UE"}

    def test_a_country_outside_the_union(self) -> None:
        assert dict(place("country", "CH").codes)["union"] == "outside"


class TestCompare:
    @pytest.mark.parametrize(
        ("asked", "found", "outcome"),
        [
            ("83", "83137", "within"),
            ("83", "83", "within"),
            ("83", "31555", "apart"),
            ("13055", "13208", "within"),
            ("69123", "69381", "within"),
            ("75", "75120", "within"),
            ("75108", "75056", "covers"),
            ("75108", "75109", "apart"),
            ("75056", "13208", "apart"),
            ("PACA", "83137", "within"),
            ("83137", "83", "covers"),
            ("83137", "PACA", "covers"),
            ("83", "FR", "covers"),
            ("83137", "83050", "apart"),
            ("83", "06", "apart"),
            ("FR", "83137", "within"),
            ("UE", "DE", "within"),
            ("UE", "CH", "apart"),
            ("FR", "UE", "covers"),
            ("DE", "83", "apart"),
            ("248300543", "83137", "unknown"),
            ("83", "248300543", "unknown"),
            ("FR", "248300543", "within"),
            ("248300543", "200054807", "apart"),
            ("974", "region:04", "covers"),
            ("region:04", "974", "within"),
        ],
    )
    def test_outcome(self, asked: str, found: str, outcome: str) -> None:
        assert compare(known(asked), known(found)) == outcome

    def test_nothing_known_is_unknown(self) -> None:
        assert compare(known("83"), None) == "unknown"

    @given(
        st.sampled_from([*DEPARTEMENTS, "Occitanie", "Bretagne", "FR", "BE", "CH", "UE", "83137", "31555", "248300543"])
    )
    def test_a_place_is_within_itself(self, value: str) -> None:
        assert compare(known(value), known(value)) == "within"

    @given(
        st.sampled_from([*DEPARTEMENTS, "83137", "31555", "FR", "DE", "UE", "Occitanie", "248300543"]),
        st.sampled_from([*DEPARTEMENTS, "83137", "31555", "FR", "DE", "UE", "Occitanie", "248300543"]),
    )
    def test_turned_round(self, one: str, other: str) -> None:
        turned = {"apart": "apart", "unknown": "unknown", "covers": "within"}
        outcome = compare(known(one), known(other))
        if outcome == "within" and one != other:
            assert compare(known(other), known(one)) == "covers"
        elif outcome != "within":
            assert compare(known(other), known(one)) == turned[outcome]

    def test_the_best_of_several_wins(self) -> None:
        found = known("83137")
        assert best_of([known("31"), known("PACA")], found) == "within"
        assert best_of([known("31"), known("248300543")], found) == "unknown"
        assert best_of([known("31"), known("06")], found) == "apart"


class TestPlaceOf:
    def test_by_code(self) -> None:
        found = place_of(solution(Territory(kind=TerritoryKind.COMMUNE, code="31161", name="Deyme")))
        assert found == known("31161")

    def test_by_name_when_there_is_no_code(self) -> None:
        assert place_of(solution(Territory(kind=TerritoryKind.REGION, name="Occitanie"))) == known("Occitanie")

    def test_without_kind(self) -> None:
        assert place_of(solution(Territory(name="var"))) == known("83")

    def test_a_region_whose_code_is_also_a_departements(self) -> None:
        assert place_of(solution(Territory(kind=TerritoryKind.REGION, code="75"))) == known("Nouvelle-Aquitaine")

    def test_a_foreign_country(self) -> None:
        found = place_of(solution(Territory(kind=TerritoryKind.COUNTRY, code="us", name="États-Unis")))
        assert found is not None
        assert dict(found.codes) == {"country": "US", "union": "outside"}

    def test_a_commune_known_by_name_only_is_at_least_french(self) -> None:
        found = place_of(solution(Territory(kind=TerritoryKind.COMMUNE, name="Trifouilly")))
        assert compare(known("FR"), found) == "within"
        assert compare(known("83"), found) == "unknown"
        assert compare(known("83137"), found) == "unknown"

    def test_columns_that_the_record_kept_complete_it(self) -> None:
        commune = Territory(kind=TerritoryKind.COMMUNE, code="83137")
        found = place_of(solution(commune, EPCI="248300543"))
        assert compare(known("248300543"), found) == "within"
        assert compare(known("200054807"), found) == "apart"
        epci = place_of(solution(Territory(kind=TerritoryKind.EPCI, name="Agglo"), Département="34"))
        assert compare(known("Occitanie"), epci) == "within"
        assert compare(known("75"), epci) == "apart"

    @pytest.mark.parametrize("column", ["code departement", "departement_code", "Dept", "dep", "Département"])
    def test_a_departement_is_read_from_its_usual_columns(self, column: str) -> None:
        commune = Territory(kind=TerritoryKind.COMMUNE, name="Toulon")
        for said in ("83", "Var", "Var (83)"):
            assert compare(known("83"), place_of(solution(commune, **{column: said}))) == "within"

    @pytest.mark.parametrize("code", ["FRA", "RE", "GP", "metropole"])
    def test_a_country_written_otherwise_does_not_put_france_outside(self, code: str) -> None:
        found = place_of(solution(Territory(kind=TerritoryKind.COUNTRY, code=code, name="France")))
        assert compare(known("FR"), found) == "within"

    def test_the_territory_wins_over_a_column_that_disagrees(self) -> None:
        found = place_of(solution(Territory(kind=TerritoryKind.COMMUNE, code="83137"), region="Bretagne"))
        assert compare(known("PACA"), found) == "within"

    @pytest.mark.parametrize("territory", [None, Territory(), Territory(name="au bout du monde")])
    def test_nothing_said_is_none(self, territory: Territory | None) -> None:
        assert place_of(solution(territory)) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("83", "Var (83)"),
        ("occitanie", "Occitanie"),
        ("83137", "83137"),
        (" FR ", "FR"),
        ("region:93", REGIONS["93"][0]),
    ],
)
def test_label(value: str, text: str) -> None:
    assert label(value) == text


class TestFolding:
    def test_accents_case_and_punctuation(self) -> None:
        assert fold("  Côte-d’OR ") == "cote d or"
        assert fold("Œuvre — nº1") == "oeuvre no1"

    @given(st.text())
    def test_folding_twice_changes_nothing(self, text: str) -> None:
        assert fold(fold(text)) == fold(text)

    def test_whole_words_only(self) -> None:
        assert holds_words("Gestion de l'Eau", "eau")
        assert not holds_words("Bureautique", "eau")
        assert holds_words("Transition énergétique des bâtiments", "TRANSITION ENERGETIQUE")


def test_an_overseas_collectivity_is_no_region() -> None:
    found = place_of(solution(Territory(kind=TerritoryKind.REGION, name="Nouvelle-Calédonie")))
    assert found
    assert found.codes == (("country", "FR"), ("union", "UE"))
