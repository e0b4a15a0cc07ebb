"""The ranking process over HTTP."""

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
    refusals.install(app)

    @app.post(PATH)
    async def rank(request: Request) -> Response:
        """Rank one list."""
        began, status = time.monotonic(), 500
        try:
            authorise(request, key)
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

    language_routes.install(app, service, key=key)

    @app.get("/health/live")
    async def live() -> Response:
        """Always 200 while the process runs."""
        return JSONResponse({"status": "live"})

    @app.get("/health/ready")
    async def ready() -> Response:
        """Whether lists are ranked now."""
        said = Health(
            status=service.state, model=service.version, language_models=service.ordering.said
        )
        return JSONResponse(said.model_dump(), 200 if service.state == "ready" else 503)

    @app.get("/metrics")
    async def metrics() -> Response:
        """Figures for Prometheus."""
        text = service.figures.exposition()
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    return app


def _same_model(request: Request, version: str) -> None:
    asked = request.headers.get(MODEL)
    if asked != version:
        raise Malformed(
            MODEL,
            f"the model here is of version {version}",
            fix="let caller and service run the same version, and name it",
        )
