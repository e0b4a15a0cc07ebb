"""What calls to language models cost: written down, and held against a tenant's daily limits."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import takewhile
from typing import TypeAlias

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from credence.app.fresh import Fresh
from credence.memory.llm_call import Spent, StoredCall
from credence.memory.unit_of_work import autocommit
from credence.planner.llm.asking import Call, Errand

log = logging.getLogger(__name__)
_MOST_WAITING = 5_000  # calls; beyond it the oldest are given up
_READ_SECONDS = 1.0  # between two looks at what a tenant has spent
_UNREADABLE = "what the tenant has spent today cannot be read: the database is away"


_Whose: TypeAlias = tuple[str, str | None, str | None]  # tenant, user, run


@dataclass(frozen=True, slots=True)
class _Noted:
    """A call, and for whom it was made."""

    tenant: str
    user_id: str | None
    run_id: str | None
    call: StoredCall

    @property
    def whose(self) -> _Whose:
        return self.tenant, self.user_id, self.run_id


class CallLedger:
    """Notes every call, and says whether a tenant may make another one.

    Limits count what all processes wrote up to a second or two ago, and what this one noted since;
    calls under way are not in it, so that a day may end a few calls above its limit. One written
    while the sum is read may count twice until the next look. Holds no
    connection but while it reads or writes. `dropped` counts calls that were never written.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        daily_budget: float | None,
        daily_tokens: int | None,
        clock: Callable[[], datetime],
        most_waiting: int = _MOST_WAITING,
    ) -> None:
        self.dropped = 0
        self._engine = engine
        self._daily_budget = daily_budget
        self._daily_tokens = daily_tokens
        self._clock = clock
        self._most_waiting = most_waiting
        self._waiting: dict[int, _Noted] = {}  # by number, in the order in which they came
        self._taken = 0  # how many ever came
        # Written since what the tenant has spent was last read, by the same numbers.
        self._unread: defaultdict[str, dict[int, StoredCall]] = defaultdict(dict)
        self._written = Fresh(
            self._read, seconds=_READ_SECONDS, clock=lambda: self._clock().timestamp()
        )
        self._round: asyncio.Task[None] | None = None

    async def allows(self, errand: Errand) -> str | None:
        """None, or a sentence that says which limit the tenant has reached today (UTC)."""
        if not self._limited:
            return None
        tenant, today = errand.tenant, self._clock().astimezone(UTC).date()
        try:
            spent = await self._written.get((tenant, today))
        except SQLAlchemyError as error:
            log.warning("a budget was not read: %s", type(error).__name__)
            return _UNREADABLE
        waiting = (noted.call for noted in self._waiting.values() if noted.tenant == tenant)
        spent += _sum_of(self._unread[tenant].values(), today) + _sum_of(waiting, today)
        if self._daily_budget is not None and spent.price >= self._daily_budget:
            return f"the tenant's budget of the day, {self._daily_budget:g} US dollars, is spent"
        if self._daily_tokens is not None and spent.tokens >= self._daily_tokens:
            return f"the tenant's tokens of the day, {self._daily_tokens}, are used up"
        return None

    async def note(self, errand: Errand, calls: Sequence[Call]) -> None:
        """Write the calls, or keep them for the next note while the database is away.

        Raises nothing but cancellation, which takes no call from the accounts.
        """
        for call in calls:
            self._waiting[self._taken] = _Noted(
                errand.tenant, errand.user_id, errand.run_id, stored(call)
            )
            self._taken += 1
        surplus = list(self._waiting)[: max(0, len(self._waiting) - self._most_waiting)]
        self._give_up(surplus, "too many wait for the database")
        await self.settle()

    async def settle(self) -> None:
        """Try once to write everything that waits."""
        if self._waiting and (self._round is None or self._round.done()):
            self._round = asyncio.create_task(self._write_all())
        if self._round is not None:
            await asyncio.shield(self._round)

    async def _write_all(self) -> None:
        """Errand by errand, also what comes meanwhile, until the database fails."""
        while self._waiting:
            (tenant, user_id, run_id), together = self._first_errand()
            calls = list(together.values())
            try:
                async with autocommit(self._engine) as uow:
                    await uow.llm_calls.add(tenant, calls, user_id=user_id, run_id=run_id)
            except (IntegrityError, DataError) as error:  # another time would be no better
                self._give_up(together, type(error).__name__)
            except Exception as error:  # noqa: BLE001  accounts must not stop what they are about
                log.warning("%d calls wait to be written: %s", len(calls), type(error).__name__)
                return
            else:
                for number in together:
                    self._waiting.pop(number, None)
                if self._limited:
                    self._unread[tenant] |= together

    def _first_errand(self) -> tuple[_Whose, dict[int, StoredCall]]:
        """For whom the oldest call that waits was made, and those after it for the same."""
        whose = next(iter(self._waiting.values())).whose
        same = takewhile(lambda one: one[1].whose == whose, self._waiting.items())
        return whose, {number: noted.call for number, noted in same}

    @property
    def _limited(self) -> bool:
        return self._daily_budget is not None or self._daily_tokens is not None

    def _give_up(self, numbers: Iterable[int], why: str) -> None:
        lost = [number for number in numbers if self._waiting.pop(number, None) is not None]
        if lost:
            self.dropped += len(lost)
            log.warning("%d calls were not written: %s", len(lost), why)

    async def _read(self, key: tuple[str, date]) -> Spent:
        """What is written of a tenant's day; what was written before it began is then in it."""
        tenant, today = key
        before = tuple(self._unread[tenant])
        async with autocommit(self._engine) as uow:
            spent = await uow.llm_calls.spent(
                tenant, since=datetime.combine(today, time(), tzinfo=UTC)
            )
        for number in before:
            self._unread[tenant].pop(number, None)
        return spent


def stored(call: Call) -> StoredCall:
    """A call as the accounts keep it."""
    return StoredCall(
        role=call.role.value,
        model=call.model,
        prompt=call.prompt,
        outcome=call.outcome.value,
        started_at=call.started_at,
        latency_ms=call.latency_ms,
        tokens_in=call.tokens_in,
        tokens_out=call.tokens_out,
        tokens_cached=call.tokens_cached,
        price=call.price,
    )


def _sum_of(calls: Iterable[StoredCall], day: date) -> Spent:
    """Of those that began on that day or later, as `LlmCalls.spent` counts them."""
    spent = Spent()
    for call in calls:
        if call.started_at.astimezone(UTC).date() >= day:
            spent += Spent(tokens=call.tokens_in + call.tokens_out, price=call.price or 0.0)
    return spent
