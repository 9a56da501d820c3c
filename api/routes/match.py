"""POST /v1/match: the solutions that fit a challenge."""

from typing import Any

from fastapi import APIRouter, Request

from api import examples
from api.bodies import MatchQuery
from api.dependencies import TheService, spoken
from api.openapi import answer, problems
from matcher.results import MatchResult

router = APIRouter(tags=["matching"])


@router.post(
    "/v1/match",
    summary="Match a challenge: ranked proposals with their reasons",
    responses=answer("The answer, as the command line prints it.", examples.MATCH_ANSWER_FR, examples.MATCH_ANSWER_EN)
    | problems("empty_text", "invalid_filter", "unknown_id", "no_snapshot", "snapshot_unusable", "too_slow"),
)
async def match(query: MatchQuery, service: TheService, request: Request) -> MatchResult:
    """The first ``top`` solutions for a text or a stored challenge, and what filters excluded from among them.

    ``no_good_match`` says that none of them is plausible or better: an answer, not an error.
    """
    lang = spoken(request, query.lang)

    def find() -> MatchResult:
        """The answer to a stored challenge or to a text."""
        matcher = service.matcher
        wanted: dict[str, Any] = {"top": query.top, "filters": query.filters, "lang": lang, "diverse": query.diverse}
        if query.challenge_id is not None:
            return matcher.match_id(query.challenge_id, **wanted)
        return matcher.match(query.text or "", **wanted)

    result = await service.compute(find)
    service.count("match", result)
    return result
