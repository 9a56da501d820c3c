import datetime as dt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.records import Challenge, Solution, SolutionKind, Territory, TerritoryKind
from matcher.eligibility import EligibilityTable, check_filters, judge, judge_challenge
from matcher.errors import InvalidFilter
from matcher.filters import Filters
from matcher.results import Eligibility, Reason

DAYS = [dt.date(2026, 12, 31), dt.date(2027, 5, 31), dt.date(2027, 9, 30)]
TOULON = Territory(kind=TerritoryKind.COMMUNE, code="83137", name="Toulon")
THEMES = ["eau", "Gestion de l'eau", "Énergie", "feux de forêt", "bureautique"]
TERRITORIES = ["83", "Var", "Occitanie", "31555", "FR", "UE", "248300543"]


def solution(**values: Any) -> Solution:
    return Solution(**{"id": "s1", "name": "Sonde", **values})


def challenge(**values: Any) -> Challenge:
    return Challenge(**{"id": "c1", "title": "Défi", **values})


def only_reason(eligibility: Eligibility) -> Reason:
    assert len(eligibility.reasons) == 1
    return eligibility.reasons[0]


def some(values: list[Any]) -> st.SearchStrategy[Any]:
    return st.none() | st.sampled_from(values)


def several(values: list[Any]) -> st.SearchStrategy[Any]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


TERRITORY = some([
    TOULON,
    Territory(kind=TerritoryKind.REGION, name="Occitanie"),
    Territory(kind=TerritoryKind.EPCI, code="248300543"),
    Territory(kind=TerritoryKind.COUNTRY, code="DE"),
    Territory(name="quelque part"),
])  # fmt: skip
SHARED = {
    "language": some(["fr", "en"]),
    "themes": several(THEMES),
    "territory": TERRITORY,
    "ecosystem": several(["JEDI", "i-Lab"]),
    "hosting": some(["FR", "UE", "US", "SecNumCloud"]),
}
SOLUTIONS = st.builds(
    solution,
    id=st.sampled_from(["a", "b", "c"]),
    kind=some(list(SolutionKind)),
    trl=some([3, 5, 7]),
    price=some([0.0, 100_000.0, 450_000.0]),
    available=some(DAYS),
    **SHARED,
)
CHALLENGES = st.builds(
    challenge,
    id=st.sampled_from(["a", "b", "c"]),
    trl_min=some([3, 5, 7]),
    budget=some([100_000.0, 450_000.0]),
    deadline=some(DAYS),
    **SHARED,
)
ASKED = {
    "theme": several(["eau", "energie", "Forêt"]),
    "territory": several(TERRITORIES),
    "language": several(["fr", "en"]),
    "trl_min": some([3, 5, 7]),
    "budget_max": some([100_000.0, 450_000.0]),
    "deadline": some(DAYS),
    "ecosystem": several(["jedi", "I-LAB"]),
    "only": several(["a", "b"]),
    "without": several(["a", "b"]),
    "strict": st.booleans(),
}
FILTERS = st.builds(Filters, kind=several(list(SolutionKind)), **ASKED)
FILTERS_OF_CHALLENGES = st.builds(Filters, **ASKED)


class TestEachFilter:
    @pytest.mark.parametrize(
        ("filters", "values", "verdict"),
        [
            ({"kind": ("startup", "sme")}, {"kind": "sme"}, "met"),
            ({"kind": ("startup",)}, {"kind": "sme"}, "not_met"),
            ({"kind": ("startup",)}, {}, "unknown"),
            ({"theme": ("EAU",)}, {"themes": ("Énergie", "Gestion de l'eau")}, "met"),
            ({"theme": ("energie",)}, {"themes": ("Énergie",)}, "met"),
            ({"theme": ("eau",)}, {"themes": ("bureautique",)}, "not_met"),
            ({"theme": ("eau",)}, {}, "unknown"),
            ({"territory": ("Var",)}, {"territory": TOULON}, "met"),
            ({"territory": ("83050",)}, {"territory": Territory(kind="departement", code="83")}, "met"),
            ({"territory": ("31", "Bretagne")}, {"territory": TOULON}, "not_met"),
            ({"territory": ("31",)}, {"territory": Territory(kind="epci", code="248300543")}, "unknown"),
            ({"territory": ("31",)}, {}, "unknown"),
            ({"language": ("en",)}, {"language": "en"}, "met"),
            ({"language": ("en",)}, {"language": "fr"}, "not_met"),
            ({"language": ("en",)}, {}, "unknown"),
            ({"trl_min": 7}, {"trl": 7}, "met"),
            ({"trl_min": 7}, {"trl": 6}, "not_met"),
            ({"trl_min": 7}, {}, "unknown"),
            ({"budget_max": 1000}, {"price": 1000}, "met"),
            ({"budget_max": 0}, {"price": 0.01}, "not_met"),
            ({"budget_max": 1000}, {}, "unknown"),
            ({"deadline": DAYS[1]}, {"available": DAYS[1]}, "met"),
            ({"deadline": DAYS[1]}, {"available": DAYS[2]}, "not_met"),
            ({"deadline": DAYS[1]}, {}, "unknown"),
            ({"ecosystem": ("I-LAB",)}, {"ecosystem": ("JEDI", "i-Lab")}, "met"),
            ({"ecosystem": ("lab",)}, {"ecosystem": ("i-Lab",)}, "not_met"),
            ({"ecosystem": ("jedi",)}, {}, "unknown"),
            ({"only": ("s1", "s2")}, {}, "met"),
            ({"only": ("s2",)}, {}, "not_met"),
            ({"without": ("s2",)}, {}, "met"),
            ({"without": ("s1",)}, {}, "not_met"),
        ],
    )
    def test_verdict(self, filters: dict[str, Any], values: dict[str, Any], verdict: str) -> None:
        asked = Filters(**filters)
        reason = only_reason(judge(solution(**values), asked))
        assert reason.constraint == next(iter(filters))
        assert reason.verdict == verdict
        assert reason.message
        assert judge(solution(**values), asked).eligible is (verdict != "not_met")
        assert judge(solution(**values), asked.model_copy(update={"strict": True})).eligible is (verdict == "met")

    def test_no_filter_gives_no_reason(self) -> None:
        assert judge(solution(), Filters(strict=True)) == Eligibility(eligible=True, reasons=())

    def test_the_values_compared_are_in_the_reason(self) -> None:
        reason = only_reason(judge(solution(trl=5), Filters(trl_min=7)))
        assert (reason.required, reason.found) == (7, 5)
        assert reason.message.replace("\u00a0", " ") == "TRL 5 : inférieur au minimum demandé (7)"

    def test_a_territory_is_shown_with_its_name(self) -> None:
        reason = only_reason(judge(solution(territory=TOULON), Filters(territory=("31",)), "en"))
        assert reason.required == ["31"]
        assert reason.message == "Territory: Toulon (83137), outside Haute-Garonne (31)"

    def test_a_place_known_by_a_column_alone_is_shown_too(self) -> None:
        for column, value, shown in (
            ("region", "Bretagne", "Bretagne"),
            ("epci", "243500139", "243500139"),
            ("departement", "35", "Ille-et-Vilaine (35)"),
        ):
            reason = only_reason(judge(solution(extra={column: value}), Filters(territory=("76",)), "fr"))
            assert reason.found == shown

    def test_a_territory_that_is_too_vague_says_what_was_found(self) -> None:
        vague = solution(territory=Territory(kind="epci", name="Pays de Nulle Part"))
        assert "Pays de Nulle Part" in only_reason(judge(vague, Filters(territory=("31",)))).message

    def test_reasons_survive_json(self) -> None:
        filters = Filters(kind=("startup",), theme=("eau",), territory=("83",), deadline=DAYS[0], budget_max=10)
        judged = judge(solution(kind="sme", territory=TOULON, available=DAYS[1], themes=("eau",)), filters)
        assert Eligibility.model_validate_json(judged.model_dump_json()) == judged


class TestInvalid:
    def test_an_unknown_territory(self) -> None:
        with pytest.raises(InvalidFilter, match="“Atlantide”"):
            check_filters(Filters(territory=("83", "Atlantide")))

    @pytest.mark.parametrize("name", ["theme", "ecosystem"])
    def test_words_without_letters(self, name: str) -> None:
        with pytest.raises(InvalidFilter, match=name):
            EligibilityTable([solution()]).mask(Filters(**{name: ("…",)}))

    def test_a_challenge_has_no_kind(self) -> None:
        with pytest.raises(InvalidFilter, match="kind=startup"):
            judge_challenge(challenge(), Filters(kind=("startup",)))
        with pytest.raises(InvalidFilter, match="kind=startup"):
            check_filters(Filters(kind=("startup",)), of_challenges=True)


class TestChallengesOwnConstraints:
    def test_filters_come_first_then_what_the_challenge_asks(self) -> None:
        asked = challenge(trl_min=7, budget=450_000, deadline=DAYS[1], hosting="UE")
        judged = judge(solution(trl=5, price=500_000, hosting="FR"), Filters(trl_min=4), "fr", asked)
        verdicts = [(reason.constraint, reason.verdict) for reason in judged.reasons]
        assert verdicts == [
            ("trl_min", "met"), ("trl_min", "not_met"), ("budget_max", "not_met"), ("deadline", "unknown"),
            ("hosting", "met"),
        ]  # fmt: skip
        assert not judged.eligible
        assert "du défi" in judged.reasons[1].message

    def test_the_same_constraint_is_told_once(self) -> None:
        judged = judge(solution(trl=7), Filters(trl_min=7), "fr", challenge(trl_min=7))
        assert [reason.constraint for reason in judged.reasons] == ["trl_min"]

    @pytest.mark.parametrize(
        ("asked", "found", "verdict"),
        [
            ("UE", "FR", "met"),
            ("EU", "Union européenne", "met"),
            ("FR", "france", "met"),
            ("FR", "UE", "not_met"),
            ("UE", "US", "not_met"),
            ("SecNumCloud", "secnumcloud", "met"),
            ("SecNumCloud", "FR", "unknown"),
            ("UE", None, "unknown"),
        ],
    )
    def test_hosting(self, asked: str, found: str | None, verdict: str) -> None:
        reason = only_reason(judge(solution(hosting=found), Filters(), "fr", challenge(hosting=asked)))
        assert (reason.constraint, reason.verdict) == ("hosting", verdict)


class TestChallengesFiltered:
    @pytest.mark.parametrize(
        ("filters", "values", "verdict"),
        [
            ({"trl_min": 6}, {"trl_min": 6}, "met"),
            ({"trl_min": 6}, {"trl_min": 7}, "not_met"),
            ({"trl_min": 6}, {}, "unknown"),
            ({"budget_max": 1000}, {"budget": 1000}, "met"),
            ({"budget_max": 1000}, {"budget": 999}, "not_met"),
            ({"deadline": DAYS[1]}, {"deadline": DAYS[1]}, "met"),
            ({"deadline": DAYS[1]}, {"deadline": DAYS[0]}, "not_met"),
            ({"theme": ("eau",)}, {"themes": ("eau",)}, "met"),
            ({"territory": ("PACA",)}, {"territory": TOULON}, "met"),
            ({"territory": ("Bretagne",)}, {"territory": TOULON}, "not_met"),
            ({"only": ("c2",)}, {}, "not_met"),
        ],
    )
    def test_verdict(self, filters: dict[str, Any], values: dict[str, Any], verdict: str) -> None:
        judged = judge_challenge(challenge(**values), Filters(**filters), "en")
        assert only_reason(judged).verdict == verdict

    @given(st.lists(CHALLENGES, max_size=4), FILTERS_OF_CHALLENGES)
    def test_the_mask_is_the_verdict(self, challenges: list[Challenge], filters: Filters) -> None:
        mask = EligibilityTable(challenges).challenge_mask(filters)
        assert mask.tolist() == [judge_challenge(each, filters).eligible for each in challenges]


class TestLaws:
    @given(st.lists(SOLUTIONS, max_size=4), FILTERS, st.none() | CHALLENGES)
    def test_the_mask_is_the_verdict(
        self, solutions: list[Solution], filters: Filters, asked: Challenge | None
    ) -> None:
        mask = EligibilityTable(solutions).mask(filters, asked)
        assert mask.dtype == np.bool_
        assert mask.tolist() == [judge(each, filters, "en", asked).eligible for each in solutions]

    @given(SOLUTIONS, FILTERS, st.none() | CHALLENGES)
    def test_strict_keeps_no_more(self, one: Solution, filters: Filters, asked: Challenge | None) -> None:
        strict = judge(one, filters.model_copy(update={"strict": True}), "en", asked)
        lenient = judge(one, filters.model_copy(update={"strict": False}), "en", asked)
        assert lenient.eligible or not strict.eligible
        assert strict.reasons == lenient.reasons

    @given(SOLUTIONS, st.sampled_from(["theme", "territory", "ecosystem"]), st.data())
    def test_several_values_mean_any_of_them(self, one: Solution, name: str, data: st.DataObject) -> None:
        choice = {"theme": THEMES, "territory": TERRITORIES, "ecosystem": ["JEDI", "i-Lab", "EIC"]}[name]
        values = data.draw(st.lists(st.sampled_from(choice), min_size=1, max_size=3))
        together = judge(one, Filters(**{name: tuple(values)})).eligible
        assert together == any(judge(one, Filters(**{name: (value,)})).eligible for value in values)

    @given(SOLUTIONS, FILTERS)
    def test_the_language_of_messages_changes_nothing_else(self, one: Solution, filters: Filters) -> None:
        fr, en = judge(one, filters, "fr"), judge(one, filters, "en")
        assert fr.eligible == en.eligible
        hidden = {"message": ""}
        assert [r.model_copy(update=hidden) for r in fr.reasons] == [r.model_copy(update=hidden) for r in en.reasons]

    @given(SOLUTIONS, FILTERS)
    def test_each_filter_given_has_exactly_one_reason(self, one: Solution, filters: Filters) -> None:
        given_filters = [k for k, v in filters.model_dump(exclude={"strict"}).items() if v not in (None, ())]
        assert sorted(reason.constraint for reason in judge(one, filters).reasons) == sorted(given_filters)

    def test_one_table_serves_many_filters(self) -> None:
        table = EligibilityTable([solution(id="a", trl=3), solution(id="b", trl=7)])
        assert table.mask(Filters(trl_min=5)).tolist() == [False, True]
        assert table.mask(Filters(trl_min=3)).tolist() == [True, True]
        assert table.mask(Filters(), challenge(trl_min=8)).tolist() == [False, False]
        assert EligibilityTable([]).mask(Filters(trl_min=5)).shape == (0,)
