"""Health for load balancers and figures for monitoring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from starlette.responses import Response

from credence.app.api.examples import shown_as
from credence.app.api.problems import documented
from credence.app.api.serving import Measured, Serving, serving
from credence.app.bootstrap import Application
from credence.memory.errors import Refused

router = APIRouter(tags=["health"])
_SILENT_SECONDS = 60.0  # it looks every few


@dataclass(frozen=True, slots=True)
class Missing:
    """What keeps requests from being served."""

    part: Literal["database", "planner"]
    says: str  # and what to do


class Live(BaseModel):
    """The process answers."""

    model_config = shown_as({"status": "live"})

    status: Literal["live"] = "live"


class Ready(BaseModel):
    """Whether requests can be served, and what is missing if not."""

    model_config = shown_as(
        {
            "status": "ready",
            "database": "ok",
            "encoder": "all-MiniLM-L6-v2",
            "models": {"planner": "closed"},
            "missing": [],
        }
    )

    status: Literal["ready", "unavailable"]
    database: str
    encoder: str | None
    models: dict[str, str] = Field(
        description="by role the circuit to its language model; while it is open the built-in "
        "part does the work, and requests are served all the same"
    )
    missing: list[str]


@router.get("/health/live", summary="Is the process alive", responses=documented())
async def live() -> Live:
    """Always 200 while the process runs; says nothing about the database."""
    return Live()


@router.get(
    "/health/ready",
    summary="Can requests be served",
    responses={**documented(), 503: {"model": Ready, "description": "Something is missing"}},
)
async def ready(request: Request, response: Response) -> Ready:
    """Database reachable, schema right, encoder loaded, the planner of `credence work` looking for
    people; 503 names what is missing."""
    held = serving(request)
    application = held.application
    if application is None:
        missing: Missing | None = Missing("database", held.missing)
    else:
        missing = await whats_missing(held, application)
    if missing is not None:
        response.status_code = 503
        response.headers["Retry-After"] = "2"
    return Ready(
        status="ready" if missing is None else "unavailable",
        database="not ready" if missing is not None and missing.part == "database" else "ok",
        encoder=application.encoder.name if application is not None else None,
        models={} if application is None else application.circuits,
        missing=[] if missing is None else [missing.says],
    )


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses={
        **documented(),
        200: {
            "description": "Prometheus' text format",
            "content": {
                "text/plain": {
                    "schema": {"type": "string"},
                    "example": 'credence_events_total{status="recorded"} 12.0\n',
                }
            },
        },
    },
)
async def metrics(measured: Measured) -> Response:
    """Requests, latencies, events, planner runs, recommendations; no label names a person."""
    return Response(measured.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")


async def whats_missing(held: Serving, application: Application) -> Missing | None:
    """What keeps requests from being served; None if all is there."""
    try:
        await _reached(application)
        url = application.engine.url.render_as_string(hide_password=False)
        await held.schema.get(url)
    except SQLAlchemyError:
        return Missing("database", "the database cannot be reached")
    except Refused as refusal:
        return Missing("database", f"{refusal}: {refusal.fix}")
    silent = application.worker.silent_seconds
    if held.plans and silent > _SILENT_SECONDS:
        says = f"the planner has looked for nobody for {silent:.0f} seconds; its log says why"
        return Missing("planner", says)
    return None


async def _reached(application: Application) -> None:
    """Ask the database by a connection of the pool; by a new one if that was cut while idle."""
    try:
        await _asked(application)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        await _asked(application)


async def _asked(application: Application) -> None:
    async with application.engine.connect() as connection:
        await connection.execute(select(1))
