"""The answers of the server, by path."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.routing import Route

from regard.config import CompetitionConfig, ServeConfig
from regard.data.joining import JoinedTable
from regard.serving.batching import Batcher
from regard.serving.bodies import Health, ModelCard, PredictRequest, PredictResponse, Problem
from regard.serving.measures import CONTENT_TYPE, Measures
from regard.serving.rows import read_rows

PAGE_FILES = {  # path: file of page/, media type
    "/": ("index.html", "text/html"),
    "/app.js": ("app.js", "text/javascript"),
    "/style.css": ("style.css", "text/css"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The Host header is not a name of this server."},
    413: {"model": Problem, "description": "The body is too large."},
    422: {"model": Problem, "description": "The body is no JSON, or its rows lack columns."},
    503: {"model": Problem, "description": "The queue is full; see the header Retry-After."},
}

router = APIRouter()


@dataclass(frozen=True)
class Service:
    """Everything that answers need; the app keeps it in its state."""

    card: ModelCard
    competition: CompetitionConfig
    settings: ServeConfig
    batcher: Batcher
    measures: Measures
    table: JoinedTable | None = None


@router.post("/predict", responses=_PROBLEMS, response_model_exclude_none=True)
async def predict(body: PredictRequest, request: Request) -> PredictResponse:
    """Predict one row or many."""
    service: Service = request.app.state.service
    rows = read_rows(body, service.competition, service.settings, service.table)
    predictions = await service.batcher.predict(rows)
    return PredictResponse(run=service.card.name, predictions=predictions)


@router.get("/health")
async def health(request: Request) -> Health:
    """Tell that the models are loaded."""
    service: Service = request.app.state.service
    return Health(status="ok", run=service.card.name)


@router.get("/model")
async def model(request: Request) -> ModelCard:
    """Describe the run that is served."""
    service: Service = request.app.state.service
    return service.card


@router.get("/metrics", response_class=Response)
async def metrics(request: Request) -> Response:
    """Return the measures of the server in Prometheus's text form."""
    service: Service = request.app.state.service
    return Response(service.measures.text(), headers={"Content-Type": CONTENT_TYPE})


def page_routes() -> list[Route]:
    """Return a route for each file of the page, which is read once."""
    folder = files("regard.serving") / "page"
    return [
        Route(path, _sender((folder / name).read_bytes(), media_type))
        for path, (name, media_type) in PAGE_FILES.items()
    ]


def _sender(content: bytes, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    async def send(request: Request) -> Response:
        return Response(content, media_type=media_type)

    return send
