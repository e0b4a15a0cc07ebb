"""Events about items that the catalogue lacked: read once more when the item comes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from credence.app.bootstrap import Application
from credence.app.corrections import Signature, take_back
from credence.memory.lifecycle.undo import undo
from credence.memory.model import Action, Person
from credence.memory.unit_of_work import autocommit, unit_of_work
from credence.planner.correct import correct
from credence.planner.policies.plain import FixedIntervalPolicy, NeverPolicy
from tests.integration.memory.late import (
    ADA,
    BOOK,
    REVIEW,
    belief_of,
    evidence_of,
    put,
    rows_in,
    said_early,
    unlinked_in,
)
from tests.integration.memory.world import (
    LENIENT,
    NOW,
    WAIT,
    an_event,
    record,
    stocked,
    with_an_unlinked_event,
)


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
    assert after["heist stories"][0].words == "listed under heists"
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
    await take_back(application, ADA, 1, Signature(actor="ada", reason="not so"))

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


async def test_an_event_to_be_read_once_more_is_not_the_oldest_unread_one(
    application: Application,
) -> None:
    await said_early(application)
    await put(application)

    async with autocommit(application.engine) as uow:
        waiting = await uow.queue.waiting(now=NOW, threshold=3, before=NOW)
        assert (waiting.people, waiting.due) == (1, 1)
        assert (waiting.oldest, waiting.oldest_free) == (None, None)
    await record(application, [an_event("bob")])
    async with autocommit(application.engine) as uow:
        waiting = await uow.queue.waiting(now=NOW, threshold=3, before=NOW)
        assert (waiting.oldest, waiting.oldest_free) == (NOW, NOW)


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


async def test_bulk_loading_writes_no_unlinked_rows_for_known_items(
    application: Application, database: str
) -> None:
    await stocked(application)
    await record(application, [an_event(text=REVIEW)] * 3)
    await application.worker.drain()

    assert unlinked_in(database) == []
