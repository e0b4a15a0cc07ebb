"""The history of one chunk, out of all that happened to its person's belief."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import event as hook

from credence.app.bootstrap import Application
from credence.memory.ledger import Revision
from credence.memory.lifecycle.draft import Change
from credence.memory.model import Chunk
from credence.memory.unit_of_work import autocommit
from tests.integration.memory.world import a_person_with_a_belief


def _chunk_ids(history: Sequence[Revision]) -> list[int]:
    named = [_chunk_id(change) for revision in history for change in revision.changes]
    return [chunk_id for chunk_id in named if chunk_id is not None]


def _chunk_id(change: Change) -> int | None:
    subject = change.after or change.before
    return subject.chunk_id if isinstance(subject, Chunk) else None


async def test_the_history_of_a_chunk_ends_with_its_latest_changes(
    application: Application,
) -> None:
    person = await a_person_with_a_belief(application, batch=2)
    asked: list[str] = []

    @hook.listens_for(application.engine.sync_engine, "before_cursor_execute")
    def note(_: object, __: object, statement: str, *rest: object) -> None:
        asked.append(statement)

    async with autocommit(application.engine) as uow:
        whole = await uow.beliefs.history(person)
        chunk_id, _ = Counter(_chunk_ids(whole)).most_common(1)[0]
        asked.clear()
        found = await uow.beliefs.history_of(person, chunk_id, most=2)

    touching = [revision for revision in whole if chunk_id in _chunk_ids([revision])]
    assert len(touching) > 2
    assert [revision.number for revision in found] == [one.number for one in touching[-2:]]
    for revision, of_all in zip(found, touching[-2:], strict=True):
        own = [change for change in of_all.changes if chunk_id == _chunk_id(change)]
        assert list(revision.changes) == own
    assert all("ledger.chunk_id = " in statement for statement in asked)
