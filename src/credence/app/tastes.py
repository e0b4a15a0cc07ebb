"""What is believed of people, kept at hand for a minute and used only while it still holds."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from credence.memory.beliefs import Head
from credence.memory.errors import UserNotFound
from credence.memory.model import Belief, Person, SeenEvent, Vector
from credence.memory.unit_of_work import autocommit
from credence.planner.context import Words
from credence.planner.counter import Taste

_SECONDS = 60.0  # age that vectors, titles and memories of a person's items may have
_MOST = 500  # people; one takes 70 to 120 KB
_NOBODY = Taste(belief=Belief(), vectors={}, recent=(), known=False)


@dataclass(frozen=True, slots=True)
class _Held:
    taste: Taste
    head: Head
    until: float


class Tastes:
    """Reads tastes from Postgres, or one small row that says the last reading still holds.

    A taste holds while the person's head is the same: any event, run, correction or erasure moves
    it, in whatever process. Items that change do not; those of this process are told by
    `forget_tenant`, those of others, and who else chose an item, may be a minute old.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        event_memory: int,
        least_people: int,
        words: Words,
        narratives: bool = False,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        """With `narratives` the profile is read too: no ranker reads it, but a model does."""
        self._engine = engine
        self._narratives = narratives
        self._event_memory = event_memory
        self._least = least_people
        self._words = words
        self._timer = timer
        self._held: dict[Person, _Held] = {}  # in the order in which they were read
        self._changes: Counter[str] = Counter()  # in each tenant that end what is being read

    def at_hand(self, person: Person) -> bool:
        """Whether there is a taste that may still hold, or nobody of that name to have one."""
        return not person.user_id or person in self._held

    def kept(self, person: Person, head: Head | None) -> Taste | None:
        """The taste at hand, where it is of this head; `head` is the person's as of now.

        Somebody without a head is unknown.
        """
        if head is None:
            self._held.pop(person, None)
            return _NOBODY
        held = self._held.get(person)
        if held is None or held.head != head or self._timer() >= held.until:
            return None
        return held.taste

    async def get(self, person: Person) -> Taste:
        """The taste as it is now; `known` is False for somebody unknown."""
        held = self._held.get(person)
        async with autocommit(self._engine) as uow:
            try:
                young = held is not None and self._timer() < held.until
                if held and young and await uow.beliefs.head(person) == held.head:
                    return held.taste
                changes = self._changes[person.tenant]
                beliefs = uow.beliefs
                read = beliefs.load if self._narratives else beliefs.load_for_ranking
                believed = await read(person)
            except UserNotFound:
                self._held.pop(person, None)
                return _NOBODY
            # Read after the head, so that no event that the head counts is missing.
            recent = await uow.events.latest(person, limit=self._event_memory)
            named = sorted({seen.event.item_id for seen in recent if seen.event.item_id})
            heard = await uow.item_memories.of(person, named, least=self._least, phrases=False)
        taste = Taste(
            belief=believed.belief,
            vectors=believed.vectors,
            recent=recent,
            heard=heard,
            voices=voices_of(recent, self._words),
        )
        if changes == self._changes[person.tenant]:
            self._keep(person, _Held(taste, believed.head, self._timer() + _SECONDS))
        return taste

    def forget(self, person: Person) -> None:
        """Keep nothing of this person, nor what is being read now."""
        self._changes[person.tenant] += 1
        self._held.pop(person, None)

    def forget_tenant(self, tenant: str) -> None:
        """The tenant's items changed, or who chose them."""
        self._changes[tenant] += 1
        for person in [person for person in self._held if person.tenant == tenant]:
            del self._held[person]

    def _keep(self, person: Person, held: _Held) -> None:
        self._held.pop(person, None)
        self._held[person] = held
        now = self._timer()
        while len(self._held) > _MOST or next(iter(self._held.values())).until <= now:
            del self._held[next(iter(self._held))]


def voices_of(recent: Sequence[SeenEvent], words: Words) -> dict[int, Vector]:
    """What was written at each event, as words are read; events without a text have none."""
    written = [seen.event for seen in recent if seen.event.text.strip()]
    rows = words([event.text for event in written])
    return {event.seq: row for event, row in zip(written, rows, strict=True)}
