"""The help in the language asked for: what it says of ours, and the words that Typer puts around it."""

from collections.abc import Sequence
from typing import Any

import typer
from typer._click import HelpFormatter  # Typer has it nowhere else

from cli.wording import sentences, tell

TYPERS_OWN = {"help", "install_completion", "show_completion"}


def word_help(command: Any, lang: str) -> None:
    """Put our help texts into a command and its subcommands: Typer takes them where a function is written."""
    context = _context_in(lang)
    command.context_class = context
    command.help = tell("help.app", lang)
    for option in command.params:
        _word_option(option, "global", lang)
    for name, each in getattr(command, "commands", {}).items():
        each.context_class = context
        each.help = each.short_help = tell(f"help.commands.{name}", lang)
        for option in each.params:
            _word_option(option, "options", lang)


def _word_option(option: Any, table: str, lang: str) -> None:
    if option.name in TYPERS_OWN:
        return
    name = "kind_argument" if option.name == "kind" and option.param_type_name == "argument" else option.name
    option.help = tell(f"help.{table}.{name}", lang)
    if getattr(option, "multiple", False):
        option.metavar = tell("help.value", lang)


def _context_in(lang: str) -> type[typer.Context]:
    """What a command is run in, with a formatter of its help that has our words for those of Typer."""

    class Formatter(HelpFormatter):
        """Writes the words of Typer in the language asked for."""

        def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
            """Write the line that shows how a command is called."""
            super().write_usage(prog, _reworded(args, lang), _reworded(prefix or "Usage: ", lang))

        def write_heading(self, heading: str) -> None:
            """Write the heading of a list."""
            self.write(_reworded(f"{heading}:", lang) + "\n")

        def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
            """Write a list of names, each with its help."""
            worded = [(_reworded(name, lang), _reworded(text, lang)) for name, text in rows]
            super().write_dl(worded, col_max, col_spacing)

    class Context(typer.Context):
        """Formats with the words of the language."""

        formatter_class = Formatter

    return Context


def _reworded(text: str, lang: str) -> str:
    for said, words in sentences(lang)["help"]["frame"].items():
        text = text.replace(said, words)
    return text
