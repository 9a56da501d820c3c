"""Filter options become one ``Filters``, the same on every command that takes them."""

import datetime as dt
import inspect

import pytest
from pydantic import ValidationError

from cli.app import build_app
from cli.filtering import _filters, with_filters
from matcher.filters import Filters
from tests.cli.conftest import CommandLine

FILTERED = ("match", "self-check", "batch")


@pytest.mark.parametrize("name", FILTERED)
def test_every_filter_is_an_option_of(name: str) -> None:
    options = {option for parameter in build_app().commands[name].params for option in parameter.opts}
    assert {f"--{field.replace('_', '-')}" for field in Filters.model_fields} <= options


def test_a_decorated_command_receives_one_filters() -> None:
    received: list[Filters] = []

    @with_filters
    def command(filters: Filters, top: int = 3) -> None:
        received.append(filters)

    names = list(inspect.signature(command).parameters)
    assert "filters" not in names
    assert names[0] == "top"
    command(
        top=1,
        **dict.fromkeys(names[1:]),
    )
    assert received == [Filters()]


def test_values_are_checked_and_converted() -> None:
    chosen = {"kind": ["startup", "sme"], "deadline": "2027-05-31", "trl_min": 6, "theme": None, "strict": True}
    filters = _filters(chosen)
    assert filters.kind == ("startup", "sme")
    assert filters.deadline == dt.date(2027, 5, 31)
    assert (filters.trl_min, filters.theme, filters.strict) == (6, (), True)


@pytest.mark.parametrize(
    "chosen",
    [
        {"kind": ["wizard"]},
        {"trl_min": 0},
        {"trl_min": 10},
        {"budget_max": -1.0},
        {"language": ["de"]},
        {"deadline": "soon"},
    ],
)
def test_values_that_cannot_be_are_refused(chosen: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        _filters(chosen)


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        (["--kind", "startup"], {"sol-fire", "sol-soup"}),
        (["--kind", "startup", "--kind", "laboratory"], {"sol-fire", "sol-soup", "sol-leaf"}),
        (["--language", "en"], {"sol-leaf"}),
        (["--without", "sol-fire", "--without", "sol-leaf"], {"sol-leak", "sol-soup"}),
        (["--only", "sol-leak"], {"sol-leak"}),
        (["--theme", "incendies", "--strict"], {"sol-fire"}),
        (["--territory", "83", "--strict"], {"sol-fire"}),
        (["--territory", "Occitanie", "--strict"], {"sol-leak"}),
        (["--budget-max", "100000", "--strict"], {"sol-fire"}),
        (["--trl-min", "5", "--strict"], {"sol-fire", "sol-leak"}),
        (["--ecosystem", "JEDI", "--strict"], set()),
        (["--deadline", "2027-01-01"], {"sol-fire", "sol-leak", "sol-leaf", "sol-soup"}),
    ],
)
def test_each_filter_keeps(filled: CommandLine, options: list[str], kept: set[str]) -> None:
    document = filled("match", "--text", "eau forêt déchets carbone", "-f", "json", *options).document
    proposals = document["proposals"]
    excluded = document["excluded"]
    assert isinstance(proposals, list)
    assert isinstance(excluded, list)
    assert {proposal["solution"]["id"] for proposal in proposals} == kept
    assert {each["solution"]["id"] for each in excluded} == {"sol-fire", "sol-leak", "sol-leaf", "sol-soup"} - kept
    assert all(each["reasons"] for each in excluded)


def test_a_filter_without_sense_for_challenges_is_refused(filled: CommandLine) -> None:
    outcome = filled("self-check", "--text", "Des caméras en forêt", "--kind", "startup")
    assert outcome.code == 2
    assert "kind" in outcome.err


def test_a_self_check_tells_what_its_filters_exclude(filled: CommandLine) -> None:
    asked = ("self-check", "--text", "Des caméras en forêt", "--lang", "fr")
    some = filled(*asked, "--without", "def-fire").out
    assert "1 défi écarté" in some
    assert "1 défi ouvert ne remplit pas les conditions." in some
    none = filled(*asked, "--language", "en").out
    assert "Aucun défi ouvert ne remplit les conditions." in none
    assert "Voici les plus proches" not in none


def test_filters_of_a_self_check_apply_to_challenges(filled: CommandLine) -> None:
    document = filled(
        "self-check", "--text", "Des caméras en forêt", "--theme", "Incendies", "--strict", "-f", "json"
    ).document
    challenges = document["challenges"]
    assert isinstance(challenges, list)
    assert [each["challenge"]["id"] for each in challenges] == ["def-fire"]
