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
from matcher.settings import Settings
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
    if issubclass(kind, corpora.errors.CorporaError):
        error = kind("folder", path="a")
    else:
        error = kind("no_package" if issubclass(kind, models.errors.ModelError) else "what happened")
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
        (WeightsError("no_package"), FAILED),
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


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"deadline": "31/05/2027"},
            "--deadline ne peut pas valoir « 31/05/2027 ». Une date est attendue (2027-05-31).",
        ),
        ({"kind": ["labo"]}, "--kind ne peut pas valoir « labo ». Valeurs possibles :"),
        ({"trl_min": 12}, "--trl-min ne peut pas valoir « 12 ». Au plus 9."),
    ],
)
def test_a_wrong_value_is_told_in_french(values: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011
        Filters.model_validate(values)
    _, told = describe(refusal.value, "fr") or (0, "")
    assert words in told.replace("\u00a0", " ")


@pytest.mark.parametrize(("name", "value"), [("MATCHER_RATE_LIMIT", "120/min"), ("MATCHER_LOG_LEVEL", "verbose")])
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError) as refusal:  # noqa: PT011
        Settings()
    code, told = describe(refusal.value, "fr") or (0, "")
    assert code == WRONG_USAGE
    assert name in told
    assert value.upper() in told.upper()


def test_what_nobody_expected_is_not_described() -> None:
    assert describe(RuntimeError("boom"), "fr") is None


def test_french_users_read_french() -> None:
    described = describe(UnreadableFile("folder", path="d"), "fr")
    assert described is not None
    assert "dossier" in described[1]
