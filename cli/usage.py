"""What is wrong with a command line, as Typer or Pydantic found it, in our words: theirs are English."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError
from typer._click.exceptions import BadOptionUsage, BadParameter, MissingParameter, NoSuchOption, UsageError
from typer.core import TyperArgument, TyperOption

from cli.wording import tell
from matcher.wording import wrong_value

_SHOWN: Final = 200
"""Characters of a wrong value that a message repeats."""
_SETTINGS_WITH_OPTION: Final = frozenset({"workspace", "lang"})
_QUOTED: Final = re.compile(r"'([^']*)'")


def explain_usage(error: UsageError, lang: str) -> str:
    """The words for an error of Typer, and which help to read; what it says itself where we know no better."""
    words = _words(error, lang) or error.format_message()
    return f"{words}\n{tell('usage.see_help', lang, command=error.ctx.command_path)}" if error.ctx else words


def explain_value(error: ValidationError, lang: str) -> str:
    """The words for a filter, or a setting, that Pydantic refused."""
    first = error.errors()[0]
    name = str(first["loc"][0])
    setting = error.title == "Settings" and name not in _SETTINGS_WITH_OPTION
    option = f"MATCHER_{name.upper()}" if setting else "--" + name.replace("_", "-")
    return _invalid_value(option, first, wrong_value(first, lang), lang)


def _words(error: UsageError, lang: str) -> str | None:
    match error:
        case NoSuchOption():
            near = sorted(error.possibilities or ())
            return tell("usage.no_such_option", lang, option=error.option_name) + _near(near, lang)
        case BadOptionUsage():
            code = "takes_no_value" if "does not take" in error.message else "takes_a_value"
            return tell(f"usage.{code}", lang, option=error.option_name)
        case MissingParameter(param=TyperOption() | TyperArgument() as missing):
            return tell("usage.missing", lang, name=missing.name, help=missing.help)
        case BadParameter(param=TyperOption() | TyperArgument() as refused, __cause__=ValidationError() as cause):
            first = cause.errors()[0]
            return _invalid_value(refused.opts[0], first, _choices(refused, lang) or wrong_value(first, lang), lang)
    return _words_by_message(error.message, lang)


def _words_by_message(message: str, lang: str) -> str | None:
    """What has no class of its own."""
    if message.startswith("No such command"):
        name, *near = _QUOTED.findall(message)
        return tell("usage.no_such_command", lang, name=name) + _near(near, lang)
    if message.startswith("Got unexpected extra argument"):
        return tell("usage.too_much", lang, value=message.partition("(s) ")[2][1:-1][:_SHOWN])
    return tell("usage.no_command", lang) if message == "Missing command." else None


def _invalid_value(option: str, error: Mapping[str, Any], reason: str, lang: str) -> str:
    return tell("usage.invalid_value", lang, option=option, value=str(error["input"])[:_SHOWN], reason=reason)


def _choices(refused: TyperOption | TyperArgument, lang: str) -> str:
    known = refused.type_descriptor.choices
    return tell("usage.choices", lang, choices=", ".join(map(str, known))) if known else ""


def _near(names: Sequence[str], lang: str) -> str:
    return " " + tell("usage.did_you_mean", lang, names=", ".join(names)) if names else ""
