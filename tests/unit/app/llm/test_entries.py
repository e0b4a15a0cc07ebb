"""A question waits for its own calls to be noted, and for nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from credence.app.adapters.llm.ledger import Entries


class Stuck:
    """A ledger that does not come to an end before it is let go."""

    def __init__(self) -> None:
        self.free = asyncio.Event()

    async def allows(self, errand: Any) -> str | None:
        return None

    async def note(self, errand: Any, calls: Sequence[Any]) -> None:
        await self.free.wait()


async def test_a_question_without_calls_does_not_wait_for_the_calls_of_others() -> None:
    ledger = Stuck()
    entries = Entries(ledger, finished=lambda call: None)
    call: Any = None
    entered = entries.enter(call, call)

    await asyncio.wait_for(entries.settle([]), 0.5)

    waiting = asyncio.create_task(entries.settle())
    await asyncio.sleep(0)
    assert not waiting.done()
    ledger.free.set()
    await waiting
    assert entered.done()
