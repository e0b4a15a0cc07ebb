"""The ranking process over HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hmac import compare_digest

from fastapi import FastAPI, HTTPException, Request
from pydantic import SecretStr
from starlette.responses import JSONResponse, Response

from credence.app.ranker_service import refusals
from credence.app.ranker_service.answer_wire import MEDIA_TYPE, packed_answer
from credence.app.ranker_service.case_wire import LARGEST_BODY, parsed_case
from credence.app.ranker_service.service import RankingService
from credence.app.ranker_service.speech import DEADLINE, LONGEST_DEADLINE, MODEL, PATH
from credence.app.ranker_service.tensors import Malformed

_DEFAULT_DEADLINE = 10_000  # milliseconds
_LARGE = 1_000_000  # bytes that take longer to read than handing them to a thread does


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
            _authorise(request, key)
            service.must_take()
            deadline = began + _milliseconds(request) / 1000
            _same_model(request, service.version)
            body = await _body(request)
            if len(body) > _LARGE:
                case = await asyncio.to_thread(parsed_case, body, dimension=service.dimension)
            else:
                case = parsed_case(body, dimension=service.dimension)
            ranked = await service.rank(case, deadline=deadline)
            status = 200
            return Response(packed_answer(ranked, version=service.version), media_type=MEDIA_TYPE)
        except Exception as error:
            status = refusals.status_of(error)
            raise
        finally:
            service.figures.request(status, time.monotonic() - began)

    @app.get("/health/live")
    async def live() -> Response:
        """Always 200 while the process runs."""
        return JSONResponse({"status": "live"})

    @app.get("/health/ready")
    async def ready() -> Response:
        """Whether lists are ranked now."""
        is_ready = service.state == "ready"
        return JSONResponse(
            {"status": service.state, "model": service.version}, 200 if is_ready else 503
        )

    @app.get("/metrics")
    async def metrics() -> Response:
        """Figures for Prometheus."""
        text = service.figures.exposition()
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    return app


def _authorise(request: Request, key: SecretStr | None) -> None:
    if key is None:
        return
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    known = compare_digest(given.strip().encode(), key.get_secret_value().encode())
    if scheme.lower() != "bearer" or not known:
        raise HTTPException(
            401,
            "this service needs its key: send `Authorization: Bearer KEY`",
            {"WWW-Authenticate": "Bearer"},
        )


def _milliseconds(request: Request) -> int:
    """How long the caller waits."""
    given = request.headers.get(DEADLINE, str(_DEFAULT_DEADLINE))
    if not (given.isascii() and given.isdecimal() and len(given) <= 6):
        raise Malformed(DEADLINE, "it is no number of milliseconds", fix="send a whole number")
    return min(int(given), LONGEST_DEADLINE)


def _same_model(request: Request, version: str) -> None:
    asked = request.headers.get(MODEL)
    if asked != version:
        raise Malformed(
            MODEL,
            f"the model here is of version {version}",
            fix="let caller and service run the same version, and name it",
        )


async def _body(request: Request) -> bytes:
    """The body, as long as it may be."""
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > LARGEST_BODY:
        raise _too_large()
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST_BODY:
            raise _too_large()
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large() -> HTTPException:
    return HTTPException(413, f"the body is larger than {LARGEST_BODY // 1024 // 1024} MiB")
