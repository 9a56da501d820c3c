"""Every error of the packages has words and an exit code."""

import inspect

import pytest

import corpora.errors
import matcher.errors
import models.errors
from cli.errors import FAILED, REFUSED, WRONG_USAGE, InputRefused, WrongUsage, describe
from corpora.errors import MappingError, StoreError, UnknownRecord, UnreadableFile
from matcher.errors import BatchError, EmptyText, EvaluationSetError, InvalidFilter, NoSnapshot, UnknownId
from matcher.filters import Filters
from models.errors import WeightsError

EVERY_ERROR = [
    kind
    for module in (corpora.errors, matcher.errors, models.errors)
    for _, kind in inspect.getmembers(module, inspect.isclass)
    if issubclass(kind, Exception)
]


@pytest.mark.parametrize("kind", EVERY_ERROR, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_error_is_described(kind: type[Exception], lang: str) -> None:
    error = kind("folder", path="a") if issubclass(kind, corpora.errors.CorporaError) else kind("what happened")
    described = describe(error, lang)
    assert described is not None
    code, words = described
    assert code in {FAILED, WRONG_USAGE, REFUSED}
    assert words


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UnreadableFile("empty", path="a.csv"), REFUSED),
        (EvaluationSetError("x"), REFUSED),
        (InputRefused("unreadable", value="a", reason="b"), REFUSED),
        (MappingError("mapping_without_columns", path="m"), WRONG_USAGE),
        (UnknownRecord("unknown_challenge", identifier="x"), WRONG_USAGE),
        (UnknownId("x"), WRONG_USAGE),
        (EmptyText("x"), WRONG_USAGE),
        (InvalidFilter("x"), WRONG_USAGE),
        (BatchError("x"), WRONG_USAGE),
        (WrongUsage("one_pitch"), WRONG_USAGE),
        (NoSnapshot("x"), FAILED),
        (StoreError("not_a_url"), FAILED),
        (WeightsError("x"), FAILED),
    ],
)
def test_exit_codes(error: Exception, code: int) -> None:
    described = describe(error, "fr")
    assert described is not None
    assert described[0] == code


def test_a_value_of_an_option_is_named_with_its_option() -> None:
    try:
        Filters.model_validate({"trl_min": 12})
    except ValueError as error:
        code, words = describe(error, "en") or (0, "")
    assert code == WRONG_USAGE
    assert "--trl-min" in words
    assert "12" in words


def test_what_nobody_expected_is_not_described() -> None:
    assert describe(RuntimeError("boom"), "fr") is None


def test_french_users_read_french() -> None:
    described = describe(UnreadableFile("folder", path="d"), "fr")
    assert described is not None
    assert "dossier" in described[1]
