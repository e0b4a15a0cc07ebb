"""The ledger of calls to models: what is kept, and what a tenant may still spend."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from credence.app.llm_ledger import CallLedger, stored
from credence.memory.database import create_engine
from credence.memory.llm_call import Grouping, Spent, Total
from credence.memory.unit_of_work import autocommit, unit_of_work
from credence.planner.llm.asking import Call, Errand, Outcome, Role
from tests.integration.memory.llm import NOON, waits_for_a_lock

ANYBODY = Errand(tenant="default")
OF_ADA = Errand(tenant="default", user_id="ada", run_id="r1")
CALL = Call(
    role=Role.EXTRACTOR,
    model="large",
    prompt="extractor-1",
    outcome=Outcome.ANSWERED,
    started_at=NOON,
    latency_ms=640.0,
    tokens_in=90,
    tokens_out=10,
    tokens_cached=50,
    price=2.0,
)
NO_MORE_DOLLARS = "the tenant's budget of the day, 5 US dollars, is spent"
NO_MORE_TOKENS = "the tenant's tokens of the day, 300, are used up"


class Clock:
    """Tells what it is set to."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    made = create_engine(database, pool_size=2)
    yield made
    await made.dispose()


def a_ledger(
    engine: AsyncEngine,
    clock: Clock,
    *,
    budget: float | None = 5,
    tokens: int | None = None,
    most_waiting: int = 100,
) -> CallLedger:
    return CallLedger(
        engine, daily_budget=budget, daily_tokens=tokens, clock=clock, most_waiting=most_waiting
    )


async def spent(engine: AsyncEngine, tenant: str = "default") -> Spent:
    async with autocommit(engine) as uow:
        return await uow.llm_calls.spent(tenant, since=NOON - timedelta(days=9))


async def by_person(engine: AsyncEngine) -> dict[str | None, int]:
    async with autocommit(engine) as uow:
        totals: tuple[Total, ...] = await uow.llm_calls.totals(
            "default", by=[Grouping.PERSON], since=NOON
        )
    return {total.group[Grouping.PERSON]: total.calls for total in totals}


async def away(engine: AsyncEngine, table: str, *, back: bool = False) -> None:
    """Take the table out of reach, or bring it back."""
    old, new = (f"{table}_away", table) if back else (table, f"{table}_away")
    async with unit_of_work(engine) as uow:
        await uow.connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


async def test_calls_are_written_for_whom_they_were_made(engine: AsyncEngine, clock: Clock) -> None:
    async with unit_of_work(engine) as uow:
        await uow.people.create_missing("default", ["ada"], now=NOON)
    ledger = a_ledger(engine, clock)

    await ledger.note(OF_ADA, [CALL, replace(CALL, outcome=Outcome.LATE, price=None)])
    await ledger.note(replace(OF_ADA, user_id="nobody there"), [CALL])
    await ledger.note(ANYBODY, [])

    assert await by_person(engine) == {"ada": 2, None: 1}
    assert await spent(engine) == Spent(tokens=300, price=4)
    assert stored(CALL).outcome == "answered"


async def test_a_tenant_may_spend_its_budget_and_not_more(
    engine: AsyncEngine, clock: Clock
) -> None:
    ledger = a_ledger(engine, clock)
    said = []
    for _ in range(4):
        said.append(await ledger.allows(ANYBODY))
        await ledger.note(ANYBODY, [CALL])

    assert said == [None, None, None, NO_MORE_DOLLARS]  # after 0, 2, 4 and 6 dollars
    assert await ledger.allows(replace(ANYBODY, tenant="other")) is None


async def test_tokens_are_limited_by_themselves(engine: AsyncEngine, clock: Clock) -> None:
    ledger = a_ledger(engine, clock, budget=None, tokens=300)
    await ledger.note(ANYBODY, [replace(CALL, price=None)] * 2)
    assert await ledger.allows(ANYBODY) is None

    await ledger.note(ANYBODY, [replace(CALL, price=None)])
    assert await ledger.allows(ANYBODY) == NO_MORE_TOKENS


async def test_without_limits_nothing_is_refused_and_nothing_asked(clock: Clock) -> None:
    nowhere = create_engine("postgresql://127.0.0.1:9/nowhere")
    ledger = a_ledger(nowhere, clock, budget=None)

    assert await ledger.allows(ANYBODY) is None


async def test_the_budget_is_there_again_when_the_day_turns_in_utc(
    engine: AsyncEngine, clock: Clock
) -> None:
    ledger = a_ledger(engine, clock)
    await ledger.note(ANYBODY, [CALL] * 3)
    assert await ledger.allows(ANYBODY) == NO_MORE_DOLLARS

    clock.later(hours=11, minutes=59)
    assert await ledger.allows(ANYBODY) == NO_MORE_DOLLARS
    clock.later(minutes=1)
    assert await ledger.allows(ANYBODY) is None
    await ledger.note(ANYBODY, [CALL] * 3)  # which began the day before
    assert await ledger.allows(ANYBODY) is None


async def test_what_other_processes_spent_is_seen_a_second_later(
    engine: AsyncEngine, clock: Clock
) -> None:
    here, elsewhere = a_ledger(engine, clock), a_ledger(engine, clock)
    assert await here.allows(ANYBODY) is None
    await elsewhere.note(ANYBODY, [CALL] * 3)

    assert await here.allows(ANYBODY) is None  # read a moment ago
    clock.later(seconds=1)
    assert await here.allows(ANYBODY) == NO_MORE_DOLLARS


async def test_what_was_noted_here_counts_once_before_and_after_it_is_read(
    engine: AsyncEngine, clock: Clock
) -> None:
    ledger = a_ledger(engine, clock)
    assert await ledger.allows(ANYBODY) is None
    await ledger.note(ANYBODY, [CALL] * 2)
    for _ in range(3):
        assert await ledger.allows(ANYBODY) is None  # 4 dollars, however often they are read
        clock.later(seconds=3)

    await ledger.note(ANYBODY, [CALL])
    assert await ledger.allows(ANYBODY) == NO_MORE_DOLLARS


async def test_calls_wait_for_a_database_that_fails_and_count_meanwhile(
    engine: AsyncEngine, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = a_ledger(engine, clock)
    another = replace(ANYBODY, tenant="other")
    assert [await ledger.allows(ANYBODY), await ledger.allows(another)] == [None, None]
    await away(engine, "llm_calls")

    await ledger.note(ANYBODY, [CALL])
    await ledger.note(another, [CALL])
    await ledger.note(ANYBODY, [CALL] * 2)

    assert "wait to be written" in caplog.text
    assert await ledger.allows(ANYBODY) == NO_MORE_DOLLARS
    assert await ledger.allows(another) is None
    await away(engine, "llm_calls", back=True)
    assert await spent(engine) == Spent()
    await ledger.note(ANYBODY, [CALL])
    assert await spent(engine) == Spent(tokens=400, price=8)
    assert await spent(engine, "other") == Spent(tokens=100, price=2)
    assert ledger.dropped == 0


async def test_a_budget_that_cannot_be_read_is_not_spent(engine: AsyncEngine, clock: Clock) -> None:
    ledger = a_ledger(engine, clock)
    await away(engine, "llm_calls")

    refusal = await ledger.allows(ANYBODY)

    assert refusal is not None
    assert "cannot be read" in refusal
    await away(engine, "llm_calls", back=True)
    assert await ledger.allows(ANYBODY) is None


async def test_a_database_that_is_not_there_stops_nobody_who_notes(clock: Clock) -> None:
    ledger = a_ledger(create_engine("postgresql://127.0.0.1:9/nowhere"), clock)

    await ledger.note(ANYBODY, [CALL])

    assert ledger.dropped == 0  # it waits to be written
    assert "cannot be read" in (await ledger.allows(ANYBODY) or "")


async def test_of_too_many_that_wait_the_oldest_are_given_up(
    engine: AsyncEngine, clock: Clock
) -> None:
    ledger = a_ledger(engine, clock, most_waiting=3)
    await away(engine, "llm_calls")
    for price in (1.0, 2.0, 4.0, 8.0, 16.0):
        await ledger.note(ANYBODY, [replace(CALL, price=price)])
    await away(engine, "llm_calls", back=True)
    await ledger.settle()

    assert ledger.dropped == 2
    assert (await spent(engine)).price == 28


async def test_a_call_that_can_never_be_written_keeps_no_other_waiting(
    engine: AsyncEngine, clock: Clock
) -> None:
    ledger = a_ledger(engine, clock)

    await ledger.note(ANYBODY, [replace(CALL, tokens_in=-1)])
    await ledger.note(ANYBODY, [CALL])

    assert ledger.dropped == 1
    assert await spent(engine) == Spent(tokens=100, price=2)


async def test_many_who_note_at_once_are_all_written_once(
    engine: AsyncEngine, clock: Clock
) -> None:
    ledger = a_ledger(engine, clock, budget=1000)
    errands = [replace(ANYBODY, run_id=f"r{number % 7}") for number in range(60)]

    await asyncio.gather(*(ledger.note(errand, [CALL]) for errand in errands))

    assert await spent(engine) == Spent(tokens=6000, price=120)


async def test_somebody_who_gives_up_while_noting_leaves_the_calls_and_the_others_alone(
    engine: AsyncEngine, clock: Clock
) -> None:
    ledger = a_ledger(engine, clock)
    async with unit_of_work(engine) as uow:
        await uow.connection.execute(text("LOCK TABLE llm_calls IN ACCESS EXCLUSIVE MODE"))
        given_up, patient = (asyncio.create_task(ledger.note(ANYBODY, [CALL])) for _ in range(2))
        await waits_for_a_lock(engine)
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
    await patient

    assert await spent(engine) == Spent(tokens=200, price=4)


async def test_the_ledger_holds_no_connection_between_calls(
    engine: AsyncEngine, clock: Clock
) -> None:
    ledger = a_ledger(engine, clock)
    await ledger.allows(ANYBODY)
    await ledger.note(ANYBODY, [CALL])

    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]
