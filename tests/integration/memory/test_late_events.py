"""Events about items that the catalogue lacked: read once more when the item comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import psycopg
import pytest

from credence.app.bootstrap import Application
from credence.app.stock import put_items
from credence.memory.lifecycle.undo import undo
from credence.memory.model import Action, Belief, Evidence, Item, Person
from credence.memory.unit_of_work import autocommit, unit_of_work
from credence.planner.correct import correct
from credence.planner.policies.plain import FixedIntervalPolicy, NeverPolicy
from credence.planner.state import Plan, Situation
from tests.integration.memory.world import (
    LENIENT,
    NOW,
    WAIT,
    an_event,
    record,
    stocked,
    with_an_unlinked_event,
)

ADA = Person("default", "ada")
BOOK = Item(item_id="to-come", title="The Job", categories=("heists",))
REVIEW = "I love vampire stories."
EARLY = an_event(text=REVIEW, item_id="to-come", rating=5.0)


async def said_early(app: Application, *, user_id: str = "ada", **rest: Any) -> Person:
    """Somebody who reviewed the book before it was known; the planner has consumed it."""
    given: dict[str, Any] = {"text": REVIEW, "item_id": "to-come", "rating": 5.0} | rest
    await record(app, [an_event(user_id, **given)], intake=LENIENT)
    person = Person("default", user_id)
    await app.worker.advance(person, wait=WAIT)
    return person


async def put(app: Application, *items: Item, tenant: str = "default") -> None:
    await put_items(tenant, items or (BOOK,), encoder=app.encoder, engine=app.engine, now=NOW)


async def belief_of(app: Application, person: Person = ADA) -> Belief:
    async with autocommit(app.engine) as uow:
        return (await uow.beliefs.load(person)).belief


async def evidence_of(app: Application, person: Person = ADA) -> dict[str, list[Evidence]]:
    """By the words of the chunk."""
    belief = await belief_of(app, person)
    async with autocommit(app.engine) as uow:
        return {
            chunk.text: list(await uow.beliefs.evidence_of(person, [chunk.chunk_id], limit=99))
            for chunk in belief.active
        }


def rows_in(database: str, query: str) -> list[Any]:
    with psycopg.connect(database) as connection:
        return connection.execute(query.encode()).fetchall()


def unlinked_in(database: str) -> list[Any]:
    return rows_in(database, "SELECT tenant_id, user_id, seq, item_id FROM unlinked ORDER BY 1,2,3")


async def test_what_an_item_says_is_learnt_when_it_comes_after_the_event_was_consumed(
    application: Application, database: str
) -> None:
    await said_early(application)
    before = await evidence_of(application)
    assert unlinked_in(database) == [("default", "ada", 1, "to-come")]

    await put(application)
    assert await application.worker.drain() == 1

    after = await evidence_of(application)
    assert list(before) == ["vampire stories"]
    assert [e.event_seq for e in after["heist stories"]] == [1]
    assert after["heist stories"][0].words == "listed under heist stories"
    assert after["vampire stories"] == before["vampire stories"]
    assert unlinked_in(database) == []
    assert await application.worker.drain() == 0
    belief = await belief_of(application)
    async with autocommit(application.engine) as uow:
        assert await uow.beliefs.at_revision(ADA, belief.revision) == belief
        latest = (await uow.runs.page(ADA, before=None, limit=1))[0]
    assert [(c.text, c.likes) for c in belief.active] == [
        ("vampire stories", 1),
        ("heist stories", 1),
    ]
    assert (latest.events_consumed, latest.signals["pending"], latest.signals["late"]) == (0, 1, 1)


async def test_late_and_new_events_are_read_together(application: Application) -> None:
    await said_early(application)
    await put(application)
    await record(application, [an_event(text="A heist! I love heists.", item_id="to-come")])

    await application.worker.drain()

    found = await evidence_of(application)
    assert sorted(e.event_seq for e in found["heist stories"]) == [1, 2]
    assert [e.event_seq for e in found["vampire stories"]] == [1]


async def test_an_item_that_goes_and_comes_back_counts_once(
    application: Application, database: str
) -> None:
    await said_early(application)
    await put(application)
    await application.worker.drain()
    learnt = await belief_of(application)
    for _ in range(2):
        async with unit_of_work(application.engine) as uow:
            await uow.catalogue("default").delete(["to-come"])
        await put(application)
        assert await application.worker.drain() == 0

    assert await belief_of(application) == learnt
    assert unlinked_in(database) == []


async def test_an_item_deleted_before_the_planner_looked_is_waited_for_again(
    application: Application, database: str
) -> None:
    await said_early(application)
    await put(application)
    async with unit_of_work(application.engine) as uow:
        await uow.catalogue("default").delete(["to-come"])
    await application.worker.drain()
    assert "heist stories" not in await evidence_of(application)
    assert len(unlinked_in(database)) == 1

    await put(application)
    await application.worker.drain()

    assert "heist stories" in await evidence_of(application)


async def test_what_was_retracted_is_not_counted_by_the_second_reading(
    application: Application,
) -> None:
    await said_early(application)
    async with autocommit(application.engine) as uow:
        (done,) = await uow.beliefs.history(ADA)
    async with application.worker.leases.holding(ADA, wait=WAIT) as lease:
        await correct(
            ADA,
            lambda draft: undo(draft, 1, done.changes, now=NOW),
            actor="ada",
            why="not so",
            undoes=1,
            lease=lease,
            context=application.worker.context,
        )

    await put(application)
    await application.worker.drain()

    assert list(await evidence_of(application)) == ["heist stories"]


async def test_a_correction_leaves_late_events_due(application: Application) -> None:
    await said_early(application)
    await put(application)
    async with application.worker.leases.holding(ADA, wait=WAIT) as lease:
        await correct(
            ADA,
            lambda draft: undo(draft, 1, (), now=NOW),
            actor="ada",
            why="nothing",
            lease=lease,
            context=application.worker.context,
        )

    assert await application.worker.drain() == 1


async def test_a_late_event_that_says_nothing_is_read_once(
    application: Application, database: str
) -> None:
    await with_an_unlinked_event(application, ADA)
    learnt = await belief_of(application)
    await put(application, replace(BOOK, categories=()))

    await application.worker.advance(ADA, wait=WAIT)

    assert await belief_of(application) == learnt
    assert unlinked_in(database) == []
    assert await application.worker.drain() == 0


async def test_a_policy_that_waits_is_asked_once_and_late_events_stay_for_its_next_look(
    application: Application, database: str
) -> None:
    await said_early(application)
    context = application.worker.context
    await put(application)
    for waiting in (NeverPolicy(), FixedIntervalPolicy(3)):
        application.worker.context = replace(context, policy=waiting)
        assert await application.worker.drain() <= 1
        assert await application.worker.drain() == 0
        assert len(unlinked_in(database)) == 1

    await record(application, [an_event(text="Lyrical prose.", action=Action.LIKE)] * 3)
    await application.worker.drain()

    assert "heist stories" in await evidence_of(application)
    assert unlinked_in(database) == []


@pytest.mark.parametrize("policy", [NeverPolicy(), FixedIntervalPolicy(100), None])
async def test_more_late_events_than_one_run_reads_are_read_by_the_next_ones(
    application: Application, database: str, policy: Any
) -> None:
    known = application.worker.context
    await record(
        application, [an_event(item_id="to-come", action=Action.LIKE)] * 130, intake=LENIENT
    )
    await application.worker.drain()
    assert len(unlinked_in(database)) == 130
    if policy is not None:
        application.worker.context = replace(known, policy=policy)

    await put(application)
    runs = await asyncio.wait_for(application.worker.drain(), 60)

    left = {"never": 130, "fixed-100": 70, "adaptive-1": 0}
    name = application.worker.context.policy.name
    assert len(unlinked_in(database)) == left[name]
    assert runs <= 3
    if policy is None:
        assert (
            len((await evidence_of(application))["heist stories"]) == 99
        )  # as many as were asked for


async def test_only_people_of_the_tenant_with_an_event_about_the_item_are_looked_at(
    application: Application, database: str
) -> None:
    await said_early(application)
    await said_early(application, user_id="bob", item_id="another")
    await record(application, [an_event(item_id="to-come")], tenant="south", intake=LENIENT)
    south = Person("south", "ada")
    await application.worker.advance(south, wait=WAIT)

    await put(application, BOOK)

    due = rows_in(
        database, "SELECT tenant_id, user_id FROM users WHERE checked_seq < watermark ORDER BY 1, 2"
    )
    assert due == [("default", "ada")]
    await application.worker.drain()
    assert [row[:2] for row in unlinked_in(database)] == [("default", "bob"), ("south", "ada")]


async def test_replacing_an_item_makes_nobody_due(application: Application) -> None:
    await said_early(application)
    await put(application)
    await application.worker.drain()

    await put(application, replace(BOOK, categories=("heists", "romance")))

    assert await application.worker.drain() == 0


async def test_erasure_takes_unlinked_events_along(application: Application, database: str) -> None:
    await said_early(application)

    async with unit_of_work(application.engine) as uow:
        receipt = await uow.people.erase(ADA)

    assert receipt["unlinked"] == 1
    assert unlinked_in(database) == []
    await put(application)
    assert await application.worker.drain() == 0


async def test_an_item_that_comes_while_a_run_is_thinking_is_looked_at_afterwards(
    application: Application,
) -> None:
    """The run began before the item came, about an event that an earlier run had consumed."""
    await said_early(application)
    context = application.worker.context

    class Slow:
        name = "slow"

        async def __call__(self, situation: Situation) -> Plan:
            await put(application)
            return Plan(operations=(), reason="it took too long")

    application.worker.context = replace(context, policy=Slow())
    await application.worker.advance(ADA, wait=WAIT)
    application.worker.context = context

    assert await application.worker.drain() == 1
    assert "heist stories" in await evidence_of(application)


@dataclass(frozen=True)
class Held:
    """A person's row held by a third connection, so that whoever wants it waits."""

    database: str
    connection: psycopg.AsyncConnection[Any]

    async def until_waiting(self, transactions: int) -> None:
        """Until so many wait, for the row or for each other's advisory lock."""
        async with await psycopg.AsyncConnection.connect(self.database, autocommit=True) as look:
            for _ in range(2_000):
                found = await look.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                if await found.fetchone() == (transactions,):
                    return
                await asyncio.sleep(0.005)
        raise AssertionError(f"never were {transactions} waiting")


@asynccontextmanager
async def row_held(database: str, user_id: str) -> AsyncIterator[Held]:
    async with await psycopg.AsyncConnection.connect(database) as connection:
        await connection.execute("SELECT 1 FROM users WHERE user_id = %s FOR UPDATE", [user_id])
        yield Held(database, connection)


def deciding(application: Application, then: Callable[[], Awaitable[None]]) -> None:
    """Has the planner do something between its look and its commit."""
    context = application.worker.context
    real = context.policy

    class Interrupted:
        name = "interrupted"

        async def __call__(self, situation: Situation) -> Plan:
            application.worker.context = context
            await then()
            return await real(situation)

    application.worker.context = replace(context, policy=Interrupted())


async def consumed(application: Application) -> None:
    await application.worker.advance(ADA, wait=WAIT)


async def test_no_event_is_lost_when_the_item_comes_while_the_commit_notes_the_event(
    application: Application, database: str
) -> None:
    """The commit has the tenant's lock; the item, not yet committed, waits for it."""
    await record(application, [EARLY], intake=LENIENT)
    async with asyncio.TaskGroup() as tasks:
        looked, go_on = asyncio.Event(), asyncio.Event()

        async def pause() -> None:
            looked.set()
            await go_on.wait()

        deciding(application, pause)
        tasks.create_task(consumed(application))
        await looked.wait()
        async with row_held(database, "ada") as held:
            go_on.set()
            await held.until_waiting(1)
            tasks.create_task(put(application))
            await held.until_waiting(2)

    assert await application.worker.drain() == 1
    assert "heist stories" in await evidence_of(application)
    assert unlinked_in(database) == []


async def test_no_event_is_lost_when_the_commit_notes_the_event_while_the_item_comes(
    application: Application, database: str
) -> None:
    """The item has the tenant's lock and is not yet committed; the commit waits for it."""
    await said_early(application, user_id="bob")
    await record(application, [EARLY], intake=LENIENT)
    async with asyncio.TaskGroup() as tasks:
        looked, go_on = asyncio.Event(), asyncio.Event()

        async def pause() -> None:
            looked.set()
            await go_on.wait()

        deciding(application, pause)
        tasks.create_task(consumed(application))
        await looked.wait()
        async with row_held(database, "bob") as held:
            tasks.create_task(put(application))
            await held.until_waiting(1)
            go_on.set()
            await held.until_waiting(2)

    assert await application.worker.drain() == 2
    for person in (ADA, Person("default", "bob")):
        assert "heist stories" in await evidence_of(application, person)
    assert unlinked_in(database) == []


async def test_bulk_loading_writes_no_unlinked_rows_for_known_items(
    application: Application, database: str
) -> None:
    await stocked(application)
    await record(application, [an_event(text=REVIEW)] * 3)
    await application.worker.drain()

    assert unlinked_in(database) == []
