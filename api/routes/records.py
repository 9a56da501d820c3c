"""Challenges and solutions: listed, read, written."""

from typing import Annotated, TypeVar
from urllib.parse import quote

from fastapi import APIRouter, Body, Response
from fastapi.exceptions import RequestValidationError
from pydantic_core import PydanticSerializationError

from api import examples
from api.bodies import ChallengePage, SolutionPage
from api.dependencies import Cursor, Limit, TheService
from api.openapi import answer, problems
from api.service import Service
from corpora.language import detect_language
from corpora.records import Challenge, Solution

AnyRecord = TypeVar("AnyRecord", Challenge, Solution)

router = APIRouter(tags=["records"])
writing = APIRouter(tags=["records"])

_NewChallenge = Annotated[
    Challenge, Body(openapi_examples=examples.named(examples.CHALLENGE_FR, examples.CHALLENGE_EN))
]
_NewSolution = Annotated[Solution, Body(openapi_examples=examples.named(examples.SOLUTION_FR, examples.SOLUTION_EN))]


@router.get("/v1/challenges", summary="List challenges by id")
def list_challenges(service: TheService, limit: Limit = 50, cursor: Cursor = None) -> ChallengePage:
    """A page of challenges; ``next`` is the ``cursor`` of the page after."""
    found = service.matcher.store.challenges(limit=limit + 1, after=cursor)
    return ChallengePage(items=found[:limit], next=_next(found, limit))


@router.get("/v1/solutions", summary="List solutions by id")
def list_solutions(service: TheService, limit: Limit = 50, cursor: Cursor = None) -> SolutionPage:
    """A page of solutions; ``next`` is the ``cursor`` of the page after."""
    found = service.matcher.store.solutions(limit=limit + 1, after=cursor)
    return SolutionPage(items=found[:limit], next=_next(found, limit))


@router.get(
    "/v1/challenges/{id:path}",
    summary="Read a challenge",
    responses=answer("The record.", examples.CHALLENGE_FR, examples.CHALLENGE_EN) | problems("unknown_id"),
)
def read_challenge(id: str, service: TheService) -> Challenge:  # noqa: A002 - the word of the address
    """One challenge, all of it."""
    return service.matcher.store.challenge(id)


@router.get(
    "/v1/solutions/{id:path}",
    summary="Read a solution",
    responses=answer("The record.", examples.SOLUTION_FR, examples.SOLUTION_EN) | problems("unknown_id"),
)
def read_solution(id: str, service: TheService) -> Solution:  # noqa: A002 - the word of the address
    """One solution, all of it."""
    return service.matcher.store.solution(id)


@writing.post(
    "/v1/challenges",
    summary="Create or update a challenge",
    status_code=201,
    responses={200: {"model": Challenge, "description": "It was known: updated, or the same."}},
)
def write_challenge(record: _NewChallenge, service: TheService, response: Response) -> Challenge:
    """Keep a challenge under its id. It is matched at once by its id, and self-checks see it at once."""
    return _write(record, "challenges", service, response)


@writing.post(
    "/v1/solutions",
    summary="Create or update a solution",
    status_code=201,
    responses={200: {"model": Solution, "description": "It was known: updated, or the same."}},
)
def write_solution(record: _NewSolution, service: TheService, response: Response) -> Solution:
    """Keep a solution under its id. It is proposed after POST /v1/index."""
    return _write(record, "solutions", service, response)


def _writable(record: AnyRecord) -> AnyRecord:
    """The record, its language detected as an import does; an ``extra`` that UTF-8 cannot carry is refused."""
    try:
        record.model_dump_json()
    except PydanticSerializationError as error:
        raise RequestValidationError([{"type": "string_unicode", "loc": ("body", "extra")}]) from error
    if record.language is not None:
        return record
    return record.model_copy(update={"language": detect_language(f"{record.heading}. {record.text}")})


def _write(record: AnyRecord, kind: str, service: Service, response: Response) -> AnyRecord:
    record = _writable(record)
    counts = service.matcher.store.write([record])
    response.status_code = 201 if counts.added else 200
    response.headers["Location"] = f"/v1/{kind}/{quote(record.id, safe='')}"
    return record


def _next(found: list[AnyRecord], limit: int) -> str | None:
    return found[limit - 1].id if len(found) > limit else None
