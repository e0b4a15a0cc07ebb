"""An item that comes while a run is interrupted: events read without it are read once more."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from credence.memory.model import Item, Person
from credence.planner.graph import build_graph
from credence.planner.state import Snapshot
from tests.fakes import MemoryInMind
from tests.unit.planner.test_restored import Models, a_process, a_store, go, killed

BOOK = Item(item_id="to-come", title="The Job", categories=("heists",))
BEFORE_THE_FIRST_ANSWER, READ, ALMOST_DONE = 3, 5, 12


@dataclass
class WithItems(MemoryInMind):
    """Has a catalogue."""

    items: dict[str | None, Item] = field(default_factory=dict)

    async def observe(self, person: Person) -> Snapshot:
        seen = await super().observe(person)
        pending = tuple(replace(w, item=self.items.get(w.event.item_id)) for w in seen.pending)
        return replace(seen, pending=pending)


def a_store_with_an_event_about_the_book() -> WithItems:
    plain = a_store()
    events = [replace(e, item_id="to-come") if e.seq == 5 else e for e in plain.events]
    return WithItems(belief=plain.belief, events=events, vectors=plain.vectors)


@pytest.mark.parametrize("after", [BEFORE_THE_FIRST_ANSWER, READ, ALMOST_DONE])
async def test_an_event_read_without_its_item_is_noted_though_the_item_came_meanwhile(
    after: int,
) -> None:
    store, models = a_store_with_an_event_about_the_book(), Models()
    saver = await killed(after, store, models)
    store.items["to-come"] = BOOK

    await go(build_graph(saver), a_process(store, models))

    assert store.looked is not None
    assert store.looked.unlinked == ((5, "to-come"),)
    assert store.belief.watermark == 8
    assert not any("The Job" in asked.data for asked in models.extractor.asked)


async def test_an_event_read_with_its_item_is_not_noted() -> None:
    store, models = a_store_with_an_event_about_the_book(), Models()
    store.items["to-come"] = BOOK
    saver = await killed(READ, store, models)

    await go(build_graph(saver), a_process(store, models))

    assert store.looked is not None
    assert store.looked.unlinked == ()
