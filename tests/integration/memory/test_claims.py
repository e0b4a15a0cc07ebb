"""Whom a claim takes, and how little it reads for that, whatever waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, event, insert

from credence.app.bootstrap import Application
from credence.memory.model import Person
from credence.memory.people import People
from credence.memory.tables import events, users
from credence.memory.unit_of_work import autocommit
from tests.integration.memory.world import NOW

UNTIL = NOW + timedelta(hours=1)
MANY = 3_000
Claim = Callable[[People], Awaitable[Sequence[Person]]]


def somebody(user_id: str, **rest: object) -> dict[str, Any]:
    known: dict[str, Any] = {"last_event_at": NOW, "retry_at": None, "checked_at": NOW}
    return {
        "tenant_id": "default",
        "user_id": user_id,
        "created_at": NOW,
        "last_seq": 3,
        "checked_seq": 0,
        "revision": 0,
        **known,
        **rest,
    }


def ago(**how_long: float) -> datetime:
    return NOW - timedelta(**how_long)


def backlog() -> list[dict[str, Any]]:
    """Many who are due, behind many with too few events and many who are to be left alone."""
    later = NOW + timedelta(hours=1)
    return [
        row
        for n in range(MANY)
        for row in (
            somebody(f"due-{n}", last_event_at=ago(hours=1, seconds=n), last_seq=3 + n % 30),
            somebody(f"few-{n}", last_event_at=ago(days=1, seconds=n), last_seq=1 + n % 2),
            somebody(f"left-{n}", last_event_at=ago(days=2, seconds=n), retry_at=later),
            somebody(f"old-{n}", checked_seq=3, revision=1, checked_at=ago(days=90, seconds=n)),
        )
    ]


async def put(app: Application, rows: Sequence[dict[str, Any]]) -> None:
    async with app.engine.begin() as connection:
        await connection.execute(insert(users), list(rows))


def due(limit: int, *, now: datetime = NOW, threshold: int = 3) -> Claim:
    return lambda people: people.claim(
        token="own", now=now, until=UNTIL, threshold=threshold, limit=limit
    )


def lingering(limit: int) -> Claim:
    return lambda people: people.claim_lingering(
        token="own", now=NOW, until=UNTIL, before=ago(minutes=10), limit=limit
    )


def unvisited(limit: int) -> Claim:
    return lambda people: people.claim_unvisited(
        token="own", now=NOW, until=UNTIL, since=ago(days=30), limit=limit
    )


async def claimed(app: Application, claim: Claim) -> list[str]:
    async with autocommit(app.engine) as uow:
        return [person.user_id for person in await claim(uow.people)]


def rows_read(plan: dict[str, Any]) -> float:
    """How many rows Postgres took from tables, those that it threw away too."""
    below = sum(rows_read(one) for one in plan.get("Plans", ()))
    if "Relation Name" not in plan or plan["Node Type"] == "ModifyTable":
        return below
    taken = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0.0)
    return below + float(taken * plan["Actual Loops"])


@pytest.mark.parametrize("claim", [due(4), lingering(4), unvisited(2)])
async def test_a_claim_reads_a_few_people_whatever_waits(
    application: Application, database: str, claim: Claim
) -> None:
    await put(application, backlog())
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO events (tenant_id, user_id, seq, action, text, metadata, occurred_at,"
            " recorded_at) SELECT tenant_id, user_id, 1, 'view', '', '{}', %s, %s FROM users",
            (ago(days=1), ago(days=1)),
        )
        connection.execute("VACUUM ANALYZE users, events")
    asked: list[tuple[str, Any]] = []

    @event.listens_for(application.engine.sync_engine, "before_cursor_execute")
    def note(_: Connection, __: object, statement: str, given: Any, *rest: object) -> None:
        asked.append((statement, given))

    assert await claimed(application, claim)
    statement, given = asked[-1]
    async with autocommit(application.engine) as uow:
        rows = await uow.connection.exec_driver_sql(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", given
        )
        plan = rows.scalar_one()[0]["Plan"]
    assert rows_read(plan) < MANY / 5, plan


async def test_people_are_claimed_in_their_turn_however_many_events_each_has(
    application: Application,
) -> None:
    order = [("a", 40), ("b", 3), ("c", 17), ("d", 16), ("e", 9), ("f", 100)]
    await put(
        application,
        [
            somebody(name, last_seq=seq, last_event_at=ago(minutes=60 - place))
            for place, (name, seq) in enumerate(order)
        ],
    )

    assert await claimed(application, due(3)) == ["a", "b", "c"]
    assert await claimed(application, due(1)) == ["d"]
    assert await claimed(application, due(9)) == ["e", "f"]


@pytest.mark.parametrize("threshold", [15, 16, 17, 30])
async def test_a_threshold_may_be_higher_than_the_index_counts(
    application: Application, threshold: int
) -> None:
    await put(application, [somebody(f"has-{n}", last_seq=n) for n in range(10, 40)])

    found = await claimed(application, due(50, threshold=threshold))

    assert found == [f"has-{n}" for n in range(threshold, 40)]


async def test_whoever_was_left_alone_comes_when_that_ended(application: Application) -> None:
    await put(
        application,
        [
            somebody("failed", last_event_at=ago(days=9), retry_at=NOW + timedelta(minutes=2)),
            somebody("early", last_event_at=NOW + timedelta(minutes=1)),
            somebody("ahead", last_event_at=NOW + timedelta(minutes=3)),
        ],
    )
    later = NOW + timedelta(minutes=2)

    # A clock that runs ahead keeps nobody waiting.
    assert await claimed(application, due(1)) == ["early"]
    assert await claimed(application, due(1, now=later)) == ["failed"]
    assert await claimed(application, due(9, now=later)) == ["ahead"]


async def test_few_events_linger_from_the_first_that_nobody_looked_at(
    application: Application,
) -> None:
    seen = [("new", 1, ago(minutes=9)), ("old", 1, ago(days=1))]
    seen += [("looked-at", 1, ago(days=1)), ("looked-at", 2, ago(minutes=9))]
    await put(
        application,
        [
            somebody("new", last_seq=1),
            somebody("old", last_seq=1),
            somebody("looked-at", last_seq=2, checked_seq=1),
        ],
    )
    plain = {"action": "view", "text": "", "metadata": {}, "occurred_at": NOW}
    async with application.engine.begin() as connection:
        await connection.execute(
            insert(events),
            [
                {"tenant_id": "default", "user_id": u, "seq": n, "recorded_at": at, **plain}
                for u, n, at in seen
            ],
        )

    assert await claimed(application, lingering(9)) == ["old"]


async def test_claims_at_the_same_time_take_different_people(application: Application) -> None:
    await put(application, [somebody(f"p{n}", last_event_at=ago(minutes=n)) for n in range(8)])

    async with autocommit(application.engine) as other, other.connection.begin():
        first = await other.people.claim(token="other", now=NOW, until=UNTIL, threshold=3, limit=2)
        second = await claimed(application, due(2))

    assert [person.user_id for person in first] == ["p6", "p7"]
    assert second == ["p4", "p5"]


async def test_nobody_is_claimed_twice_and_nobody_left_when_many_claim(
    application: Application,
) -> None:
    await put(application, [somebody(f"p{n}", last_seq=3 + n % 7) for n in range(300)])
    taken: list[str] = []

    async def claims_on() -> None:
        while len(taken) < 300:
            taken.extend(await claimed(application, due(3)))

    async with asyncio.timeout(60):
        await asyncio.gather(*(claims_on() for _ in range(6)))

    assert len(taken) == len(set(taken)) == 300
