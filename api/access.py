"""Around every request: an id, one line of log without texts, its metrics, safe headers, and an answer to a crash."""

import logging
import re
import sys
import time
import traceback
import uuid
from typing import Any, Final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import ResponseBroken
from api.metrics import Metrics
from api.problems import respond

REQUEST_ID: Final = "X-Request-ID"
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
}
"""Sent with every answer that does not say otherwise."""

_GIVEN_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def access_log(level: str) -> Any:
    """A logger of JSON lines on stderr, from this level up: requests are INFO, crashes ERROR."""
    return structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
    )


class Access:
    """Outermost of the service's own layers: it sees each request whole, whatever becomes of it."""

    def __init__(self, app: ASGIApp, metrics: Metrics, log: Any) -> None:
        self.app = app
        self.metrics = metrics
        self.log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started = time.perf_counter()
        given = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = given if _GIVEN_ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def finished(message: Message) -> None:
            """Send, and keep the status for the log."""
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers[REQUEST_ID] = request_id
            await send(message)

        try:
            await self.app(scope, receive, finished)
        except Exception as error:
            self.log.error("crash", request_id=request_id, route=_route(scope), **_without_values(error))  # noqa: TRY400
            if status:
                raise ResponseBroken from None
            await respond(Request(scope), "internal_error")(scope, receive, finished)
        finally:
            seconds = time.perf_counter() - started
            self.metrics.request(scope["method"], _route(scope), status, seconds)
            self.log.info(
                "request",
                request_id=request_id,
                method=scope["method"],
                route=_route(scope),
                status=status,
                ms=round(seconds * 1000, 1),
            )


def _route(scope: Scope) -> str:
    """The template of the address, so that no id or text of a client gets into logs and metrics."""
    return getattr(scope.get("route"), "path", "unmatched")


def _without_values(error: Exception) -> dict[str, str]:
    """The kind and the place of an error; its message may repeat a text that must not be logged."""
    frames = traceback.extract_tb(error.__traceback__)
    return {"error": type(error).__name__, "where": " < ".join(f"{f.filename}:{f.lineno}" for f in frames[:-4:-1])}
