"""POST /v1/batches: the run before a meeting, and how far it is."""

import mimetypes

from fastapi import APIRouter, Request, Response
from starlette.responses import FileResponse

from api.bodies import Batch, BatchQuery
from api.dependencies import TheService, spoken
from api.openapi import Responses, problems
from api.pages import HEADERS as PAGE_HEADERS
from matcher.eligibility import check_filters

_FILE: Responses = {200: {"description": "The file.", "content": {"application/octet-stream": {}}}}

router = APIRouter(tags=["batches"])
writing = APIRouter(tags=["batches"])


@writing.post(
    "/v1/batches",
    summary="Match every open challenge for a meeting",
    status_code=202,
    responses=problems("unknown_id", "invalid_filter", "no_snapshot", "snapshot_unusable"),
)
def start_batch(query: BatchQuery, service: TheService, request: Request, response: Response) -> Batch:
    """Start the run in the background, after those that wait; ``Location`` is its status."""
    lang = spoken(request, query.lang)
    check_filters(query.filters)
    service.snapshot()
    service.matcher.check_ids(query.filters)
    batch = service.batches.start(query, lang)
    response.headers["Location"] = f"/v1/batches/{batch.id}"
    return batch


@router.get("/v1/batches/{id}", summary="Follow a batch", responses=problems("unknown_batch"))
def read_batch(id: str, service: TheService, request: Request) -> Batch:  # noqa: A002 - the word of the address
    """``status`` is queued, running, done or failed; a batch that is done names its files."""
    return service.batches.get(id, spoken(request, None))


@router.get(
    "/v1/batches/{id}/files/{name}",
    summary="Download a file of a batch",
    response_class=FileResponse,
    responses=_FILE | problems("unknown_batch", "batch_not_done"),
)
def read_batch_file(id: str, name: str, service: TheService) -> FileResponse:  # noqa: A002 - the word of the address
    """proposals.jsonl, proposals.xlsx, proposals.html or manifest.json."""
    path = service.batches.file(id, name)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if kind == "text/html":
        return FileResponse(path, media_type=kind, headers=PAGE_HEADERS)
    return FileResponse(path, media_type=kind, filename=name)
