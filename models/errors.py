"""Every error of ``models``.

ModelError
├── WeightsError      weights missing, damaged or of an unknown layout
└── EncoderError      a model that cannot be loaded or used
"""

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Literal


class ModelError(Exception):
    """Base of every error raised by ``models``: a code of ``errors.toml`` and the values that fill its sentence."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = values
        super().__init__(self.tell("en"))

    def tell(self, lang: Literal["fr", "en"]) -> str:
        """What was wrong and what to do, in one or two sentences."""
        return _sentences()[self.code][lang].format_map(self.values)


class WeightsError(ModelError):
    """Weights are missing, damaged (checksum) or of an unknown layout."""


class EncoderError(ModelError):
    """A model could not be loaded or used for encoding."""


@lru_cache(maxsize=1)
def _sentences() -> dict[str, dict[str, str]]:
    return tomllib.loads((files("models") / "errors.toml").read_text("utf-8"))
