"""The ranking core: passages, dense and lexical index, scoring, eligibility, evidence, batches."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matcher.engine import Matcher

__all__ = ["Matcher"]


def __getattr__(name: str) -> object:
    """Load the engine on first use, so that ``import matcher.filters`` stays cheap."""
    if name == "Matcher":
        from matcher.engine import Matcher

        return Matcher
    raise AttributeError(f"module 'matcher' has no attribute {name!r}")
