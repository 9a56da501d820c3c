"""Sentences of the service in French and English, and which of the two a request wants."""

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from starlette.requests import Request

from matcher.wording import LANGUAGES, Lang, as_lang

_NARROW: Final = re.compile(r" (?=[;?!])")
_WIDE: Final = re.compile(r"(?<=«) | (?=[»:])")


def phrase(code: str, lang: Lang, /, **values: Any) -> str:
    """The sentence of a dotted code, filled in.

    Raises:
        KeyError: no sentence has this code, or a value that it needs is missing.
    """
    return _phrases(lang)[code].format_map(values)


def language_of(request: Request) -> Lang:
    """The language to answer in: ``lang`` of the body or address, then Accept-Language, then the service's own."""
    asked = getattr(request.state, "lang", None) or request.query_params.get("lang")
    if asked in LANGUAGES:
        return as_lang(asked)
    return accepted(request.headers.get("accept-language", "")) or as_lang(request.app.state.settings.lang)


def accepted(header: str) -> Lang | None:
    """The language that an Accept-Language header likes best, among ours."""
    liked: list[tuple[float, Lang]] = []
    for part in header.lower().split(","):
        tag, _, parameter = part.strip().partition(";")
        quality = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)", parameter)
        weight = float(quality[1]) if quality else 1.0
        liked += [(weight, lang) for lang in LANGUAGES if tag.split("-")[0] == lang and weight > 0]
    return max(liked, key=lambda each: each[0])[1] if liked else None


@lru_cache(maxsize=2)
def _phrases(lang: Lang) -> Mapping[str, str]:
    tables = tomllib.loads(files("api").joinpath(f"messages/{lang}.toml").read_text(encoding="utf-8"))
    return {
        ".".join(path): text if lang == "en" else _NARROW.sub("\u202f", _WIDE.sub("\u00a0", text))
        for path, text in _leaves(tables)
    }


def _leaves(table: Mapping[str, Any], path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], str]]:
    leaves: list[tuple[tuple[str, ...], str]] = []
    for key, value in table.items():
        leaves += [((*path, key), value)] if isinstance(value, str) else _leaves(value, (*path, key))
    return leaves
