from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from credence.app.bootstrap import Application
from credence.demo.content import demo_items
from credence.memory.errors import (
    IdempotencyConflict,
    ImpressionNotFound,
    Invalid,
    ItemNotFound,
    UserNotFound,
)
from credence.memory.model import Person
from credence.memory.record_events import Intake, Recorded
from credence.memory.unit_of_work import autocommit
from tests.integration.memory.world import NOW, an_event, record, stocked


async def test_events_are_numbered_from_one_in_the_order_they_came(
    application: Application,
) -> None:
    first = await record(application, [an_event(text="one", days_ago=1), an_event(text="two")])
    second = await record(application, [an_event(text="three", days_ago=9), an_event("bob")])

    assert first == (Recorded("ada", 1), Recorded("ada", 2))
    assert second == (Recorded("ada", 3), Recorded("bob", 1))


async def test_event_memory_is_the_latest_by_time_and_the_log_keeps_the_rest(
    application: Application,
) -> None:
    await record(application, [an_event(text=str(n), days_ago=n) for n in range(20)])

    async with autocommit(application.engine) as uow:
        tier = await uow.events.latest(Person("default", "ada"), limit=15)
        log = await uow.events.page(Person("default", "ada"), before=None, limit=100)

    assert [seen.event.text for seen in tier] == [str(n) for n in range(15)]
    assert len(log) == 20


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET text = 'rewritten'",
        "DELETE FROM events",
        "TRUNCATE events CASCADE",
        "DELETE FROM users",
    ],
)
async def test_the_database_itself_refuses_to_change_or_delete_events(
    application: Application, database: str, statement: str
) -> None:
    await record(application, [an_event(text="said once")])

    with (
        psycopg.connect(database) as connection,
        pytest.raises(psycopg.errors.RestrictViolation, match="append-only"),
    ):
        connection.execute(statement.encode())

    async with autocommit(application.engine) as uow:
        (kept,) = await uow.events.page(Person("default", "ada"), before=None, limit=9)
    assert kept.text == "said once"


async def test_a_repeated_key_with_the_same_body_is_the_same_event(
    application: Application,
) -> None:
    event = an_event(text="once", idempotency_key="k1")

    first = await record(application, [event, event])
    later = await record(application, [event])

    assert first == (Recorded("ada", 1), Recorded("ada", 1, duplicate=True))
    assert later == (Recorded("ada", 1, duplicate=True),)


async def test_a_repeated_key_with_another_body_is_refused_and_the_rest_recorded(
    application: Application,
) -> None:
    event = an_event(text="once", idempotency_key="k1")
    await record(application, [event])

    other, fine = await record(application, [replace(event, text="twice"), an_event(text="new")])

    assert isinstance(other, IdempotencyConflict)
    assert fine == Recorded("ada", 2)


async def test_one_key_used_by_two_callers_at_once_records_one_event(
    application: Application,
) -> None:
    await record(application, [an_event("ada"), an_event("bob")])
    rows = [an_event(user, text="race", idempotency_key="shared") for user in ("ada", "bob")]

    outcomes = await asyncio.gather(*(record(application, [row]) for row in rows * 4))

    kinds = [type(outcome) for (outcome,) in outcomes]
    assert (
        sum(o == (Recorded(o[0].user_id, 2),) for o in outcomes if isinstance(o[0], Recorded)) == 1
    )
    assert kinds.count(IdempotencyConflict) == 4


async def test_bad_rows_are_refused_one_by_one_and_good_ones_kept(
    application: Application,
) -> None:
    await stocked(application, most=3)
    await record(application, [an_event("ada")])
    rows = [
        an_event("nobody"),
        an_event(item_id="no-such-item"),
        an_event(days_ago=-1),
        an_event(impression_id="never-shown"),
        an_event(text="good"),
    ]

    outcomes = await record(application, rows, intake=Intake())

    assert [type(outcome) for outcome in outcomes] == [
        UserNotFound,
        ItemNotFound,
        Invalid,
        ImpressionNotFound,
        Recorded,
    ]
    assert outcomes[-1] == Recorded("ada", 2)


async def test_a_refused_row_creates_nobody(application: Application) -> None:
    await stocked(application, most=3)
    await record(application, [an_event("ada", idempotency_key="taken")])
    rows = [
        an_event("item", item_id="no-such-item"),
        an_event("future", days_ago=-1),
        an_event("list", impression_id="never-shown"),
        an_event("key", idempotency_key="taken"),
        an_event("first", idempotency_key="new"),
        an_event("second", idempotency_key="new"),
        an_event("both", item_id="no-such-item"),
        an_event("both", text="good"),
    ]

    outcomes = await record(application, rows)

    assert [type(outcome) for outcome in outcomes] == [
        ItemNotFound,
        Invalid,
        ImpressionNotFound,
        IdempotencyConflict,
        Recorded,
        IdempotencyConflict,
        ItemNotFound,
        Recorded,
    ]
    async with autocommit(application.engine) as uow:
        there = await uow.people.page("default", after=None, limit=99)
    assert [(one.user_id, one.events) for one in there] == [("ada", 1), ("both", 1), ("first", 1)]


async def test_events_about_unknown_items_can_be_accepted_and_linked_later(
    application: Application,
) -> None:
    item = demo_items()[0]
    intake = Intake(unknown_users="create", unknown_items="accept")
    await record(application, [an_event(item_id=item.item_id)], intake=intake)
    person = Person("default", "ada")
    async with autocommit(application.engine) as uow:
        (before,) = await uow.events.latest(person, limit=1)

    await stocked(application, most=1)

    async with autocommit(application.engine) as uow:
        (after,) = await uow.events.latest(person, limit=1)
    assert before.item_vector is None
    assert after.item_vector is not None


async def test_concurrent_writers_of_one_person_leave_no_gap_and_no_twin(
    application: Application,
) -> None:
    await record(application, [an_event()])
    batches = [[an_event(text=f"{b}-{i}") for i in range(7)] for b in range(12)]

    outcomes = await asyncio.gather(*(record(application, batch) for batch in batches))

    numbers = sorted(o.seq for batch in outcomes for o in batch if isinstance(o, Recorded))
    assert numbers == list(range(2, 2 + 84))


async def test_an_event_a_little_ahead_of_our_clock_is_taken(application: Application) -> None:
    ahead = an_event(days_ago=-timedelta(minutes=4) / timedelta(days=1))

    assert await record(application, [ahead]) == (Recorded("ada", 1),)
    assert ahead.occurred_at > NOW
