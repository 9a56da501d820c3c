"""What routes are given: the service, the language, and leave to write."""

import secrets
from collections.abc import Callable
from ipaddress import ip_address
from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import SecretStr

from api.bounds import MOST_RECORDS
from api.errors import CrossSite, TokenRequired, UnknownHost
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
    if request.method not in _SAFE and request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
        raise CrossSite(f"{request.method} from another site")


def own_name(request: Request) -> None:
    """Refuse a domain name that is not among the settings' hosts.

    A page of ``evil.example`` may have that name lead to this machine, and a browser then takes the two for one site
    (DNS rebinding). Addresses and names without a dot cannot be had that way.

    Raises:
        UnknownHost: the name is another.
    """
    name = (request.url.hostname or "").rstrip(".").lower()
    if "." in name and not _is_address(name) and name not in request.app.state.settings.hosts:
        raise UnknownHost(name)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


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
