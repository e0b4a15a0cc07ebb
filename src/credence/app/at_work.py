"""The planner without the API: people are advanced until the process is told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections import Counter
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError
from uvicorn.loops.auto import auto_loop_factory

from credence.app.bootstrap import Application, running
from credence.app.database_refusal import reason_of, told_apart
from credence.app.settings import Settings
from credence.app.worker_processes import Ready
from credence.memory.planner_run import PlannerRun

if TYPE_CHECKING:
    from credence.app.watched import Watched

log = logging.getLogger(__name__)
_RETRY_SECONDS = 1.0  # between looks for a database that was away at the start
_REPORT_SECONDS = 60.0
_AWAY = "the database cannot be reached; the planner starts as soon as it can"


def work(settings: Settings, ready: Ready, watched: Watched | None = None) -> None:
    """Advance people until SIGTERM or SIGINT; then give back what is held.

    A second SIGINT ends that as well. A second SIGTERM changes nothing: a service manager may tell
    each process, and the one that started it tells it again.

    `ready` is called once people are being advanced. A configured database that is away is waited
    for. `watched` tells of it all to whoever asks. Raises DatabaseRefused where that would help
    nobody, and what `running` raises.
    """
    with (
        suppress(asyncio.CancelledError),
        asyncio.Runner(loop_factory=auto_loop_factory()) as runner,
    ):
        runner.run(_work(settings, ready, watched))


async def _work(settings: Settings, ready: Ready, watched: Watched | None) -> None:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    told = False

    def stop() -> None:
        nonlocal told
        if not told:
            told = True
            task.cancel()

    loop.add_signal_handler(signal.SIGTERM, stop)
    loop.add_signal_handler(signal.SIGINT, task.cancel)
    async with nullcontext() if watched is None else watched.answering():
        await _advance(settings, ready, watched)


async def _advance(settings: Settings, ready: Ready, watched: Watched | None) -> None:
    said = ""
    while True:
        try:
            with told_apart():
                async with running(settings) as app:
                    if watched is not None:
                        watched.attach(app)
                    ready()
                    await _report(app)
        except OperationalError as error:
            if said != (said := reason_of(error)):
                log.warning("%s: %s", _AWAY, said)
                if watched is not None:
                    watched.waits(_AWAY)
            await asyncio.sleep(_RETRY_SECONDS)


async def _report(app: Application) -> None:
    """Log how many were advanced, every minute in which somebody was, until cancelled."""
    ended: Counter[str] = Counter()
    others = app.worker.finished

    def finished(run: PlannerRun) -> None:
        ended.update([run.outcome])
        others(run)

    app.worker.finished = finished
    while True:
        await asyncio.sleep(_REPORT_SECONDS)
        if ended:
            told = ", ".join(f"{many} {outcome}" for outcome, many in sorted(ended.items()))
            log.info("planner runs in the last minute: %s", told)
            ended.clear()
