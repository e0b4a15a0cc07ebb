"""The ranking process over HTTP.

The routes' functions belong to the module and take the service from the request: FastAPI remembers
every function that it was given as a route, and with one that holds a service, all its models.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI, Request
from pydantic import SecretStr
from starlette.responses import JSONResponse, Response

from credence.app.ranker_service import language_routes, refusals
from credence.app.ranker_service.answer_wire import MEDIA_TYPE, packed_answer
from credence.app.ranker_service.case_wire import LARGEST_BODY, parsed_case
from credence.app.ranker_service.health import Health
from credence.app.ranker_service.request_reading import (
    authorise,
    body_of,
    milliseconds_of,
    parsed,
)
from credence.app.ranker_service.served import Served, served_by
from credence.app.ranker_service.service import RankingService
from credence.app.ranker_service.speech import LONGEST_DEADLINE, MODEL, PATH
from credence.app.ranker_service.tensors import Malformed


def create_service(service: RankingService, *, key: SecretStr | None) -> FastAPI:
    """The web application of one model; health and figures need no key."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with service.running():
            yield

    app = FastAPI(lifespan=lifespan, openapi_url=None, title="Credence's ranking process")
    app.state.served = Served(service=service, key=key)
    refusals.install(app)
    app.add_api_route(PATH, _rank, methods=["POST"])
    language_routes.install(app)
    app.add_api_route("/health/live", _live)
    app.add_api_route("/health/ready", _ready)
    app.add_api_route("/metrics", _metrics)
    return app


async def _rank(request: Request) -> Response:
    """Rank one list."""
    began, status = time.monotonic(), 500
    served = served_by(request)
    service = served.service
    try:
        authorise(request, served.key)
        service.must_take()
        deadline = began + milliseconds_of(request, longest=LONGEST_DEADLINE) / 1000
        _same_model(request, service.version)
        body = await body_of(request, largest=LARGEST_BODY)
        case = await parsed(body, partial(parsed_case, dimension=service.dimension))
        ranked = await service.rank(case, deadline=deadline)
        status = 200
        return Response(packed_answer(ranked), media_type=MEDIA_TYPE)
    except Exception as error:
        status = refusals.status_of(error)
        raise
    finally:
        service.figures.request(status, time.monotonic() - began)


async def _live() -> Response:
    """Always 200 while the process runs."""
    return JSONResponse({"status": "live"})


async def _ready(request: Request) -> Response:
    """Whether lists are ranked now."""
    service = served_by(request).service
    said = Health(
        status=service.state, model=service.version, language_models=service.ordering.said
    )
    return JSONResponse(said.model_dump(), 200 if service.state == "ready" else 503)


async def _metrics(request: Request) -> Response:
    """Figures for Prometheus."""
    text = served_by(request).service.figures.exposition()
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def _same_model(request: Request, version: str) -> None:
    asked = request.headers.get(MODEL)
    if asked != version:
        raise Malformed(
            MODEL,
            f"the model here is of version {version}",
            fix="let caller and service run the same version, and name it",
        )
