"""The help is in the language asked for, Typer's own words included."""

import pytest

from cli.app import COMMANDS
from cli.wording import sentences
from tests.cli.conftest import CommandLine

FRAME = sentences("fr")["help"]["frame"]


@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_no_english_in_french_help(matcher: CommandLine, command: str | None) -> None:
    shown = matcher(*filter(None, [command]), "--help").out
    assert shown.startswith("Usage : matcher")
    assert [said for said, words in FRAME.items() if said != words and said in shown] == []


def test_every_word_of_the_frame_is_shown(matcher: CommandLine) -> None:
    everything = " ".join(
        " ".join(matcher(*line, "--help").out.split()) for line in [[], *([each] for each in COMMANDS)]
    )
    assert [words for words in FRAME.values() if " ".join(words.split()) not in everything] == []


def test_no_command_shows_the_help(matcher: CommandLine) -> None:
    outcome = matcher()
    assert outcome.code == 2
    assert outcome.err.startswith("Usage : matcher")
    assert "Commandes :" in outcome.err
    assert "self-check" in outcome.err
    assert "Traceback" not in outcome.err
