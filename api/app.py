"""The application: one service, its layers and its routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from anyio.to_thread import run_sync
from fastapi import Depends, FastAPI

from api import problems
from api.access import Access
from api.dependencies import bearer_of, own_name, same_site
from api.openapi import problems as documented
from api.openapi import with_problem_schema
from api.routes import batches, health, index, match, pages, records, self_check
from api.service import Service
from api.traffic import BodyLimit, RateLimit
from matcher.engine import Matcher
from matcher.settings import Settings

DESCRIPTION: Final = """\
Trouve, pour chaque défi d’une collectivité, les solutions qui y répondent le mieux, et dit pourquoi.

Finds, for each challenge of a local authority, the solutions that fit it best, and says why.

The JSON of answers is that of the command line. Errors are `application/problem+json` (RFC 9457), in French or English
by `lang`, else by `Accept-Language`; each `code` is a line of [/problems](/problems). The service is meant for the
network's own machine: it listens on loopback unless told otherwise and calls no outside service.
"""


def create_app(settings: Settings | None = None, matcher: Matcher | None = None) -> FastAPI:
    """Make the application.

    Args:
        settings: those of the environment when None.
        matcher: the matcher to use; the one of the settings' workspace, opened on first use, when None.
    """
    settings = settings or Settings()
    app = FastAPI(
        title="Matcher",
        version="1",
        description=DESCRIPTION,
        lifespan=_lifespan,
        docs_url=None,  # the usual documentation pages load their scripts from outside
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        dependencies=[Depends(own_name), Depends(same_site)],
        responses={422: documented("invalid_request")[422]}
        | {"default": documented("internal_error")[500] | {"description": "Any other error."}},
    )
    app.state.settings = settings
    app.state.service = service = Service(settings, matcher)
    problems.install(app)
    _route(app, settings)
    app.add_middleware(BodyLimit)
    app.add_middleware(RateLimit, rate=settings.rate_limit)
    app.add_middleware(Access, metrics=service.metrics, log=service.log)
    _describe(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    service.start()
    yield
    await run_sync(service.close)


def _route(app: FastAPI, settings: Settings) -> None:
    guard = [Depends(bearer_of(settings.api_token))] if settings.api_token else []
    for router in (match.router, self_check.router, records.router, batches.router, index.router):
        app.include_router(router)
    refused = documented("token_required") if guard else {}
    for router in (records.writing, batches.writing, index.writing):
        app.include_router(router, dependencies=guard, responses=refused)
    app.include_router(health.router)
    app.include_router(pages.router)


def _describe(app: FastAPI) -> None:
    """Have the OpenAPI description say what problems look like."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        """The description, with the shape of errors added once."""
        if app.openapi_schema is None:
            with_problem_schema(plain())
        return plain()

    app.openapi = openapi  # type: ignore[method-assign]
