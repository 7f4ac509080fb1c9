"""The web application: routes, refusals in one line, and the guard around all of it."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Executor
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from regard import __version__
from regard.config import ServeConfig
from regard.errors import RegardError, one_line
from regard.serving.batching import Batcher, QueueFullError
from regard.serving.card import model_card
from regard.serving.guard import Guard, host_names
from regard.serving.measures import Measures
from regard.serving.predictor import Predictor
from regard.serving.routes import PAGE_FILES, Service, page_routes, router

_RETRY_SECONDS = 1


def build_app(predictor: Predictor, settings: ServeConfig, worker: Executor) -> FastAPI:
    """Return the application that serves a run.

    Args:
        predictor: holds the loaded models.
        settings: the section `serve`.
        worker: an executor of one thread, in which the predictor was made.
    """
    run = predictor.run
    # No docs_url and redoc_url: these pages load scripts from other sites.
    app = FastAPI(
        title=f"Regard: {run.config.competition.name}",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.include_router(router)
    app.router.routes.extend(page_routes())
    paths = frozenset(["/predict", "/health", "/model", "/metrics", "/openapi.json", *PAGE_FILES])
    measures = Measures(paths)
    batcher = Batcher(predictor, worker, settings, measures.on_batch)
    measures.watch_queue(lambda: batcher.n_waiting)
    card = model_card(run, settings, explains=predictor.explains)
    app.state.service = Service(
        card, run.config.competition, settings, batcher, measures, run.joined
    )
    app.add_exception_handler(RequestValidationError, _refuse_body)
    app.add_exception_handler(RegardError, _refuse_rows)
    app.add_exception_handler(QueueFullError, _refuse_for_now)
    app.add_middleware(
        Guard,
        hosts=host_names([settings.host, *settings.allowed_hosts]),
        max_body=settings.max_body_kb * 1024,
        on_request=measures.on_request,
    )
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    batcher = app.state.service.batcher
    batcher.start()
    yield
    await batcher.stop()


def _refuse_body(request: Request, error: Exception) -> JSONResponse:
    """Name the place and the mistake, but repeat no text of the body."""
    assert isinstance(error, RequestValidationError)
    return JSONResponse({"detail": _first_line(error.errors())}, 422)


def _refuse_rows(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": one_line(error)}, 422)


def _refuse_for_now(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse(
        {"detail": "too many rows wait for their predictions; try again in a moment"},
        503,
        headers={"Retry-After": str(_RETRY_SECONDS)},
    )


def _first_line(errors: Sequence[Any]) -> str:
    """Return the first of pydantic's errors as one line.

    Example:
        {"loc": ("body", "texts", 0), "msg": "Input should be a valid string"}
          -> "texts.0: Input should be a valid string"
    """
    error = errors[0]
    place = error["loc"][1:]
    if error["type"] == "json_invalid":
        return f"the body is no JSON: {error['ctx']['error']} at character {place[0]}"
    if not place:
        return "send a JSON object, with the header Content-Type: application/json"
    # A cell of a row may have one of several types; pydantic names one of them.
    is_cell = place[0] == "rows" and len(place) > 3
    message = "a cell is a text, a number or null" if is_cell else error["msg"]
    # Names of the body may have line breaks.
    return " ".join(f"{'.'.join(str(part)[:40] for part in place[:3])}: {message}".split())
