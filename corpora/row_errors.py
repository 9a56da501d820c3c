"""What is wrong with a row, worded in French and English."""

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

ERROR_COLUMNS = ("rejet_ligne", "rejet_colonne", "rejet_code", "rejet_raison", "rejet_remede")
"""Columns of a file of rejects that say what is wrong; they are no data."""

_SHOWN = 80


class Problem(NamedTuple):
    """One thing wrong with a row: a code of ``row_errors.toml``, the column and its cell."""

    code: str
    column: str | None = None
    value: str | None = None


class RowRejected(ValueError):
    """A row cannot become a record, for one or more reasons."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(", ".join(problem.code for problem in problems))
        self.problems = problems


class RowError(BaseModel):
    """One reason why a row was rejected. ``row`` counts as Excel and editors do."""

    model_config = ConfigDict(frozen=True)

    file: str
    sheet: str | None = None
    row: int
    column: str | None = None
    value: str | None = None
    code: str

    def message(self, lang: Literal["fr", "en"] = "fr") -> str:
        """What is wrong, in one sentence."""
        return self._say(lang)

    def remedy(self, lang: Literal["fr", "en"] = "fr") -> str:
        """What to do about it, in one sentence."""
        return self._say(f"{lang}_remedy")

    def _say(self, key: str) -> str:
        value = (self.value or "").replace("\0", "␀")
        shown = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
        return _sentences()[self.code][key].format(column=self.column or "", value=shown)


@lru_cache(maxsize=1)
def _sentences() -> dict[str, dict[str, str]]:
    return tomllib.loads((files("corpora") / "row_errors.toml").read_text("utf-8"))
