"""The planner without the API: people are advanced until the process is told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections import Counter
from contextlib import suppress

from sqlalchemy.exc import OperationalError
from uvicorn.loops.auto import auto_loop_factory

from credence.app.bootstrap import Application, running
from credence.app.settings import Settings
from credence.app.worker_processes import Ready

log = logging.getLogger(__name__)
_RETRY_SECONDS = 1.0  # between looks for a database that was away at the start
_REPORT_SECONDS = 60.0


def work(settings: Settings, ready: Ready) -> None:
    """Advance people until SIGTERM or SIGINT; then give back what is held.

    A second SIGINT ends that as well. A second SIGTERM changes nothing: a service manager may tell
    each process, and the one that started it tells it again.

    `ready` is called once people are being advanced. A configured database that is away is waited
    for. Raises what `running` raises.
    """
    with (
        suppress(asyncio.CancelledError),
        asyncio.Runner(loop_factory=auto_loop_factory()) as runner,
    ):
        runner.run(_work(settings, ready))


async def _work(settings: Settings, ready: Ready) -> None:
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
    waiting = False
    while True:
        try:
            async with running(settings) as app:
                ready()
                await _report(app)
        except OperationalError:
            if not waiting:
                log.warning("the database cannot be reached; the planner starts as soon as it can")
            waiting = True
            await asyncio.sleep(_RETRY_SECONDS)


async def _report(app: Application) -> None:
    """Log how many were advanced, every minute in which somebody was, until cancelled."""
    ended: Counter[str] = Counter()
    app.worker.finished = lambda run: ended.update([run.outcome])
    while True:
        await asyncio.sleep(_REPORT_SECONDS)
        if ended:
            told = ", ".join(f"{many} {outcome}" for outcome, many in sorted(ended.items()))
            log.info("planner runs in the last minute: %s", told)
            ended.clear()
