"""Shares of a profile: every part that is named exists."""

from cProfile import Profile
from pathlib import Path

import pytest

from benchmarks.shares import PROFILED, shares
from matcher.sentences import split_sentences

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("file", "function"), PROFILED.values())
def test_what_is_named_exists(file: str, function: str) -> None:
    assert f"def {function}(" in (ROOT / file).read_text("utf-8")


def test_what_did_not_run_took_nothing() -> None:
    profile = Profile()
    profile.runcall(split_sentences, "Une phrase. Une autre.")
    assert set(shares(profile).values()) == {"0%"}
