"""Who is looked at when: retries after failures, and people who stopped coming."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from credence.app.bootstrap import Application
from credence.demo.content import demo_items
from credence.memory.model import Belief, Operation, Person, Status
from credence.memory.record_events import record_events
from credence.memory.unit_of_work import autocommit
from credence.planner.extraction.said import Extraction
from credence.planner.extraction.witnessed import Witnessed
from credence.planner.policies.plain import NeverPolicy
from tests.integration.memory.world import NOW, OPEN, WAIT, an_event, record, stocked

ADA = Person("default", "ada")
LEASE = timedelta(seconds=30)  # as the settings have it
A_MOMENT = timedelta(milliseconds=1)


@dataclass
class Clock:
    """A clock that stands until it is told to go on."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def goes_on(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture
def clock(application: Application) -> Clock:
    """The clock of the application's planner and leases."""
    made = Clock()
    worker = application.worker
    worker.context = replace(worker.context, clock=made)
    worker.leases.clock = made
    return made


class Failing:
    """An extractor that fails at whatever it reads."""

    def __init__(self, error: Callable[[], Exception]) -> None:
        self._error = error

    async def __call__(self, belief: Belief, events: Sequence[Witnessed]) -> Extraction:
        raise self._error()


def fails(application: Application, error: Callable[[], Exception] = RuntimeError) -> None:
    worker = application.worker
    failing = Failing(error)
    worker.context = replace(worker.context, reader=failing, extractor=failing)


def of_ada(database: str, columns: str) -> tuple[Any, ...]:
    with psycopg.connect(database) as connection:
        row = connection.execute(
            f"SELECT {columns} FROM users WHERE user_id = 'ada'".encode()
        ).fetchone()
    assert row is not None
    return row


async def three_events(application: Application, user_id: str = "ada") -> None:
    await record(application, [an_event(user_id, text="I love vampire stories.")] * 3)


async def test_every_further_failure_doubles_the_wait_up_to_a_day(
    application: Application, database: str, clock: Clock
) -> None:
    await three_events(application)
    fails(application)
    waits = [min(LEASE * 2**n, timedelta(days=1)) for n in range(14)]

    for failures, wait in enumerate(waits, start=1):
        assert await application.worker.drain() == 1
        assert of_ada(database, "failures, lease_owner") == (failures, None)
        clock.goes_on(wait - A_MOMENT)
        assert await application.worker.drain() == 0
        clock.goes_on(A_MOMENT)

    assert waits[-1] == timedelta(days=1)
    async with autocommit(application.engine) as uow:
        runs = await uow.runs.page(ADA, before=None, limit=99)
    assert {(run.outcome, run.error) for run in runs} == {("failed", "RuntimeError")}
    assert len(runs) == len(waits)


@pytest.mark.parametrize("never", [False, True], ids=["committed", "skipped"])
async def test_success_ends_the_count(
    application: Application, database: str, clock: Clock, never: bool
) -> None:
    await three_events(application)
    sound = application.worker.context
    fails(application)
    for _ in range(3):
        await application.worker.drain()
        clock.goes_on(timedelta(days=1))

    policy = NeverPolicy() if never else sound.policy
    application.worker.context = replace(sound, policy=policy)
    assert await application.worker.drain() == 1
    assert of_ada(database, "failures, retry_at") == (0, None)

    await three_events(application)
    fails(application)
    assert await application.worker.drain() == 1
    clock.goes_on(LEASE)
    assert await application.worker.drain() == 1


async def test_somebody_who_asks_does_not_wait(
    application: Application, database: str, clock: Clock
) -> None:
    await three_events(application)
    sound = application.worker.context
    fails(application)
    await application.worker.drain()
    with pytest.raises(RuntimeError):
        await application.worker.advance(ADA, wait=WAIT)
    assert of_ada(database, "failures, lease_owner") == (2, None)

    application.worker.context = sound
    assert await application.worker.drain() == 0
    run = await application.worker.advance(ADA, wait=WAIT)

    assert run.outcome == "committed"
    assert of_ada(database, "failures, retry_at") == (0, None)


async def test_a_lost_database_is_no_failure_of_the_person(
    application: Application, database: str, clock: Clock
) -> None:
    await three_events(application)
    fails(application, lambda: OperationalError("SELECT 1", {}, Exception("gone")))

    assert await application.worker.drain() == 1

    assert of_ada(database, "failures, retry_at") == (0, None)
    clock.goes_on(LEASE + A_MOMENT)
    assert await application.worker.drain() == 1


async def test_the_failures_of_one_do_not_delay_another(
    application: Application, clock: Clock
) -> None:
    await three_events(application)
    sound = application.worker.context
    fails(application)
    await application.worker.drain()
    application.worker.context = sound
    await three_events(application, "bob")

    assert await application.worker.drain() == 1


async def test_what_faded_is_forgotten_though_the_person_stopped_coming(
    application: Application, clock: Clock
) -> None:
    await three_events(application)
    await application.worker.drain()
    clock.goes_on(timedelta(days=20 * 365))

    assert await application.worker.drain() == 1

    async with autocommit(application.engine) as uow:
        belief = (await uow.beliefs.load(ADA)).belief
        (last,) = await uow.beliefs.history(ADA, after=belief.revision - 1)
        assert await uow.beliefs.at_revision(ADA, belief.revision) == belief
    assert [chunk.status for chunk in belief.chunks] == [Status.FORGOTTEN]
    forgotten = last.changes[0]
    assert forgotten.operation is Operation.FORGETTING
    assert forgotten.reason.startswith('decayed: nothing has spoken for "likes vampire stories"')
    assert await application.worker.drain() == 0


async def test_nobody_is_looked_at_for_upkeep_before_the_time_set(
    application: Application, clock: Clock
) -> None:
    await three_events(application)
    await application.worker.drain()
    assert application.worker.upkeep_after == timedelta(days=30)

    clock.goes_on(timedelta(days=30))
    assert await application.worker.drain() == 0
    clock.goes_on(A_MOMENT)
    assert await application.worker.drain() == 1


@pytest.mark.parametrize("never", [False, True], ids=["adaptive", "never"])
async def test_a_look_that_finds_nothing_to_do_is_not_repeated_until_the_time_is_over_again(
    application: Application, clock: Clock, never: bool
) -> None:
    await three_events(application)
    await application.worker.drain()
    if never:
        application.worker.context = replace(application.worker.context, policy=NeverPolicy())

    for _ in range(3):
        clock.goes_on(timedelta(days=31))
        assert await application.worker.drain() == 1
        assert await application.worker.drain() == 0

    async with autocommit(application.engine) as uow:
        assert (await uow.beliefs.load(ADA)).belief.revision == 1


async def test_people_of_whom_nothing_was_ever_believed_need_no_upkeep(
    application: Application, clock: Clock
) -> None:
    application.worker.context = replace(application.worker.context, policy=NeverPolicy())
    await three_events(application)
    assert await application.worker.drain() == 1

    clock.goes_on(timedelta(days=99))

    assert await application.worker.drain() == 0


async def test_whoever_has_events_comes_before_upkeep(
    application: Application, clock: Clock
) -> None:
    worker = application.worker
    for user in ("ada", "bob", "cleo", "dora"):
        await three_events(application, user)
    await worker.drain()
    clock.goes_on(timedelta(days=31))
    await three_events(application, "dora")

    first = await worker._claim(8)
    second = await worker._claim(8)
    third = await worker._claim(8)

    assert [person.user_id for person, _ in first] == ["dora"]
    assert [person.user_id for person, _ in second] == ["ada", "bob"]
    assert [person.user_id for person, _ in third] == ["cleo"]


async def test_a_failing_upkeep_waits_like_any_failure(
    application: Application, database: str, clock: Clock
) -> None:
    await three_events(application)
    await application.worker.drain()
    clock.goes_on(timedelta(days=31))
    fails(application)

    assert await application.worker.drain() == 1
    assert await application.worker.drain() == 0
    clock.goes_on(LEASE)
    assert await application.worker.drain() == 1
    assert of_ada(database, "failures") == (2,)


async def test_few_events_are_looked_at_when_they_have_waited_long(
    application: Application, clock: Clock
) -> None:
    await stocked(application, most=1)
    item = demo_items()[0].item_id
    await record(application, [an_event(item_id=item, text="I love vampire stories.", rating=5)])
    within = application.worker.check_within = timedelta(minutes=10)

    clock.goes_on(within - A_MOMENT)
    assert await application.worker.drain() == 0
    clock.goes_on(2 * A_MOMENT)
    assert await application.worker.drain() == 1
    assert await application.worker.drain() == 0

    await application.keeper.settle()
    async with autocommit(application.engine) as uow:
        told = await uow.item_memories.of(Person("default", ""), [item], least=1)
    assert told[item].people == 1


async def test_a_newcomer_beside_old_events_waits_for_the_time_of_its_own(
    application: Application, clock: Clock
) -> None:
    within = application.worker.check_within = timedelta(minutes=10)
    await three_events(application)
    await application.worker.drain()
    clock.goes_on(timedelta(days=1))
    late = [an_event(text="More vampires, please.")]
    await record_events(late, tenant="default", now=clock(), intake=OPEN, engine=application.engine)

    assert await application.worker.drain() == 0
    clock.goes_on(within + A_MOMENT)
    assert await application.worker.drain() == 1
