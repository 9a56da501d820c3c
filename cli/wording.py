"""Sentences of the command line in French and English: messages, headings and help."""

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any


def tell(code: str, lang: str, **values: Any) -> str:
    """The sentence of a dotted code, filled in; a table with ``one`` and ``other`` is chosen by ``count``.

    Raises:
        KeyError: no sentence has this code, or a value that it needs is missing.
    """
    node: Any = sentences(lang)
    for part in code.split("."):
        node = node[part]
    if isinstance(node, dict):
        count = values["count"]
        node = node["one" if count == 1 or (lang == "fr" and count == 0) else "other"]
    return str(node).format(**values)


@lru_cache(maxsize=2)
def sentences(lang: str) -> dict[str, Any]:
    """All sentences of a language."""
    return tomllib.loads((files("cli") / "messages" / f"{lang}.toml").read_text("utf-8"))
