"""What routes are given: the service, the language, and leave to write."""

import secrets
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import SecretStr

from api.bounds import MOST_RECORDS
from api.errors import CrossSite, TokenRequired
from api.service import Service
from api.wording import language_of
from matcher.wording import Lang

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def service_of(request: Request) -> Service:
    """The service that the application was made with."""
    service: Service = request.app.state.service
    return service


def same_site(request: Request) -> None:
    """Refuse what a browser sends for a page of another site: the service has no logins to tell the two apart.

    Raises:
        CrossSite: the browser says so.
    """
    if request.method not in _SAFE and request.headers.get("sec-fetch-site") == "cross-site":
        raise CrossSite(f"{request.method} from another site")


def bearer_of(token: SecretStr) -> Callable[[HTTPAuthorizationCredentials | None], None]:
    """A dependency that asks for this token."""
    expected = token.get_secret_value().encode()

    def check(given: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]) -> None:
        """Refuse a request without the token."""
        if given is None or not secrets.compare_digest(given.credentials.encode(), expected):
            raise TokenRequired("the bearer token of the service is needed")

    return check


def spoken(request: Request, lang: str | None) -> Lang:
    """The language to answer in, where the body may ask for one; errors after this speak it too."""
    request.state.lang = lang
    return language_of(request)


TheService = Annotated[Service, Depends(service_of)]
Limit = Annotated[int, Query(ge=1, le=MOST_RECORDS, description="Most records of a page.")]
Cursor = Annotated[str | None, Query(max_length=200, description="``next`` of the page before.")]
