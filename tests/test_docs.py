"""The docs say what there is: every command, option and setting; and they name nothing that does not exist."""

import re
from pathlib import Path

import pytest

from cli.app import build_app
from matcher.settings import Settings

ROOT = Path(__file__).parents[1]
GUIDES = ("user-guide.fr.md", "user-guide.en.md")
EVERYWHERE = {"--help", "--workspace", "--lang", "--quiet"}


def options(name: str) -> set[str]:
    command = build_app().commands[name]
    return {option for parameter in command.params for option in parameter.opts if option.startswith("--")}


def every_option() -> set[str]:
    return EVERYWHERE.union(*map(options, build_app().commands))


@pytest.mark.parametrize("guide", GUIDES)
def test_every_command_has_a_heading_and_every_option_is_told(guide: str) -> None:
    text = (ROOT / "docs" / guide).read_text("utf-8")
    headings = [line for line in text.splitlines() if line.startswith("#")]
    for name in build_app().commands:
        assert any(f"`matcher {name}`" in heading for heading in headings), name
    assert {option for option in every_option() if f"{option}" not in text} == set()


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_names_no_option_that_does_not_exist(guide: str) -> None:
    text = (ROOT / "docs" / guide).read_text("utf-8")
    told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))
    assert told - every_option() - {"--install-completion", "--show-completion"} == set()


def test_every_setting_has_a_heading() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    headings = set(re.findall(r"^### (\w+)$", text, re.MULTILINE))
    assert headings == {f"MATCHER_{name.upper()}" for name in Settings.model_fields}


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{guide}" for guide in GUIDES)])
def test_command_lines_in_the_docs_can_be_parsed(page: str) -> None:
    commands = build_app().commands
    lines = re.findall(r"^\s*matcher ([a-z-]+)(.*?)(?:\s+#.*)?$", (ROOT / page).read_text("utf-8"), re.MULTILINE)
    assert lines
    for name, rest in lines:
        assert name in commands, name
        assert set(re.findall(r"(?<!\S)--[a-z-]+", rest)) <= options(name) | EVERYWHERE, (name, rest)


@pytest.mark.parametrize("page", sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/*.md")))
def test_links_lead_somewhere(page: str) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text("utf-8")):
        assert (ROOT / page).parent.joinpath(link).exists(), link
