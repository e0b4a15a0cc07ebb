"""What a try stands on: a person's taste, and the moment from which it is seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from credence.app import belief_views
from credence.app.bootstrap import Application
from credence.app.tastes import voices_of
from credence.memory.model import Belief, Person, Vector
from credence.memory.unit_of_work import unit_of_work
from credence.planner.counter import Taste


@dataclass(frozen=True, slots=True)
class StandingPoint:
    """A taste and when it is, or was, so."""

    taste: Taste
    at: datetime


async def at_present(app: Application, person: Person, *, now: datetime) -> StandingPoint:
    """What any recommendation would read now."""
    return StandingPoint(await app.shelf.taste(person), now)


async def at_revision(app: Application, person: Person, revision: int) -> StandingPoint:
    """The belief of a revision with the events known then, seen at the moment of that revision.

    Titles, vectors of items and what others say are as they are now: of these no past is kept.
    Revision 0 is the moment at which the person appeared. Raises RevisionNotFound.
    """
    async with unit_of_work(app.engine) as uow:
        view = await belief_views.at_revision(
            uow, person, revision, event_memory=app.settings.event_memory
        )
        held = await uow.beliefs.load(person)
        named = sorted({seen.event.item_id for seen in view.recent if seen.event.item_id})
        heard = await uow.item_memories.of(
            person, named, least=app.counter.least_people, phrases=False
        )
    texts = {chunk.chunk_id: chunk.text for chunk in held.belief.chunks}
    taste = Taste(
        belief=view.belief,
        vectors=await _vectors(app, view.belief, texts, held.vectors),
        recent=view.recent,
        heard=heard,
        voices=voices_of(view.recent, app.counter.words),
    )
    return StandingPoint(taste, view.as_of)


async def _vectors(
    app: Application, belief: Belief, texts: Mapping[int, str], kept: Mapping[int, Vector]
) -> dict[int, Vector]:
    """Of active chunks: as stored, or made anew where the words were others then."""
    active = belief.active
    other = [c for c in active if c.chunk_id not in kept or texts[c.chunk_id] != c.text]
    made = await app.encoder.embed_phrases([chunk.text for chunk in other])
    found = {c.chunk_id: kept[c.chunk_id] for c in active if c.chunk_id in kept}
    return found | {chunk.chunk_id: row for chunk, row in zip(other, made, strict=True)}
