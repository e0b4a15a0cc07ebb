"""What other people say and choose in a recorded domain, for one person at a time.

Donors are everybody before their exam and, of the training half, also the exam's target with its
review. What people of the exam half did with their target is read by nobody: `load_domain` leaves
it out and `load_training_targets` does not return it. A person's own part is taken out of what
they are shown, in full: the memories of the items they dealt with are made anew without them.

The histories of the release have no clock in common, so what others did is known from the start:
somebody's fifth choice may be ranked with what another wrote after it. Where there are times, a
`Rest` may be told `until` when; what that changes is in the log of measurements.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from credence.memory.collaborative.contribution import Contribution, contribution, joined
from credence.memory.collaborative.item_memory import ItemMemory, remembered
from credence.memory.collaborative.usual import Usual, usual
from credence.planner.extraction.attitude import attitude
from credence.planner.ranking.case import Others
from credence.planner.ranking.others import others
from credence.replay.belief import events_of
from credence.replay.encoded import Encode, EncodedDomain
from credence.replay.exam.donors import donors_of
from credence.replay.people import Domain, Interaction

LEAST = 3  # people behind an item before anything of it is told
_TENANT = "replay"


def contributions_of(
    domain: Domain,
    targets: Mapping[str, Interaction],
    encode: Encode,
) -> tuple[Contribution, ...]:
    """What everybody brings, each person and item once.

    `targets` are of the training half by person. Raises ValueError for a target of anybody else.
    """
    told = donors_of(domain, targets)
    texts = sorted({done.review for story in told.values() for done in story if done.review})
    words = dict(zip(texts, encode(texts), strict=True)) if texts else {}
    return joined(
        contribution(
            item_id=event.item_id,
            user_id=user_id,
            action=event.action,
            attitude=attitude(event),
            rating=event.rating,
            at=event.occurred_at,
            words=words.get(event.text),
        )
        for user_id, story in told.items()
        for event in events_of(story)
        if event.item_id is not None
    )


def crowd_of(
    encoded: EncodedDomain,
    targets: Mapping[str, Interaction],
    encode: Encode,
) -> Crowd:
    """The crowd of a domain; arguments as of `contributions_of`."""
    told = contributions_of(encoded.domain, targets, encode)
    return Crowd(told, size=len(encoded.centre))


class Crowd:
    """Everybody's contributions to the items of one domain."""

    def __init__(self, contributions: Iterable[Contribution], *, size: int) -> None:
        """Vectors of words have `size` dimensions."""
        self.size = size
        self._parts: dict[str, dict[str, Contribution]] = defaultdict(dict)
        self._items: dict[str, set[str]] = defaultdict(set)  # by person
        for part in contributions:
            self._parts[part.item_id][part.user_id] = part
            self._items[part.user_id].add(part.item_id)
        self._memories = {item_id: _memory(parts) for item_id, parts in self._parts.items()}
        self._rests: dict[str, Rest] = {}

    def besides(self, user_id: str, *, until: datetime | None = None) -> Rest:
        """What the others say, as if this person had never come; with `until`, of what they had
        done by then."""
        if until is not None:
            return Rest(self, user_id, until=until)
        if user_id not in self._rests:
            self._rests[user_id] = Rest(self, user_id)
        return self._rests[user_id]

    def memories_without(self, user_id: str) -> dict[str, ItemMemory | None]:
        """The memories of those items that the person dealt with, without them."""
        return {
            item_id: _memory(self._parts[item_id], without=user_id)
            for item_id in sorted(self._items.get(user_id, ()))
        }

    def memory_until(self, item_id: str, until: datetime, *, without: str) -> ItemMemory | None:
        """The memory of an item from what people did with it for the last time by then."""
        parts = self._parts.get(item_id, {})
        then = {user_id: part for user_id, part in parts.items() if part.latest <= until}
        return _memory(then, without=without)

    @property
    def memories(self) -> Mapping[str, ItemMemory | None]:
        """The memories of all items, everybody in them."""
        return self._memories


class Rest:
    """What everybody but one person says, of all times or by one of them.

    What is usual everywhere is of all times: it tells no item from another.
    """

    def __init__(self, crowd: Crowd, user_id: str, *, until: datetime | None = None) -> None:
        self._crowd, self._user_id, self._until = crowd, user_id, until
        self._without = crowd.memories_without(user_id) if until is None else {}
        self._usual: dict[int, Usual] = {}

    def memory(self, item_id: str) -> ItemMemory | None:
        """The memory of an item; None where nobody else dealt with it."""
        if self._until is not None:
            return self._crowd.memory_until(item_id, self._until, without=self._user_id)
        if item_id in self._without:
            return self._without[item_id]
        return self._crowd.memories.get(item_id)

    def others(
        self, candidates: Sequence[str], events: Sequence[str], *, least: int = LEAST
    ) -> Others:
        """What is told of candidates and of the items of events, `least` people behind each."""
        heard = [self.memory(item_id) for item_id in events]
        return others(
            [self.memory(item_id) for item_id in candidates],
            heard,
            usual=self._usually(least),
            least=least,
            size=self._crowd.size,
        )

    def _usually(self, least: int) -> Usual:
        if self._until is not None:
            return self._crowd.besides(self._user_id)._usually(least)
        if least not in self._usual:
            all_of_them = (self.memory(item_id) for item_id in self._crowd.memories)
            known = (memory for memory in all_of_them if memory is not None)
            self._usual[least] = usual(known, least=least)
        return self._usual[least]


def _memory(parts: Mapping[str, Contribution], *, without: str | None = None) -> ItemMemory | None:
    return remembered(_TENANT, [part for user_id, part in parts.items() if user_id != without])
