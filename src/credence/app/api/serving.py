"""The application behind the routes, which may still be waiting for its database."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from credence.app import schema
from credence.app.api.metrics import Metrics
from credence.app.api.problems import NotReady
from credence.app.bootstrap import Application
from credence.app.fresh import Fresh

_SCHEMA_SECONDS = 5  # schemas and encoders change with deployments, probes come every second


@dataclass(slots=True)
class Serving:
    """What is served, or what it waits for; and whether its schema was right a moment ago."""

    metrics: Metrics
    application: Application | None = None
    missing: str = "the server is starting"
    refused: Exception | None = None  # what kept it from starting, where a user can mend it
    plans: bool = False  # to be ready is to look for people whom the planner has to advance
    schema: Fresh[str, bool] = field(init=False)

    def __post_init__(self) -> None:
        self.schema = Fresh(self._has_right_schema, seconds=_SCHEMA_SECONDS)

    def attach(self, application: Application) -> None:
        """From now on requests are answered from this application."""
        application.worker.finished = self.metrics.planner_run
        self.metrics.impressions_dropped(lambda: application.shelf.impressions.dropped)
        self.metrics.circuits(lambda: application.circuits)
        if application.seats is not None:
            application.seats.finished = self.metrics.llm_call
        self.application = application

    async def _has_right_schema(self, url: str) -> bool:
        """True, or raises what `schema.check` does, which is not remembered."""
        assert self.application is not None  # nobody asks before there is one
        encoder = self.application.encoder
        await asyncio.to_thread(
            schema.check, url, encoder=encoder.name, dimension=encoder.dimension
        )
        return True


def serving(request: Request) -> Serving:
    held: Serving = request.app.state.serving
    return held


def application_of(request: Request) -> Application:
    """What is served. Raises NotReady while it waits for its database."""
    held = serving(request)
    if held.application is None:
        raise NotReady(held.missing)
    return held.application


async def _application(request: Request) -> Application:
    return application_of(request)


async def _metrics(request: Request) -> Metrics:
    return serving(request).metrics


App = Annotated[Application, Depends(_application)]
Measured = Annotated[Metrics, Depends(_metrics)]
