"""POST /v1/index: bring the index up to the records."""

from fastapi import APIRouter, Request, Response

from api.bodies import IndexQuery, IndexRun
from api.dependencies import TheService, spoken

router = APIRouter(tags=["index"])
writing = APIRouter(tags=["index"])


@writing.post("/v1/index", summary="Index what was written since", status_code=202)
def start_index(service: TheService, request: Request, response: Response, query: IndexQuery | None = None) -> IndexRun:
    """Index in the background, after the runs that wait; answers go on from the snapshot before until it is done."""
    response.headers["Location"] = "/v1/index"
    return service.reindexing.start(spoken(request, None), rebuild=bool(query and query.rebuild))


@router.get("/v1/index", summary="Follow the last indexing run")
def read_index(service: TheService) -> IndexRun:
    """``status`` is idle, queued, running, done or failed."""
    return service.reindexing.last
