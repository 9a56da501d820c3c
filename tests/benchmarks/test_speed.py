"""What the benchmark of speed asks: distinct texts of the lengths that it says, challenges of which half state conditions."""

import pytest

from benchmarks.speed import LONG, SHORT, _challenges, _texts


@pytest.mark.parametrize(("words", "at_least"), [(SHORT, 600), (LONG, 100)])
def test_texts_are_distinct_and_as_long_as_said(words: tuple[int, int], at_least: int) -> None:
    texts = _texts(words)
    assert len(texts) == len(set(texts)) >= at_least
    assert all(words[0] <= len(text.split()) <= words[1] for text in texts)


def test_every_second_need_states_conditions() -> None:
    challenges = _challenges(500)
    assert len({challenge.id for challenge in challenges}) == 500
    assert sum(challenge.trl_min is not None for challenge in challenges) >= 200
