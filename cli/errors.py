"""From an error to words and an exit code: 0 done, 1 failed, 2 wrong usage, 3 input data refused."""

from collections.abc import Callable
from typing import Any

from cli.wording import tell

FAILED, WRONG_USAGE, REFUSED = 1, 2, 3


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
    from typer._click.exceptions import NoArgsIsHelpError, UsageError

    from cli.usage import explain_usage, explain_value
    from corpora.errors import CorporaError, MappingError, UnknownRecord, UnreadableFile
    from matcher.errors import BatchError, EmptyText, EvaluationSetError, InvalidFilter, MatcherError, UnknownId
    from matcher.wording import explain
    from models.errors import ModelError

    told: Callable[[Any, str], str] = lambda error, lang: error.tell(lang)  # noqa: E731
    return [
        (InputRefused, REFUSED, lambda error, lang: tell(f"refused.{error.code}", lang, **error.values)),
        (WrongUsage, WRONG_USAGE, lambda error, lang: tell(f"usage.{error.code}", lang, **error.values)),
        (Failed, FAILED, lambda error, lang: tell(f"failed.{error.code}", lang, **error.values)),
        (NoArgsIsHelpError, WRONG_USAGE, lambda error, _: str(error.message)),
        (UsageError, WRONG_USAGE, explain_usage),
        (ValidationError, WRONG_USAGE, explain_value),
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
