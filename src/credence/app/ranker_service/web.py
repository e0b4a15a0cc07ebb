"""The ranking process over HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from hmac import compare_digest
from typing import TypeVar

from fastapi import FastAPI, HTTPException, Request
from pydantic import SecretStr
from starlette.responses import JSONResponse, Response

from credence.app.ranker_service import refusals
from credence.app.ranker_service.answer_wire import MEDIA_TYPE, packed_answer
from credence.app.ranker_service.case_wire import LARGEST_BODY, parsed_case
from credence.app.ranker_service.health import Health
from credence.app.ranker_service.order_wire import LARGEST_ASK, packed_order, parsed_ask
from credence.app.ranker_service.presence import while_there
from credence.app.ranker_service.service import RankingService
from credence.app.ranker_service.speech import (
    DEADLINE,
    LONGEST_DEADLINE,
    LONGEST_ORDER,
    MODEL,
    ORDER_PATH,
    ORDER_TYPE,
    PATH,
)
from credence.app.ranker_service.tensors import Malformed

_DEFAULT_DEADLINE = 10_000  # milliseconds
_LARGE = 1_000_000  # bytes that take longer to read than handing them to a thread does
T = TypeVar("T")


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
            deadline = began + _milliseconds(request, longest=LONGEST_DEADLINE) / 1000
            _same_model(request, service.version)
            body = await _body(request, largest=LARGEST_BODY)
            case = await _parsed(body, partial(parsed_case, dimension=service.dimension))
            ranked = await service.rank(case, deadline=deadline)
            status = 200
            return Response(packed_answer(ranked, version=service.version), media_type=MEDIA_TYPE)
        except Exception as error:
            status = refusals.status_of(error)
            raise
        finally:
            service.figures.request(status, time.monotonic() - began)

    @app.post(ORDER_PATH)
    async def order(request: Request) -> Response:
        """Put one list into order by language models."""
        began, status = time.monotonic(), 500
        try:
            _authorise(request, key)
            service.must_order()
            deadline = began + _milliseconds(request, longest=LONGEST_ORDER) / 1000
            _must_say_json(request)
            body = await _body(request, largest=LARGEST_ASK)
            shown = await _parsed(body, parsed_ask)
            made = await while_there(request, service.order(shown, deadline=deadline))
            status = 499 if made is None else 200  # nobody reads the first
            return Response(
                b"" if made is None else packed_order(made), status, media_type=ORDER_TYPE
            )
        except Exception as error:
            status = refusals.status_of(error)
            raise
        finally:
            service.ordering.figures.request(status)

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


def _milliseconds(request: Request, *, longest: int) -> int:
    """How long the caller waits."""
    given = request.headers.get(DEADLINE, str(_DEFAULT_DEADLINE))
    if not (given.isascii() and given.isdecimal() and len(given) <= 6):
        raise Malformed(DEADLINE, "it is no number of milliseconds", fix="send a whole number")
    return min(int(given), longest)


def _same_model(request: Request, version: str) -> None:
    asked = request.headers.get(MODEL)
    if asked != version:
        raise Malformed(
            MODEL,
            f"the model here is of version {version}",
            fix="let caller and service run the same version, and name it",
        )


def _must_say_json(request: Request) -> None:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != ORDER_TYPE:
        raise HTTPException(415, f"send the header `Content-Type: {ORDER_TYPE}`")


async def _body(request: Request, *, largest: int) -> bytes:
    """The body, as long as it may be."""
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > largest:
        raise _too_large(largest)
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > largest:
            raise _too_large(largest)
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large(largest: int) -> HTTPException:
    return HTTPException(413, f"the body is larger than {largest // 1024 // 1024} MiB")


async def _parsed(body: bytes, parse: Callable[[bytes], T]) -> T:
    return parse(body) if len(body) <= _LARGE else await asyncio.to_thread(parse, body)
