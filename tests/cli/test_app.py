"""The command line as a whole: global options, languages, help, and what it costs to start."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from cli.app import COMMANDS, build_app, language_of
from cli.commands.match import complete_challenge
from cli.group import hoist
from cli.wording import sentences, tell
from tests.cli.conftest import CommandLine


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_help(matcher: CommandLine, lang: str, snapshot: SnapshotAssertion) -> None:
    assert matcher("--help", "--lang", lang).out == snapshot


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_command_and_option_has_help(lang: str) -> None:
    app = build_app(lang)
    assert set(app.commands) == set(COMMANDS)
    for command in app.commands.values():
        assert command.help
        assert all(option.help for option in command.params if option.name != "help")


def test_both_languages_have_the_same_sentences() -> None:
    def codes(table: dict[str, Any], prefix: str = "") -> set[str]:
        parts = ((f"{prefix}{key}", value) for key, value in table.items())
        return {
            code for key, value in parts for code in (codes(value, f"{key}.") if isinstance(value, dict) else {key})
        }

    assert codes(sentences("fr")) == codes(sentences("en"))


def test_french_counts_zero_in_the_singular() -> None:
    assert tell("import.added", "fr", count=0) == "0 ajoutée"
    assert tell("import.added", "fr", count=2) == "2 ajoutées"
    assert tell("import.more_errors", "en", count=0) == "… and 0 more problems"


@pytest.mark.parametrize(
    "line",
    [
        ["--workspace", "other", "--lang", "en", "status"],
        ["status", "--workspace", "other", "--lang", "en"],
        ["status", "--lang=en", "--workspace=other"],
    ],
)
def test_global_options_stand_before_or_after_the_command(matcher: CommandLine, line: list[str]) -> None:
    outcome = matcher(*line)
    assert "other" in outcome.out
    assert "sound" in outcome.out


words = st.text(alphabet="abc-", min_size=1).filter(lambda word: not word.startswith("--"))


@given(st.lists(words), st.lists(words))
def test_hoisting_keeps_the_rest_in_order(before: list[str], after: list[str]) -> None:
    line = [*before, "--quiet", *after, "--lang", "en"]
    assert hoist(line) == ["--quiet", "--lang", "en", *before, *after]
    assert hoist(hoist(line)) == hoist(line)


def test_nothing_is_hoisted_from_behind_two_dashes() -> None:
    assert hoist(["match", "--", "--quiet"]) == ["match", "--", "--quiet"]


def test_language_of_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATCHER_LANG", "en")
    assert language_of(["match"]) == "en"
    assert language_of(["match", "--lang", "fr"]) == "fr"
    assert language_of(["--lang=fr"]) == "fr"
    assert language_of(["--lang", "xx"]) == "fr"


def test_quiet_silences_messages_not_results(filled: CommandLine) -> None:
    outcome = filled("match", "--challenge", "def-fire", "--quiet")
    assert outcome.out
    assert outcome.err == ""


@pytest.mark.parametrize(
    ("words", "expected"), [("matcher ma", ["match"]), ("matcher match --challenge def-l", ["def-leak"])]
)
def test_completion(filled: CommandLine, tmp_path: Path, words: str, expected: list[str]) -> None:
    asked = {"_MATCHER_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    finished = subprocess.run(
        [sys.executable, "-m", "cli"], cwd=tmp_path, env=os.environ | asked, capture_output=True, text=True, check=False
    )
    assert finished.stdout.split() == expected


def test_completion_makes_no_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATCHER_WORKSPACE", str(tmp_path / "none"))
    assert complete_challenge("d") == []
    assert not (tmp_path / "none").exists()


def test_settings_of_an_env_file_count_from_the_start(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MATCHER_LANG=en\n", encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MATCHER_")}
    finished = subprocess.run(
        [sys.executable, "-m", "cli", "--help"], cwd=tmp_path, env=clean, capture_output=True, text=True, check=True
    )
    assert "Finds, for each challenge" in finished.stdout


@pytest.mark.parametrize("where", ["matcher.engine.Matcher.status", "cli.app.build_app"])
def test_an_interrupted_command_says_so(matcher: CommandLine, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(where, interrupted)
    outcome = matcher("status")
    assert outcome.code == 130
    assert outcome.err == tell("failed.interrupted", "fr") + "\n"


def test_an_unexpected_error_is_told_without_a_traceback(matcher: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("matcher.engine.Matcher.status", broken)
    outcome = matcher("status")
    assert outcome.code == 1
    assert "boom" in outcome.err
    assert "Traceback" not in outcome.err


def test_help_imports_nothing_heavy() -> None:
    heavy = "torch numpy faiss sqlalchemy polars fastapi sklearn scipy openvino sentence_transformers lingua jinja2"
    program = (
        "import sys; from cli.app import run; run(['--help']); "
        f"print('HEAVY', sorted(set(sys.modules) & set('{heavy}'.split())))"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "HEAVY []" in finished.stdout


def test_a_reader_that_stops_early_is_no_error(tmp_path: Any) -> None:
    line = f"{sys.executable} -m cli --help | head -1"
    finished = subprocess.run(["bash", "-o", "pipefail", "-c", line], capture_output=True, text=True, check=False)
    assert "Traceback" not in finished.stderr
    assert "BrokenPipe" not in finished.stderr
