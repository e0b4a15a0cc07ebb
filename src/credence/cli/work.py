"""`credence work`: the planner without the API, in as many processes as wanted, until stopped."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from credence.cli.output import notices
from credence.cli.ports import bound
from credence.cli.refusals import REFUSED, Unusable, refusals

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from credence.app.settings import Settings

# Of the encoder. The planner embeds phrases, for which a second one would mostly wait at work, on
# a core that another process could have.
_THREADS = "OMP_NUM_THREADS"
_HERE = "127.0.0.1"
_LAST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class _Share:
    """What one process does, and where it tells of it."""

    settings: Settings
    host: str
    port: int | None


def work(
    processes: Annotated[
        int, typer.Option(help="Worker processes; one for each core at most.", min=1, max=64)
    ] = 1,
    port: Annotated[
        int | None,
        typer.Option(
            help="Answer /health/live, /health/ready and /metrics on this port; further "
            "processes on the ports that follow.",
            min=1,
            max=_LAST_PORT,
            show_default=False,
        ),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(help="Address of that port; 127.0.0.1 by default.", show_default=False),
    ] = None,
) -> None:
    """Let the planner advance people, without the API, until stopped.

    For a server with CREDENCE_WORKER=false on the same database. CREDENCE_WORKERS and
    CREDENCE_LLM_IN_FLIGHT hold for all processes together. One that dies ends the others: let the
    service manager start the command again.
    """
    with refusals():
        from credence.app.adapters import embedded_postgres
        from credence.app.settings import Settings
        from credence.app.worker_processes import (
            ProcessEnded,
            WorkerProcesses,
            most_processes,
            shared_out,
        )

        if os.name != "posix":
            raise Unusable(
                "worker processes are stopped by signals that this system does not have",
                fix="let `credence serve` plan, with CREDENCE_WORKER=true",
            )
        settings = Settings()
        if processes > (most := most_processes(settings)):
            raise Unusable(
                f"{processes} processes cannot share the work: there is enough for {most}",
                fix="ask for fewer --processes, or raise CREDENCE_WORKERS and "
                "CREDENCE_LLM_IN_FLIGHT, which hold for all of them together",
            )
        if host is not None and port is None:
            raise Unusable("--host is the address of a port", fix="name a --port as well")
        if port is not None and port + processes - 1 > _LAST_PORT:
            raise Unusable(
                f"{processes} processes need the ports from {port} on, and {_LAST_PORT} is the "
                "last one",
                fix=f"name a --port of at most {_LAST_PORT - processes + 1}",
            )
        if settings.database_url is None:
            embedded_postgres.start(settings.data_dir / "postgres")
        shares = [
            _Share(share, host or _HERE, None if port is None else port + number)
            for number, share in enumerate(shared_out(settings, processes))
        ]

        def ready() -> None:
            notices().print(_at_work(settings, shares))

        if processes == 1:
            _one(shares[0], ready)
            return
        try:
            WorkerProcesses(_one_of_many).run(shares, ready)
        except ProcessEnded as error:
            if error.status != REFUSED:  # it has said why
                notices().print(f"error: {error}")
            raise typer.Exit(REFUSED if error.status == REFUSED else 1) from error


def _one_of_many(share: _Share, ready: Callable[[], None]) -> None:
    """In a process of its own, which ends with the status of the command."""
    try:
        _one(share, ready)
    except typer.Exit as refused:
        sys.exit(refused.exit_code)


def _one(share: _Share, ready: Callable[[], None]) -> None:
    os.environ.setdefault(_THREADS, "1")  # before torch reads it
    with refusals(), ExitStack() as stack:
        from credence.app import at_work

        logging.basicConfig(format="%(asctime)s %(levelname)s %(process)d %(message)s")
        logging.getLogger("credence").setLevel(logging.INFO)
        watched = None
        if share.port is not None:
            from credence.app.watched import Watched

            watched = Watched(stack.enter_context(bound(share.host, share.port)))
        at_work.work(share.settings, ready, watched)


def _at_work(settings: Settings, shares: Sequence[_Share]) -> str:
    processes = len(shares)
    parts = [f"planner at work   {processes} {'process' if processes == 1 else 'processes'}"]
    parts.append(f"{settings.workers} people at a time")
    if settings.llm is not None:
        parts.append(f"{settings.llm_in_flight} calls to a model at a time")
    ports = [str(share.port) for share in shares if share.port is not None]
    if ports:
        host = f"[{shares[0].host}]" if ":" in shares[0].host else shares[0].host
        parts.append(f"health and figures at {host}:{', '.join(ports)}")
    return "   ".join(parts)
