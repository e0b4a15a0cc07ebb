"""The application behind the routes, which may still be waiting for its database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from credence.app.api.metrics import Metrics
from credence.app.api.problems import NotReady
from credence.app.bootstrap import Application


@dataclass(slots=True)
class Serving:
    """What is served, or what it waits for."""

    metrics: Metrics
    application: Application | None = None
    missing: str = "the server is starting"

    def attach(self, application: Application) -> None:
        """From now on requests are answered from this application."""
        application.worker.finished = self.metrics.planner_run
        self.application = application


def serving(request: Request) -> Serving:
    held: Serving = request.app.state.serving
    return held


async def _application(request: Request) -> Application:
    held = serving(request)
    if held.application is None:
        raise NotReady(held.missing)
    return held.application


async def _metrics(request: Request) -> Metrics:
    return serving(request).metrics


App = Annotated[Application, Depends(_application)]
Measured = Annotated[Metrics, Depends(_metrics)]
