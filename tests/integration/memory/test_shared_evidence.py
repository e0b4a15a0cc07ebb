"""Events that count for several chunks, as the database has them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from credence.app import corrections
from credence.app.bootstrap import Application
from credence.memory.model import Evidence, Person
from credence.memory.unit_of_work import autocommit
from tests.integration.memory.late import put, said_early
from tests.integration.memory.world import a_person_with_a_belief

BY = corrections.Signature(actor="test")


async def counted(app: Application, person: Person) -> tuple[Evidence, ...]:
    """All evidence that counts now."""
    async with autocommit(app.engine) as uow:
        ids = [chunk.chunk_id for chunk in (await uow.beliefs.load(person)).belief.chunks]
        return await uow.beliefs.evidence_of(person, ids, limit=10_000)


async def shared(app: Application, person: Person) -> tuple[Evidence, ...]:
    async with autocommit(app.engine) as uow:
        return await uow.beliefs.shared_evidence(person)


async def test_the_evidence_of_events_that_count_for_several_chunks_is_found_while_it_counts(
    application: Application,
) -> None:
    await a_person_with_a_belief(application, user_id="other")
    person = await a_person_with_a_belief(application)

    for _ in range(2):
        pieces = await counted(application, person)
        times = Counter(piece.event_seq for piece in pieces)
        several = {replace(p, words="") for p in pieces if times[p.event_seq] > 1}
        found = await shared(application, person)
        assert several
        assert len(found) == len(several) and set(found) == several
        async with autocommit(application.engine) as uow:
            latest = (await uow.beliefs.head(person)).revision
        await corrections.take_back(application, person, latest, BY)


async def test_so_is_that_of_events_to_be_read_once_more_which_may_come_to_count_for_several(
    application: Application,
) -> None:
    person = await said_early(application)
    await put(application)
    store = application.worker.context.store

    late = (await store.observe(person)).late_seqs

    assert late == (1,)
    assert await store.shared_evidence(person) == ()
    found = await store.shared_evidence(person, also=late)
    assert found == tuple(replace(p, words="") for p in await counted(application, person))
    assert len(found) == 1
