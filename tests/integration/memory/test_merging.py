"""Chunks that events made together become one, with everything behind it in a database."""

from __future__ import annotations

from credence.app import corrections
from credence.app.bootstrap import Application
from credence.memory.model import Belief, Person
from credence.memory.strength import polarity
from credence.memory.unit_of_work import autocommit
from tests.integration.memory.world import a_person_with_a_belief

BY = corrections.Signature(actor="test")


async def belief_of(app: Application, person: Person) -> Belief:
    async with autocommit(app.engine) as uow:
        return (await uow.beliefs.load(person)).belief


async def test_a_merge_counts_an_event_of_both_chunks_once_and_an_undo_gives_both_back(
    application: Application,
) -> None:
    person = await a_person_with_a_belief(application)
    before = await belief_of(application, person)
    async with autocommit(application.engine) as uow:
        pieces = await uow.beliefs.shared_evidence(person)
    seqs = {
        chunk.chunk_id: {p.event_seq for p in pieces if p.chunk_id == chunk.chunk_id}
        for chunk in before.active
    }
    keep, drop = next(
        (one, other)
        for one in before.active
        for other in before.active
        if one.chunk_id < other.chunk_id
        and polarity(one) == polarity(other)
        and seqs[one.chunk_id] & seqs[other.chunk_id]
    )
    twice = len(seqs[keep.chunk_id] & seqs[drop.chunk_id])

    merge = corrections.Merge(chunk_id=drop.chunk_id, into=keep.chunk_id)
    made = await corrections.put_right(application, person, merge, BY)
    joined = (await belief_of(application, person)).chunk(keep.chunk_id)
    await corrections.take_back(application, person, made.number, BY)

    assert joined is not None
    events = sum(chunk.likes + chunk.dislikes for chunk in (keep, drop))
    assert joined.likes + joined.dislikes == events - twice
    assert (await belief_of(application, person)).chunks == before.chunks
