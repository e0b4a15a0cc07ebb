"""The ledger of cost as the gateway sees it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from credence.planner.llm.asking import Call, Errand

log = logging.getLogger(__name__)
_MOST_WAIT = 5.0  # seconds that an answer is held back for the ledger


class Ledger(Protocol):
    """Knows what may still be spent, and on whose behalf what was."""

    async def allows(self, errand: Errand) -> str | None:
        """None, or a sentence that says why nothing more may be asked."""
        ...

    async def note(self, errand: Errand, calls: Sequence[Call]) -> None:
        """Keep what calls cost. Does not raise."""
        ...


class Entries:
    """Calls on their way into the ledger: each is noted once, whatever becomes of its question."""

    def __init__(self, ledger: Ledger, *, finished: Callable[[Call], None]) -> None:
        self._ledger = ledger
        self._finished = finished
        self._pending: set[asyncio.Task[None]] = set()

    def enter(self, errand: Errand, call: Call) -> asyncio.Task[None]:
        """Begin to note a call; a cancelled question does not cancel that."""
        task = asyncio.create_task(self._noted(errand, call))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)
        return task

    async def settle(
        self, entered: Collection[asyncio.Task[None]] | None = None, *, until: float | None = None
    ) -> None:
        """Wait until these, or all, are noted, but not for long, and not past `until`."""
        asked = self._pending if entered is None else entered
        waited = {task for task in asked if not task.done()}
        if not waited:
            return
        wait = _MOST_WAIT
        if until is not None:
            wait = min(wait, max(0.0, until - asyncio.get_running_loop().time()))
        await asyncio.wait(waited, timeout=wait)

    async def _noted(self, errand: Errand, call: Call) -> None:
        try:
            self._finished(call)
            await self._ledger.note(errand, (call,))
        except Exception as error:  # noqa: BLE001  a fault of the ledger costs no answer
            log.warning("a call to a model was not noted: %s", type(error).__name__)
