"""Why a run in the background failed, for its status and for the log."""

from typing import Any

from api.bodies import Failure
from api.problems import code_of, own_words
from api.wording import phrase
from matcher.wording import Lang


def failure(error: Exception, lang: Lang, log: Any) -> Failure:
    """The code and the words of an error; of one that is not ours nothing is told but that it happened."""
    code = code_of(error)
    log.error("run failed", code=code, error=type(error).__name__)
    part = "title" if code == "internal_error" else "detail"
    return Failure(code=code, message=own_words(error, lang) or phrase(f"problem.{code}.{part}", lang))
