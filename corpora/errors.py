"""Every error of ``corpora``.

CorporaError
├── UnreadableFile      a file that cannot be read as a table (missing, empty, damaged, unknown format)
├── UnwritableFile      a file of rejects that cannot be written
├── MappingError        a column mapping that is wrong
├── UnknownRecord       an id that the store does not hold
└── StoreError          a database that cannot be opened, or of an unknown schema
"""

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Literal


class CorporaError(Exception):
    """Base of every error raised by ``corpora``: a code of ``errors.toml`` and the values that fill its sentence."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = values
        super().__init__(self.tell("en"))

    def tell(self, lang: Literal["fr", "en"]) -> str:
        """What was wrong and what to do, in one or two sentences."""
        return _sentences()[self.code][lang].format_map(self.values)


class UnreadableFile(CorporaError):
    """A file could not be read as a table of records."""


class UnwritableFile(CorporaError):
    """A file of rejected rows could not be written."""


class MappingError(CorporaError):
    """A column mapping names unknown fields or cannot be parsed."""


class UnknownRecord(CorporaError):
    """No record has this id."""


class StoreError(CorporaError):
    """The workspace database cannot be opened or is of an unknown schema."""


@lru_cache(maxsize=1)
def _sentences() -> dict[str, dict[str, str]]:
    return tomllib.loads((files("corpora") / "errors.toml").read_text("utf-8"))
