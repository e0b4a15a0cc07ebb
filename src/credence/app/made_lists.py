"""What a choice is set against: items that the person never dealt with, drawn by lot."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credence.memory.model import Person
from credence.memory.unit_of_work import UnitOfWork

OTHERS = 9  # items beside the chosen one
_BY_POPULARITY = 4  # of them; the others evenly
_DRAWN = 60  # of each kind, as the person may have dealt with many


@dataclass(frozen=True, slots=True, kw_only=True)
class Pools:
    """A tenant's items, and how many people brought something to which of them."""

    items: tuple[str, ...]
    places: Mapping[str, int]  # of the items that people brought something to, in `counts`
    counts: NDArray[np.float64]

    @classmethod
    async def read(cls, uow: UnitOfWork, tenant: str) -> Pools:
        items = await uow.catalogue(tenant).ids()
        brought = await uow.item_memories.brought(tenant)
        known = [item_id for item_id in items if item_id in brought]
        return cls(
            items=items,
            places={item_id: place for place, item_id in enumerate(known)},
            counts=np.array([brought[item_id] for item_id in known], dtype=np.float64),
        )

    def drawn(self, own: Collection[str], rng: np.random.Generator) -> tuple[list[str], list[str]]:
        """Items by popularity and items evenly, each in the order of the draw and none twice.

        `own` are the items that the person brought something to: that does not count, so that
        the draw is the same whatever the person did.
        """
        counts = self.counts.copy()
        counts[[self.places[item_id] for item_id in own if item_id in self.places]] -= 1
        popular: dict[str, None] = {}
        if counts.any():
            known = list(self.places)
            by_popularity = rng.choice(len(known), _DRAWN, p=counts / counts.sum())
            popular = dict.fromkeys(known[place] for place in by_popularity)
        evenly = rng.choice(len(self.items), min(_DRAWN, len(self.items)), replace=False)
        return list(popular), [self.items[place] for place in evenly]


async def unchosen(
    uow: UnitOfWork,
    person: Person,
    chosen: str,
    pools: Pools,
    *,
    shown: Sequence[str],
    rng: np.random.Generator,
) -> tuple[str, ...]:
    """Nine items that the person never dealt with; fewer where the catalogue has no more.

    Of those shown with the chosen one if it was shown with at least so many, and filled up by
    lot. Which of a longer list is left to chance: its first places are what the ranker of that
    day thought best, and to set the choice against them alone would speak against that ranker.
    """
    catalogue = uow.catalogue(person.tenant)
    own = frozenset(await uow.item_memories.touched_by(person))
    popular, even = pools.drawn(own, rng)
    beside: list[str] = []
    if len(set(shown)) > OTHERS:
        there = sorted(await catalogue.known(shown))
        beside = [there[index] for index in rng.permutation(len(there))]
    among = sorted({*beside, *popular, *even})
    taken = {chosen, *await catalogue.dealt_with(person.user_id, among)}
    found = [item_id for item_id in beside if item_id not in taken]
    found += [item_id for item_id in popular if item_id not in taken][:_BY_POPULARITY]
    found += [item_id for item_id in even if item_id not in taken]
    return tuple(dict.fromkeys(found))[:OTHERS]


def lot(seed: int, purpose: str, user_id: str) -> int:
    """A number that chance might have given this person, the same each time."""
    digest = hashlib.sha256(f"{seed}/{purpose}/{user_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big")
