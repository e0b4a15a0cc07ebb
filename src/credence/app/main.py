"""The web application: routes on one application, which may wait for its database."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from importlib.metadata import version

import uvicorn
from fastapi import Depends, FastAPI, Request
from sqlalchemy.exc import OperationalError
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse, Response
from starlette.types import Message, Receive, Scope, Send

from credence.app import documentation
from credence.app.adapters.embedded_postgres import EmbeddedPostgresFailed
from credence.app.admin.links import MOUNTED
from credence.app.admin.pages import pages
from credence.app.api import (
    belief,
    corrections,
    events,
    explanations,
    health,
    item_memory,
    items,
    llm_cost,
    openapi,
    outcomes,
    planner_runs,
    problems,
    recommendations,
    users,
)
from credence.app.api.access import Access
from credence.app.api.guard import BodyLimit, Guard
from credence.app.api.metrics import Metrics
from credence.app.api.queries import only_known_parameters
from credence.app.api.serving import Serving
from credence.app.bootstrap import Application, running
from credence.app.certificates import AuthoritiesUnreadable
from credence.app.database_refusal import reason_of, told_apart
from credence.app.fault import where
from credence.app.replays import Replays
from credence.app.settings import Settings
from credence.inference.errors import ModelError
from credence.inference.parallel import serially
from credence.memory.errors import Refused

log = logging.getLogger(__name__)
_RETRY_SECONDS = 1.0  # between looks for a database that was away at the start
_AWAY = "the database cannot be reached; the server starts as soon as it can"

# What a user can mend.
_UNUSABLE = (Refused, ModelError, EmbeddedPostgresFailed, AuthoritiesUnreadable)

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
Started = Callable[[Application], Awaitable[None]]


def create_app(
    settings: Settings | None = None, *, replays: Replays | None = None, any_host: bool = False
) -> FastAPI:
    """The web application, which starts and stops what it serves with its own lifespan.

    A configured database that is away at the start is waited for: requests get 503 meanwhile.
    Without keys it answers to the names of this machine alone, or to `any_host`.
    """
    chosen = settings or Settings()
    serving = Serving(Metrics())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            waiting = None
            stack.enter_context(serially())  # the thread of the loop ranks, which is little work
            try:
                with told_apart():
                    serving.attach(await stack.enter_async_context(running(chosen, lists=True)))
            except _UNUSABLE as error:
                serving.refused = error
                raise
            except OperationalError as error:
                said = reason_of(error)
                log.warning("%s: %s", _AWAY, said)
                serving.missing = _AWAY
                waiting = asyncio.create_task(_attach_later(serving, chosen, stack, said))
            try:
                yield
            finally:
                if waiting is not None:
                    waiting.cancel()
                    await asyncio.gather(waiting, return_exceptions=True)
                serving.application = None

    return _web(serving, chosen, lifespan, replays, any_host=any_host)


def create_app_around(application: Application, *, replays: Replays | None = None) -> FastAPI:
    """The web application on something that is running already, and that others will stop.

    It is asked in this process, by whatever name.
    """
    serving = Serving(Metrics())
    serving.attach(application)
    return _web(serving, application.settings, None, replays, any_host=True)


def server(app: FastAPI, *, host: str, port: int, started: Started | None = None) -> Server:
    """A server that writes no access log: paths name people.

    `started` is called when the port is open, if the application is there by then; what it raises
    is logged, and the server goes on.
    """
    config = uvicorn.Config(_Quiet(app), host=host, port=port, access_log=False)
    return Server(config, app.state.serving, started)


class _Quiet:
    """The application, which shows no traceback of what a user can mend at its start."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def told(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed" and self._app.state.serving.refused:
                message = {"type": message["type"]}
            await send(message)

        await self._app(scope, receive, told if scope["type"] == "lifespan" else send)


class Server(uvicorn.Server):
    """Tells when it has started, and raises what keeps it from starting if a user can mend that."""

    def __init__(self, config: uvicorn.Config, serving: Serving, started: Started | None) -> None:
        super().__init__(config)
        self._serving = serving
        self._told = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets=sockets)
        except SystemExit:
            if self._serving.refused is None:
                raise
            raise self._serving.refused from None
        application = self._serving.application
        if not self.started or self._told is None or application is None:
            return
        try:
            await self._told(application)
        except Exception as error:  # noqa: BLE001  a courtesy must not end the server
            log.warning("what was to be told at the start was not: %s", where(error))


async def _attach_later(
    serving: Serving, settings: Settings, stack: AsyncExitStack, said: str
) -> None:
    """Try until the database is there, and log what keeps it away whenever that is new."""
    while True:
        await asyncio.sleep(_RETRY_SECONDS)
        try:
            with told_apart():
                serving.attach(await stack.enter_async_context(running(settings, lists=True)))
        except OperationalError as error:
            serving.missing = _AWAY
            if said != (said := reason_of(error)):
                log.warning("the database still cannot be reached: %s", said)
            continue
        except _UNUSABLE as refusal:
            fix = getattr(refusal, "fix", "")
            serving.missing = f"{refusal}: {fix}" if fix else str(refusal)
            if said != (said := serving.missing):
                log.warning("the server cannot start: %s", said)
            if isinstance(refusal, ModelError):  # no waiting mends it, and loading takes long
                return
            continue
        except Exception as error:  # noqa: BLE001  the server must not wait for ever in silence
            log.error("the server cannot start: %s", where(error))  # noqa: TRY400
            serving.missing = "the server cannot start; its log says why"
            return
        log.info("the database is there: serving")
        return


def _web(
    serving: Serving,
    settings: Settings,
    lifespan: Lifespan | None,
    replays: Replays | None,
    *,
    any_host: bool,
) -> FastAPI:
    app = FastAPI(
        docs_url=None,  # they have scripts of our own, not of a CDN
        redoc_url=None,
        title="Credence",
        version=version("credence"),
        summary="Agentic memory and recommendation.",
        description=(
            "Events go in, a belief about each person grows, and recommendations come out with "
            "the reasons that moved them. Errors are problem details (RFC 9457)."
        ),
        lifespan=lifespan,
        redirect_slashes=False,
        middleware=[
            Middleware(Guard, metrics=serving.metrics),
            Middleware(BodyLimit),
            Middleware(Access, keys=settings.api_keys, any_host=any_host),
        ],
    )
    app.state.serving = serving
    problems.install(app)
    openapi.install(app)
    documentation.install(app)
    app.include_router(health.router)
    for router in (
        recommendations.router,  # first, as routes are tried in turn
        explanations.router,
        item_memory.router,  # before the items: those take all paths below them
        items.router,
        events.router,
        belief.router,
        corrections.router,
        planner_runs.router,
        llm_cost.router,
        outcomes.router,
        users.router,
        users.by_id,
    ):
        app.include_router(router, dependencies=[Depends(only_known_parameters)])
    app.mount(MOUNTED, pages(serving, settings, replays))
    app.add_api_route(MOUNTED, _to_the_pages, include_in_schema=False)
    return app


async def _to_the_pages(request: Request) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}{MOUNTED}/", 307)
