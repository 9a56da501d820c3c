import json

import pytest
from hypothesis import given
from pydantic import ValidationError

from corpora.records import Challenge, Record, Solution, Territory
from tests.corpora.strategies import records


@given(records)
def test_a_record_survives_json(record: Record) -> None:
    again = type(record).model_validate_json(record.model_dump_json())
    assert again == record
    assert again.content_hash == record.content_hash


@given(records)
def test_the_content_hash_does_not_depend_on_the_order_of_extra_columns(record: Record) -> None:
    turned = record.model_copy(update={"extra": dict(reversed(record.extra.items()))})
    assert turned.content_hash == record.content_hash


@given(records)
def test_the_content_hash_is_that_of_what_is_said_so_a_new_empty_field_would_not_change_it(record: Record) -> None:
    said = json.loads(record.model_dump_json(exclude_defaults=True))
    assert type(record).model_validate(said).content_hash == record.content_hash


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Air"},
        {"text": "Un texte."},
        {"territory": Territory(code="83")},
        {"extra": {"a": 2}},
        {"budget": 1.0},
        {"themes": ("eau", "air")},
        {"id": "d2"},
    ],
)
def test_the_content_hash_changes_with_every_field(change: dict[str, object]) -> None:
    challenge = Challenge(id="d1", title="Eau", extra={"a": 1}, themes=("eau",))
    assert challenge.model_copy(update=change).content_hash != challenge.content_hash


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": " "},
        {"title": ""},
        {"budget": -1},
        {"budget": float("inf")},
        {"budget": float("nan")},
        {"trl_min": 10},
        {"siren": "12345678"},
        {"language": "de"},
        {"text": "x" * 500_001},
        {"unknown": 1},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Challenge.model_validate({"id": "d1", "title": "Eau"} | wrong)


def test_headings_and_unknowns() -> None:
    solution = Solution(id="s1", name=" Capteur ")
    assert (solution.heading, Challenge(id="d1", title="Eau").heading) == ("Capteur", "Eau")
    assert (solution.trl, solution.price, solution.territory, solution.kind) == (None, None, None, None)
    with pytest.raises(NotImplementedError):
        _ = Record(id="x").heading
