from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from credence.app import bootstrap
from credence.app.bootstrap import Application
from credence.app.corrections import Signature, take_back
from credence.demo.content import demo_people
from credence.memory.errors import (
    ChunkNotFound,
    LeaseLost,
    PersonBusy,
    RevisionNotFound,
    StaleBelief,
)
from credence.memory.glance import Glance
from credence.memory.ledger import Revision
from credence.memory.lifecycle.correction import pin, reject
from credence.memory.lifecycle.draft import Rules
from credence.memory.model import Action, Belief, Person
from credence.memory.strength import polarity
from credence.memory.unit_of_work import autocommit, unit_of_work
from credence.planner.correct import Correction, correct
from credence.planner.run import run_planner
from tests.integration.memory.world import (
    NOW,
    a_person_with_a_belief,
    an_event,
    dump,
    record,
    told_by,
)

WAIT = timedelta(seconds=5)


async def test_the_belief_at_every_revision_is_rebuilt_from_the_ledger_as_it_was_stored(
    application: Application,
) -> None:
    await a_person_with_a_belief(application, user_id="other")
    person = Person("default", "ada")
    stored: list[Belief] = []
    history = told_by(demo_people()[1], user_id="ada")
    for start in range(0, len(history), 4):
        await record(application, history[start : start + 4])
        await application.worker.drain()
        async with autocommit(application.engine) as uow:
            held = await uow.beliefs.load(person)
        if not stored or held.belief.revision > stored[-1].revision:
            stored.append(held.belief)

    assert len(stored) >= 3
    for belief in stored:
        async with autocommit(application.engine) as uow:
            assert await uow.beliefs.at_revision(person, belief.revision) == belief


async def test_a_belief_of_the_past_is_found_by_time(application: Application) -> None:
    person = await a_person_with_a_belief(application)

    async with autocommit(application.engine) as uow:
        held = await uow.beliefs.load(person)
        assert await uow.beliefs.revision_at(person, NOW - timedelta(days=1)) == 0
        assert await uow.beliefs.revision_at(person, datetime.now(UTC)) == held.belief.revision
        with pytest.raises(RevisionNotFound, match="the latest is"):
            await uow.beliefs.at_revision(person, held.belief.revision + 1)


async def test_every_chunk_in_the_database_has_evidence_of_an_event_that_exists(
    application: Application, database: str
) -> None:
    await a_person_with_a_belief(application)

    with psycopg.connect(database) as connection:
        (orphans,) = connection.execute(
            "SELECT count(*) FROM chunks c WHERE NOT EXISTS (SELECT 1 FROM evidence e "
            "WHERE (e.tenant_id, e.user_id, e.chunk_id) = (c.tenant_id, c.user_id, c.chunk_id))"
        ).fetchone() or (None,)
        (chunks,) = connection.execute("SELECT count(*) FROM chunks").fetchone() or (None,)

    assert orphans == 0
    assert chunks is not None and chunks > 5


async def test_undoing_a_revision_is_itself_a_revision_and_retracts_its_evidence(
    application: Application,
) -> None:
    person = await a_person_with_a_belief(application, batch=99)

    await take_back(application, person, 1, Signature(actor="ada", reason="start again"))

    async with autocommit(application.engine) as uow:
        held = await uow.beliefs.load(person)
        ids = [chunk.chunk_id for chunk in held.belief.chunks]
        now = await uow.beliefs.evidence_of(person, ids, limit=999)
    assert held.belief.active == ()
    assert held.belief.profile is None
    assert held.belief.revision == 2
    assert now == ()
    assert ids


async def test_a_commit_on_an_older_revision_changes_nothing(
    application: Application, database: str
) -> None:
    person = await a_person_with_a_belief(application)
    stale = Revision(
        number=1,
        run_id=None,
        actor="late",
        at=NOW,
        reason="",
        watermark=0,
        undoes=None,
        changes=(),
    )
    before = dump(database)

    with pytest.raises(StaleBelief):
        async with unit_of_work(application.engine) as uow:
            await uow.commits.commit(person, stale, {}, lease="late", looked=None, glance=Glance())

    assert dump(database) == before


async def test_two_runs_of_one_person_at_once_leave_one_consistent_history(
    application: Application,
) -> None:
    """Under one lease on purpose: even then only one of the commits can win."""
    person = await a_person_with_a_belief(application)
    await record(application, [an_event(text="Gorgeous prose, gripping pace.") for _ in range(3)])
    context, graph = application.worker.context, application.worker.graph

    async with application.worker.leases.holding(person, wait=WAIT) as lease:
        outcomes = await asyncio.gather(
            *(
                run_planner(
                    person,
                    run_id=f"run-{n}",
                    lease=lease,
                    forced=True,
                    graph=graph,
                    context=context,
                )
                for n in range(4)
            ),
            return_exceptions=True,
        )

    committed = [o for o in outcomes if not isinstance(o, BaseException) and o.revision]
    assert len(committed) == 1
    errors = [o for o in outcomes if isinstance(o, BaseException)]
    assert all(isinstance(error, StaleBelief | LeaseLost) for error in errors), errors
    async with autocommit(application.engine) as uow:
        held = await uow.beliefs.load(person)
        assert await uow.beliefs.at_revision(person, held.belief.revision) == held.belief


async def test_a_leased_person_is_not_advanced_by_anybody_else(application: Application) -> None:
    person = await a_person_with_a_belief(application)

    async with application.worker.leases.holding(person, wait=WAIT):
        with pytest.raises(PersonBusy):
            await application.worker.advance(person, wait=timedelta(seconds=0.2))

    run = await application.worker.advance(person, wait=WAIT)
    assert run.outcome in {"committed", "skipped"}


async def test_one_run_never_gives_back_the_lease_of_another(
    application: Application, database: str
) -> None:
    person = await a_person_with_a_belief(application)
    leases = application.worker.leases
    await record(application, [an_event(text="Lyrical prose.") for _ in range(3)])

    async with leases.holding(person, wait=WAIT) as first:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("UPDATE users SET lease_until = now() - interval '1 hour'")
        ((claimed, second),) = await leases.claim_due(threshold=3, most=9)
        assert (claimed, first != second) == (person, True)

    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT lease_owner FROM users").fetchone()
    assert row == (second,)


async def test_a_run_whose_person_was_erased_and_came_back_writes_nothing(
    application: Application,
) -> None:
    await a_person_with_a_belief(application, user_id="other")
    await record(application, [an_event("eve", text="I love vampire stories.") for _ in range(3)])
    eve = Person("default", "eve")
    context = application.worker.context
    async with application.worker.leases.holding(eve, wait=WAIT) as lease:
        snapshot = await context.store.observe(eve)
        assert snapshot.pending
        async with unit_of_work(application.engine) as uow:
            await uow.people.erase(eve)
        await record(application, [an_event("eve", text="hello")])
        with pytest.raises(LeaseLost):
            await run_planner(
                eve,
                run_id="late",
                lease=lease,
                forced=True,
                graph=application.worker.graph,
                context=context,
            )

    async with autocommit(application.engine) as uow:
        assert (await uow.beliefs.load(eve)).belief.revision == 0


@pytest.mark.parametrize("policy", ["adaptive", "never", "fixed-100"])
async def test_nobody_is_looked_at_again_without_new_events(
    application: Application, policy: str
) -> None:
    """People with a profile, many events that say nothing, and more than one run may read."""
    person = await a_person_with_a_belief(application)
    chosen = bootstrap.policy(application.settings.model_copy(update={"policy": policy}))
    application.worker.context = replace(application.worker.context, policy=chosen)
    await record(application, [an_event(action=Action.VIEW) for _ in range(130)])

    runs = await asyncio.wait_for(application.worker.drain(), 60)

    assert 1 <= runs <= 4
    assert await application.worker.drain() == 0
    if policy == "adaptive":
        async with autocommit(application.engine) as uow:
            held = await uow.beliefs.load(person)
        assert held.belief.watermark == held.last_seq


async def test_undoing_an_undo_brings_the_evidence_back(application: Application) -> None:
    person = await a_person_with_a_belief(application, batch=99)
    async with autocommit(application.engine) as uow:
        before = (await uow.beliefs.load(person)).belief
    await _undo(application, person, 1)
    await _undo(application, person, 2)

    async with autocommit(application.engine) as uow:
        after = (await uow.beliefs.load(person)).belief
        assert after.active == before.active
        for chunk in after.active:
            evidence = await uow.beliefs.evidence_of(person, [chunk.chunk_id], limit=99)
            assert len(evidence) == chunk.likes + chunk.dislikes


async def test_evidence_counts_at_each_revision_as_often_as_it_was_taken_back_and_forth(
    application: Application,
) -> None:
    person = await a_person_with_a_belief(application, batch=99)
    counted = []
    for number in range(1, 5):
        await _undo(application, person, number)
        async with autocommit(application.engine) as uow:
            belief = (await uow.beliefs.load(person)).belief
            fed = [
                await uow.trail.fed_by(person, range(1, belief.watermark + 1), revision=at, most=1)
                for at in range(1, number + 2)
            ]
            ids = [chunk.chunk_id for chunk in belief.chunks]
            now = await uow.beliefs.evidence_of(person, ids, limit=999)
        counted = [sum(one.total for one in by_event.values()) for by_event in fed]
        assert len(now) == counted[-1]
        assert len(now) == sum(chunk.likes + chunk.dislikes for chunk in belief.active)

    there = counted[0]
    assert there > 0
    assert counted == [there, 0, there, 0, there]


async def _undo(application: Application, person: Person, number: int) -> None:
    by = Signature(actor="ada", reason="changed my mind")
    await take_back(application, person, number, by)


async def test_a_pinned_chunk_and_a_rejected_one_stay_so_through_later_runs(
    application: Application,
) -> None:
    person = await a_person_with_a_belief(application)
    context = application.worker.context
    async with autocommit(application.engine) as uow:
        held = await uow.beliefs.load(person)
    kept, wrong = held.belief.active[0], held.belief.active[1]
    leases = application.worker.leases

    async def put_right(correction: Correction) -> None:
        async with leases.holding(person, wait=WAIT) as lease:
            await correct(person, correction, actor="ada", why="no", lease=lease, context=context)

    await put_right(lambda d: pin(d, kept.chunk_id, now=NOW, rules=Rules(), why="yes"))
    await put_right(lambda d: reject(d, wrong.chunk_id, why="no"))

    await record(application, told_by(demo_people()[0], user_id="ada"))
    await application.worker.drain()

    async with autocommit(application.engine) as uow:
        later = (await uow.beliefs.load(person)).belief
    assert kept.text in {c.text for c in later.active if c.pinned}
    said = {(c.text, polarity(c)) for c in later.active}  # the opposite may be learnt
    assert (wrong.text, polarity(wrong)) not in said
    with pytest.raises(ChunkNotFound):
        await put_right(lambda d: reject(d, wrong.chunk_id, why="no"))
