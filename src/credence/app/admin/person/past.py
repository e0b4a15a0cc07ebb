"""A chunk in the past: how it stood at a revision, and where it went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from credence.app.admin.person.told import revision_numbered
from credence.app.admin.someone import Someone
from credence.memory.errors import RevisionNotFound
from credence.memory.model import Chunk, Status
from credence.memory.strength import Standing, side_of, standing
from credence.memory.trail import Step
from credence.memory.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Then:
    """A chunk as of an earlier revision."""

    revision: int
    at: datetime | None  # None: before the first revision
    side: str
    text: str
    strength: float | None  # None: it was not believed


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The change with which a chunk stopped being believed, and how it stood until then."""

    step: Step
    side: str
    was: Standing


async def then(
    uow: UnitOfWork, someone: Someone, chunk_id: int, revision: int | None
) -> Then | None:
    """None where the present is asked for. Raises RevisionNotFound beyond the latest one."""
    latest = someone.summary.revision
    if revision is None or revision == latest:
        return None
    if revision > latest:
        raise RevisionNotFound(revision, latest)
    entry = await revision_numbered(uow, someone.person, revision)
    stages = await uow.trail.stages(someone.person, [chunk_id], upto=revision, most=1)
    chunk = next((stage.chunk for stage in stages.get(chunk_id, ())), None)
    if entry is None or chunk is None or chunk.status is not Status.ACTIVE:
        at = entry.at if entry else None
        return Then(revision=revision, at=at, side="", text="", strength=None)
    half_life = someone.desk.app.counter.rules.half_life
    stood = standing(chunk, now=entry.at, half_life=half_life)
    return Then(
        revision=revision,
        at=entry.at,
        side=side_of(chunk),
        text=chunk.text,
        strength=stood.strength,
    )


def gone(chunk: Chunk, steps: Sequence[Step], *, half_life: timedelta) -> Gone | None:
    """Where it went, if it is not believed now; `steps` are its latest changes, newest first."""
    if chunk.status is Status.ACTIVE:
        return None
    for step in steps:
        before, after = step.before, step.after
        if before is not None and before.status is Status.ACTIVE and after is not None:
            was = standing(before, now=step.at, half_life=half_life)
            return Gone(step=step, side=side_of(before), was=was)
    return None
