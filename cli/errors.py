"""From an error to words and an exit code: 0 done, 1 failed, 2 wrong usage, 3 input data refused."""

from collections.abc import Callable
from typing import Any

from cli.wording import tell

FAILED, WRONG_USAGE, REFUSED = 1, 2, 3
_SHOWN = 200
"""Characters of a wrong value that a message repeats."""
_SETTINGS_WITH_OPTION = frozenset({"workspace", "lang"})


class _Told(Exception):
    """An error that is told by a sentence of the command line: its ``code``, and the ``values`` that fill it in."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


class InputRefused(_Told):
    """A file given on the command line cannot be used. ``code`` is a sentence of ``refused``."""


class Failed(_Told):
    """The command could not do its work. ``code`` is a sentence of ``failed``."""


class WrongUsage(_Told):
    """Options that do not go together. ``code`` is a sentence of ``usage``."""


def describe(error: Exception, lang: str) -> tuple[int, str] | None:
    """Exit code and words for an error that a user can meet, None for one that should not happen."""
    for matches, code, words in _table():
        if isinstance(error, matches):
            return code, words(error, lang)
    return None


def _table() -> list[tuple[type[Exception], int, Callable[[Any, str], str]]]:
    """The first row that fits counts, so that the narrow errors stand before their bases."""
    from pydantic import ValidationError

    from corpora.errors import CorporaError, MappingError, UnknownRecord, UnreadableFile
    from matcher.errors import BatchError, EmptyText, EvaluationSetError, InvalidFilter, MatcherError, UnknownId
    from matcher.wording import explain
    from models.errors import ModelError

    told: Callable[[Any, str], str] = lambda error, lang: error.tell(lang)  # noqa: E731
    return [
        (InputRefused, REFUSED, lambda error, lang: tell(f"refused.{error.code}", lang, **error.values)),
        (WrongUsage, WRONG_USAGE, lambda error, lang: tell(f"usage.{error.code}", lang, **error.values)),
        (Failed, FAILED, lambda error, lang: tell(f"failed.{error.code}", lang, **error.values)),
        (ValidationError, WRONG_USAGE, _invalid_value),
        (UnreadableFile, REFUSED, told),
        (MappingError, WRONG_USAGE, told),
        (UnknownRecord, WRONG_USAGE, told),
        (EmptyText, WRONG_USAGE, explain),
        (UnknownId, WRONG_USAGE, explain),
        (InvalidFilter, WRONG_USAGE, explain),
        (BatchError, WRONG_USAGE, explain),
        (EvaluationSetError, REFUSED, explain),
        (MatcherError, FAILED, explain),
        (CorporaError, FAILED, told),
        (ModelError, FAILED, told),
    ]


def _invalid_value(error: Any, lang: str) -> str:
    from matcher.wording import wrong_value

    first = error.errors()[0]
    name = str(first["loc"][0])
    setting = error.title == "Settings" and name not in _SETTINGS_WITH_OPTION
    option = f"MATCHER_{name.upper()}" if setting else "--" + name.replace("_", "-")
    value = str(first["input"])[:_SHOWN]
    return tell("usage.invalid_value", lang, option=option, value=value, reason=wrong_value(first, lang))
