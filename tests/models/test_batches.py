"""How texts are grouped and prepared."""

from hypothesis import given
from hypothesis import strategies as st

from models.batches import MAX_CHARACTERS, by_length, prepare

LENGTHS = st.lists(st.integers(0, 600), max_size=80)


@given(LENGTHS, st.integers(1, 2000))
def test_every_position_once(lengths: list[int], budget: int) -> None:
    positions = [position for group in by_length(lengths, budget) for position in group]
    assert sorted(positions) == list(range(len(lengths)))


@given(LENGTHS, st.integers(1, 2000))
def test_no_group_exceeds_the_budget_unless_alone(lengths: list[int], budget: int) -> None:
    for group in by_length(lengths, budget):
        assert len(group) == 1 or len(group) * max(lengths[position] for position in group) <= max(budget, len(group))


@given(LENGTHS)
def test_longest_first(lengths: list[int]) -> None:
    seen = [lengths[position] for group in by_length(lengths) for position in group]
    assert seen == sorted(lengths, reverse=True)


@given(st.text(st.characters(), max_size=50))
def test_a_prepared_text_can_be_tokenised(text: str) -> None:
    prepared = prepare(text)
    assert prepared.encode("utf-8").decode("utf-8") == prepared
    assert len(prepared) == len(text)


def test_ordinary_text_is_left_as_it_is() -> None:
    assert prepare("L’eau, à 30 %\n🌊\0") == "L’eau, à 30 %\n🌊\0"


def test_lone_surrogates_are_replaced() -> None:
    assert prepare("a\ud800b") == "a?b"


def test_a_very_long_text_is_cut() -> None:
    assert len(prepare("eau " * 50_000)) == MAX_CHARACTERS
