"""For monitoring: whether the service runs, whether it can answer, and its metrics."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.bodies import Health, Ready
from api.dependencies import TheService
from api.openapi import problems

router = APIRouter(tags=["monitoring"])


@router.get("/healthz", summary="Does the service run?")
async def healthz() -> Health:
    """Always ``ok`` while the service answers at all."""
    return Health()


@router.get(
    "/readyz",
    summary="Can the service answer?",
    responses=problems("not_ready", "no_snapshot", "snapshot_unusable", "model_unavailable", "store_unavailable"),
)
def readyz(service: TheService) -> Ready:
    """The snapshot and the model in use, once the snapshot is open and the encoder loaded."""
    return service.ready()


@router.get(
    "/metrics",
    summary="Metrics for Prometheus",
    response_class=Response,
    responses={200: {"description": "Prometheus text format.", "content": {"text/plain": {}}}},
)
def metrics(service: TheService) -> Response:
    """Requests by route, answers, and the snapshot in use."""
    return Response(service.metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})
