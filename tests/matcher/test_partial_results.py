import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.records import Challenge
from matcher.partial_results import PARTIAL, PartialResults
from tests.matcher.examples import FIRE, WATER, answered, unanswered

KEY = {"meeting": "2027-Q1", "snapshot": "snapshot-1"}
BOTH = [FIRE, WATER]


def fill(folder: Path, challenges: list[Challenge] | None = None) -> None:
    partial = PartialResults(folder, KEY, BOTH)
    partial.start()
    list(partial.keep(challenges or BOTH, [answered(), unanswered()][: len(challenges or BOTH)]))


def test_reading_writes_nothing(tmp_path: Path) -> None:
    partial = PartialResults(tmp_path, KEY, BOTH)
    assert (partial.done, partial.outdated) == ({}, False)
    assert list(tmp_path.iterdir()) == []


def test_what_was_kept_is_taken_over_as_it_was(tmp_path: Path) -> None:
    fill(tmp_path)
    partial = PartialResults(tmp_path, KEY, BOTH)
    assert partial.done == {FIRE.id: answered(), WATER.id: unanswered()}
    assert not partial.outdated


def test_a_result_is_in_the_file_before_it_is_given(tmp_path: Path) -> None:
    partial = PartialResults(tmp_path, KEY, BOTH)
    partial.start()
    next(partial.keep(BOTH, [answered(), unanswered()]))
    assert PartialResults(tmp_path, KEY, BOTH).done.keys() == {FIRE.id}


def test_another_key_takes_nothing_over(tmp_path: Path) -> None:
    fill(tmp_path)
    partial = PartialResults(tmp_path, {**KEY, "snapshot": "snapshot-2"}, BOTH)
    assert (partial.done, partial.outdated) == ({}, True)


def test_a_challenge_that_changed_or_went_is_left_out(tmp_path: Path) -> None:
    fill(tmp_path)
    changed = FIRE.model_copy(update={"text": "Autre besoin."})
    assert PartialResults(tmp_path, KEY, [changed, WATER]).done.keys() == {WATER.id}
    assert PartialResults(tmp_path, KEY, [WATER]).done.keys() == {WATER.id}


def test_starting_leaves_only_what_holds(tmp_path: Path) -> None:
    fill(tmp_path)
    PartialResults(tmp_path, KEY, [WATER]).start()
    lines = (tmp_path / PARTIAL).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line).keys() for line in lines] == [{"key"}, {"challenge", "result"}]


def test_a_result_of_another_version_is_matched_again(tmp_path: Path) -> None:
    fill(tmp_path)
    path = tmp_path / PARTIAL
    path.write_text(path.read_text(encoding="utf-8").replace('"no_good_match"', '"renamed"', 1), encoding="utf-8")
    assert PartialResults(tmp_path, KEY, BOTH).done.keys() == {WATER.id}


def test_fewer_results_than_challenges_is_an_error(tmp_path: Path) -> None:
    partial = PartialResults(tmp_path, KEY, BOTH)
    partial.start()
    with pytest.raises(ValueError, match="shorter"):
        list(partial.keep(BOTH, [answered()]))


@given(st.data())
def test_a_file_cut_anywhere_gives_whole_results_or_none(tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    folder = tmp_path_factory.mktemp("cut")
    fill(folder)
    whole = (folder / PARTIAL).read_bytes()
    (folder / PARTIAL).write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    done = PartialResults(folder, KEY, BOTH).done
    expected = {FIRE.id: answered(), WATER.id: unanswered()}
    assert done == {identifier: expected[identifier] for identifier in done}
    assert list(done) == [FIRE.id, WATER.id][: len(done)]


def test_removed(tmp_path: Path) -> None:
    fill(tmp_path)
    PartialResults(tmp_path, KEY, BOTH).remove()
    assert not (tmp_path / PARTIAL).exists()
