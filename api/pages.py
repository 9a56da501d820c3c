"""The service's own pages: the templates, and the headers that let them have styles and one form but no script."""

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import HTMLResponse

from api.wording import phrase
from matcher.wording import Lang, counted

if TYPE_CHECKING:
    from jinja2 import Environment

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
}


def page(name: str, lang: Lang, status: int = 200, **values: Any) -> HTMLResponse:
    """A template of ``api/templates`` filled in, as a response."""
    html = (
        _environment()
        .get_template(f"{name}.html")
        .render(
            lang=lang,
            t=lambda code, **v: phrase(f"page.{code}", lang, **v),
            counted=partial(counted, lang=lang),
            **values,
        )
    )
    return shown(html, lang, status)


def shown(html: str, lang: Lang, status: int = 200) -> HTMLResponse:
    """A finished page as a response."""
    return HTMLResponse(html, status, HEADERS | {"Content-Language": lang})


@lru_cache(maxsize=1)
def _environment() -> "Environment":
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=ChoiceLoader([PackageLoader("api"), PackageLoader("matcher")]),  # the style sheet is the matcher's
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
