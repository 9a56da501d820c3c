"""POST /v1/self-check: the challenges that a pitch answers."""

from fastapi import APIRouter, Request

from api import examples
from api.bodies import SelfCheckQuery
from api.dependencies import TheService, spoken
from api.openapi import answer, problems
from matcher.results import SelfCheckResult

router = APIRouter(tags=["matching"])


@router.post(
    "/v1/self-check",
    summary="Check a pitch: the challenges that it answers, and its standing",
    responses=answer(
        "The answer, as the command line prints it.", examples.SELF_CHECK_ANSWER_FR, examples.SELF_CHECK_ANSWER_EN
    )
    | problems("empty_text", "invalid_filter", "unknown_id", "no_snapshot", "snapshot_unusable", "too_slow"),
)
async def self_check(query: SelfCheckQuery, service: TheService, request: Request) -> SelfCheckResult:
    """The challenges that the pitch fits, with its standing among the known solutions as a range, without their names.

    The pitch is neither kept nor logged.
    """
    lang = spoken(request, query.lang)
    result = await service.compute(
        lambda: service.matcher.self_check(query.text, top=query.top, filters=query.filters, lang=lang)
    )
    service.count("self-check", result)
    return result
