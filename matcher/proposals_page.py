"""One self-contained HTML page of challenges and their proposals, to read, hand out and print."""

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Literal

from corpora.records import Challenge
from matcher.results import MatchResult, Result
from matcher.territories import label
from matcher.wording import counted, say, worded

if TYPE_CHECKING:
    from jinja2 import Environment

OPEN_PROPOSALS = 3
"""Proposals of a challenge shown in full; the next ones are folded, and so are all when none fits."""
LEAD = 260
"""Characters of a challenge's text shown before it is unfolded."""


class PageMeta(Result):
    """What the head of the page says. Counts are of the records that were compared."""

    occasion: Literal["demo", "meeting", "match"]
    day: dt.date
    solutions: int
    meeting: str | None = None


def render_page(
    results: Sequence[MatchResult], meta: PageMeta, lang: str = "fr", challenges: Sequence[Challenge] = ()
) -> str:
    """The page as HTML text: styles inside, no script, no call to anything outside.

    ``challenges`` are the records behind the results, whose constraints are then shown.

    Raises:
        ValueError: a language other than fr and en.
    """
    page = _environment().get_template("proposals.html")
    return page.render(
        lang=lang,
        meta=meta,
        results=results,
        records={challenge.id: challenge for challenge in challenges},
        unanswered=sum(result.unanswered for result in results),
        title=say(f"page.title_{meta.occasion}", lang, meeting=meta.meeting),
        t=partial(say, lang=lang),
        counted=partial(counted, lang=lang),
        worded=partial(worded, lang=lang),
        open_proposals=OPEN_PROPOSALS,
    )


@lru_cache(maxsize=1)
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("matcher"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(lead=lead, web_link=web_link, territory=label)
    return environment


def lead(text: str, most: int = LEAD) -> str:
    """The beginning of a text, cut between two words; the whole text when it is short."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[:most].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def web_link(url: str | None) -> str | None:
    """``url`` if a browser may safely follow it (http or https), else None."""
    return url if url and url.strip().lower().startswith(("http://", "https://")) else None
