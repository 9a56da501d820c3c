import pytest

from corpora.records import Challenge, Solution
from matcher.eligibility import judge
from matcher.filters import Filters

CHALLENGE = Challenge(
    id="c", title="Eau", organisation="Régie de l'Eau SA", siren="123456782", ecosystem=("JEDI",), language="fr"
)


def verdict(**said: object) -> tuple[bool, str, str]:
    found = judge(Solution.model_validate({"id": "s", "name": "S", **said}), Filters(), "fr", CHALLENGE)
    (reason,) = (reason for reason in found.reasons if reason.constraint == "conflict_of_interest")
    return found.eligible, reason.verdict, reason.message


@pytest.mark.parametrize(
    "said",
    [
        {"organisation": "REGIE DE L EAU"},
        {"organisation": "Tout autre nom", "siren": "123456782"},
        {"organisation": "Régie de l’eau, SAS", "siren": "987654324"},
        {"organisation": "S.A.S. Régie de l'eau"},
        {"organisation": "Régie de l'eau S.A"},
    ],
)
def test_one_organisation_under_several_names_is_a_conflict(said: dict[str, str]) -> None:
    eligible, word, message = verdict(**said)
    assert (eligible, word) == (False, "not_met")
    assert message.startswith("Conflit d’intérêts")


def test_another_organisation_is_none() -> None:
    assert verdict(organisation="Aquadata")[:2] == (True, "met")


def test_a_shared_ecosystem_is_to_be_looked_at() -> None:
    eligible, word, message = verdict(organisation="Aquadata", ecosystem=("jedi",))
    assert (eligible, word) == (True, "unknown")
    assert "écosystème en commun" in message


def test_a_number_and_a_name_cannot_be_compared() -> None:
    numbered = Challenge(id="c", title="Eau", siren="123456782")
    named = Solution(id="s", name="S", organisation="Régie de l'eau")
    (reason,) = judge(named, Filters(), "fr", numbered).reasons
    assert (reason.verdict, reason.found) == ("unknown", "Régie de l'eau")
    assert "rien qui les distingue" in reason.message


def test_a_nameless_solution_is_unknown_and_excluded_only_when_strict() -> None:
    assert verdict()[:2] == (True, "unknown")
    assert not judge(Solution(id="s", name="S"), Filters(strict=True), "fr", CHALLENGE).eligible


def test_a_challenge_that_names_nobody_has_no_such_condition() -> None:
    nameless = Challenge(id="c", title="Eau")
    assert judge(Solution(id="s", name="S", organisation="Régie"), Filters(), "fr", nameless).reasons == ()
