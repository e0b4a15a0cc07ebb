"""What the pages read of the ledger: what events fed, at a revision and after an undo."""

from __future__ import annotations

import httpx

from credence.app.bootstrap import Application
from credence.memory.model import Person
from credence.memory.unit_of_work import unit_of_work
from tests.integration.admin.test_person_beliefs import twice
from tests.integration.app.shelf import sent

ADA = Person("default", "ada")


async def test_events_feed_chunks_from_the_revision_that_read_them(
    signed_in: httpx.AsyncClient, application: Application
) -> None:
    await twice(signed_in)

    async with unit_of_work(application.engine) as uow:
        before = await uow.trail.fed_by(ADA, [1, 6], revision=1, most=100)
        after = await uow.trail.fed_by(ADA, [1, 6], revision=2, most=100)
        one = await uow.trail.fed_by(ADA, [1, 6], revision=2, most=1)

    assert before[1].pieces
    assert not before[6].pieces
    assert after[1] == before[1]
    weights = [abs(piece.weight) for piece in after[6].pieces]
    assert weights == sorted(weights, reverse=True)
    assert len(weights) == after[6].total
    for seq in (1, 6):  # the bound is for each event by itself
        assert list(one[seq].pieces) == list(after[seq].pieces[:1]) != []
        assert one[seq].total == after[seq].total


async def test_what_an_undo_took_back_is_fed_no_more_but_was(
    signed_in: httpx.AsyncClient, application: Application
) -> None:
    await twice(signed_in)
    await sent(signed_in, "POST", "/v1/users/ada/revisions/2/undo")

    async with unit_of_work(application.engine) as uow:
        then = await uow.trail.fed_by(ADA, [6], revision=2, most=100)
        now = await uow.trail.fed_by(ADA, [6], revision=3, most=100)

    assert then[6].pieces
    assert not now[6].total


async def test_stages_are_the_latest_ones_oldest_first(
    signed_in: httpx.AsyncClient, application: Application
) -> None:
    _, belief = await twice(signed_in)
    chunk = belief["chunks"][0]["chunk_id"]
    for act in ("pin", "unpin", "pin"):
        await sent(signed_in, "POST", f"/v1/users/ada/belief/chunks/{chunk}/{act}")

    async with unit_of_work(application.engine) as uow:
        latest = (await uow.trail.stages(ADA, [chunk], upto=5, most=3))[chunk]
        earlier = (await uow.trail.stages(ADA, [chunk], upto=4, most=1))[chunk]
        marks = await uow.trail.marks(ADA, limit=2)

    assert [stage.revision for stage in latest] == [3, 4, 5]
    assert [stage.chunk.pinned for stage in latest] == [True, False, True]
    assert [stage.revision for stage in earlier] == [4]
    assert [mark.revision for mark in marks] == [4, 5]
