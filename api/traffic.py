"""How much a client may send: requests in a time, bytes in a body."""

import math
import time
from typing import Final

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.bounds import MOST_BYTES
from api.problems import respond

UNLIMITED: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""What monitoring asks for is not counted."""


class RateLimit:
    """Answer 429 to a client (by its address) that exceeds a rate such as ``120/minute``; empty means no limit."""

    def __init__(self, app: ASGIApp, rate: str) -> None:
        self.app = app
        self.rate = parse(rate) if rate else None
        self.said = rate
        self.limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] != "http" or self.rate is None or scope["path"] in UNLIMITED:
            return await self.app(scope, receive, send)
        client = scope["client"][0] if scope.get("client") else "unknown"
        if self.limiter.hit(self.rate, client):
            return await self.app(scope, receive, send)
        wait = math.ceil(self.limiter.get_window_stats(self.rate, client).reset_time - time.time())
        headers = {"Retry-After": str(max(wait, 1))}
        response = respond(Request(scope), "too_many_requests", headers=headers, limit=self.said)
        return await response(scope, receive, send)


class BodyLimit:
    """Answer 413 to a body above ``MOST_BYTES``, by its announced length or as it comes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > MOST_BYTES:
            response = respond(Request(scope), "body_too_large")
            return await response(scope, receive, send)
        received = 0

        async def counted() -> Message:
            """Receive, and stop a body beyond the limit."""
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MOST_BYTES:
                raise HTTPException(413)
            return message

        return await self.app(scope, counted, send)
