"""Errors as ``application/problem+json`` (RFC 9457), each kind with one status, one code and its words.

``KINDS`` gives the status of each code; ``BY_EXCEPTION`` maps the exception trees of all packages to the codes; the
words are in ``api/messages``.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api import errors as api_errors
from api.bounds import MOST_BYTES, MOST_SECONDS
from api.wording import language_of, phrase
from corpora import errors as corpora_errors
from matcher import errors as matcher_errors
from matcher.wording import Lang, explain, wrong_value
from models import errors as models_errors

MEDIA_TYPE: Final = "application/problem+json"
RETRY_SECONDS: Final = 5

KINDS: Final[dict[str, int]] = {
    "malformed_body": 400,
    "token_required": 401,
    "cross_site": 403,
    "unknown_host": 403,
    "not_found": 404,
    "unknown_id": 404,
    "unknown_batch": 404,
    "method_not_allowed": 405,
    "batch_not_done": 409,
    "index_locked": 409,
    "body_too_large": 413,
    "invalid_request": 422,
    "empty_text": 422,
    "invalid_filter": 422,
    "batch_refused": 422,
    "too_many_requests": 429,
    "internal_error": 500,
    "no_snapshot": 503,
    "snapshot_unusable": 503,
    "not_ready": 503,
    "model_unavailable": 503,
    "store_unavailable": 503,
    "too_slow": 503,
}
"""Status of each code. Codes and statuses are a promise to programs: they do not change."""

BY_EXCEPTION: Final[dict[type[Exception], str]] = {
    matcher_errors.EmptyText: "empty_text",
    matcher_errors.UnknownId: "unknown_id",
    matcher_errors.InvalidFilter: "invalid_filter",
    matcher_errors.NoSnapshot: "no_snapshot",
    matcher_errors.SnapshotError: "snapshot_unusable",
    matcher_errors.BatchError: "batch_refused",
    matcher_errors.CacheError: "store_unavailable",
    matcher_errors.IndexLocked: "index_locked",
    corpora_errors.UnknownRecord: "unknown_id",
    corpora_errors.StoreError: "store_unavailable",
    SQLAlchemyError: "store_unavailable",
    models_errors.ModelError: "model_unavailable",
    api_errors.NotReady: "not_ready",
    api_errors.TooSlow: "too_slow",
    api_errors.TokenRequired: "token_required",
    api_errors.CrossSite: "cross_site",
    api_errors.UnknownHost: "unknown_host",
    api_errors.UnknownBatch: "unknown_batch",
    api_errors.BatchNotDone: "batch_not_done",
}
"""Code of each exception and of those below it; any other is an ``internal_error``, of which nothing is told."""

BY_STATUS: Final = {
    400: "malformed_body",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
}
"""Code of what the framework itself refuses."""


class FieldProblem(BaseModel):
    """What is wrong with one field: its place (``filters.trl_min``), Pydantic's type of error, and words."""

    field: str
    code: str
    message: str


class Problem(BaseModel):
    """An error, as RFC 9457 shapes it; ``code`` is for programs, ``title`` and ``detail`` for people."""

    model_config = ConfigDict(json_schema_extra={"title": "Problem"})

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    request_id: str | None = None
    errors: list[FieldProblem] | None = Field(default=None, description="For an invalid request: its fields.")


def code_of(error: Exception) -> str:
    """Code of an exception by the nearest class in ``BY_EXCEPTION``."""
    return next((BY_EXCEPTION[kind] for kind in type(error).__mro__ if kind in BY_EXCEPTION), "internal_error")


def respond(
    request: Request,
    code: str,
    *,
    status: int | None = None,
    detail: str | None = None,
    fields: list[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> Response:
    """The problem of this code as a response, in the language of the request; ``values`` fill its sentence."""
    lang = language_of(request)
    status = status or KINDS[code]
    problem = Problem(
        type=f"/problems#{code}",
        title=phrase(f"problem.{code}.title", lang),
        status=status,
        detail=detail or words(code, lang, status=status, **values),
        instance=request.url.path,
        code=code,
        request_id=getattr(request.state, "request_id", None),
        errors=fields,
    )
    sent = {"Content-Language": lang} | dict(headers or {})
    if status in {401, 503}:
        sent |= {"WWW-Authenticate": "Bearer"} if status == 401 else {"Retry-After": str(RETRY_SECONDS)}
    content = json.dumps(problem.model_dump(exclude_none=True), ensure_ascii=False)
    # a field's name may hold half a surrogate pair, which UTF-8 cannot carry but JSON can escape
    return Response(content.encode("utf-8", "backslashreplace"), status, sent, MEDIA_TYPE)


def words(code: str, lang: Lang, **values: Any) -> str:
    """What a code means and what to do; ``values`` fill in what only the request knows."""
    known = {"most": MOST_BYTES, "seconds": MOST_SECONDS, "limit": "MATCHER_RATE_LIMIT"}
    return phrase(f"problem.{code}.detail", lang, **known | values)


def install(app: FastAPI) -> None:
    """Have every error of the routes answered as a problem."""
    for kind in (RequestValidationError, HTTPException, *BY_EXCEPTION):
        app.add_exception_handler(kind, _HANDLERS.get(kind, known_error))


async def known_error(request: Request, error: Exception) -> Response:
    """An exception of the trees in ``BY_EXCEPTION``."""
    return respond(request, code_of(error), detail=own_words(error, language_of(request)))


def own_words(error: Exception, lang: Lang) -> str | None:
    """What an error itself says, where that may be told over HTTP; the words of its code are to stand for it else."""
    told = (
        isinstance(error, matcher_errors.MatcherError)
        and not isinstance(error, matcher_errors.SnapshotError)  # its words name files of this machine
        and error.code is not None
    )
    return explain(error, lang) if told else None


async def _refused_by_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = BY_STATUS.get(error.status_code, "http_error")
    return respond(request, code, status=error.status_code, headers=error.headers)


async def _invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if isinstance(error.body, dict) and isinstance(error.body.get("lang"), str):
        request.state.lang = error.body["lang"]
    lang = language_of(request)
    return respond(request, "invalid_request", fields=[_field_problem(each, lang) for each in error.errors()])


def _field_problem(error: Mapping[str, Any], lang: Lang) -> FieldProblem:
    """Say what is wrong without repeating what was sent: it may be a pitch."""
    code = str(error["type"])
    place = "" if code == "json_invalid" else ".".join(str(part) for part in error["loc"] if part != "body")
    return FieldProblem(field=place, code=code, message=wrong_value(error, lang))


_HANDLERS: Final = {RequestValidationError: _invalid_request, HTTPException: _refused_by_framework}
