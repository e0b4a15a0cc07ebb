"""Memories kept at hand: nobody is ranked with their own part, and the erased are gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from sqlalchemy import event as hook

from credence.app.bootstrap import Application
from credence.app.erasure import erase
from credence.app.heard import Heard
from credence.memory.collaborative.contribution import Contribution, contribution
from credence.memory.collaborative.item_memory import ItemMemory
from credence.memory.model import Action, Person
from credence.memory.raw_memories import RawMemories
from credence.memory.unit_of_work import autocommit, unit_of_work
from credence.memory.visits import Visits

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ADA = Person("default", "ada")
NOBODY = Person("default", "")
OTHERS = ("bob", "cleo", "dan", "eve")


class Watched:
    """Memories on a clock of their own, against what the database path gives."""

    def __init__(self, application: Application, *, most: int = 100) -> None:
        self.now = 0.0
        self.statements = 0
        self.engine = application.engine
        self.heard = Heard(self.engine, least_people=3, most=most, timer=lambda: self.now)
        hook.listen(self.engine.sync_engine, "after_cursor_execute", self._count)

    def _count(self, *_: Any) -> None:
        self.statements += 1

    async def of(self, person: Person, *ids: str) -> dict[str, ItemMemory]:
        return await self.heard.of(person, ids)

    async def read(self, person: Person, *ids: str) -> dict[str, ItemMemory]:
        async with unit_of_work(self.engine) as uow:
            return await uow.item_memories.of(person, ids, least=3, phrases=False)


@pytest.fixture
def watched(application: Application) -> Watched:
    return Watched(application)


async def contributed(
    application: Application, people: Sequence[str], *items: str, remembered: bool = True
) -> None:
    """Each of these people likes these items, in words of their own."""
    async with unit_of_work(application.engine) as uow:
        await uow.people.create_missing("default", people, now=NOW)
        for name in people:
            await uow.item_memories.add("default", [said(name, item_id) for item_id in items])
    if remembered:
        await application.keeper.settle()


def said(name: str, item_id: str) -> Contribution:
    dice = np.random.default_rng([*name.encode()])
    words = dice.standard_normal(384)
    return contribution(
        item_id=item_id,
        user_id=name,
        action=Action.REVIEW,
        attitude=0.5,
        rating=4.0,
        at=NOW,
        words=(words / np.linalg.norm(words)).astype(np.float32),
    )


def same(one: dict[str, ItemMemory], other: dict[str, ItemMemory]) -> bool:
    return one.keys() == other.keys() and all(_told(one[key]) == _told(other[key]) for key in one)


def _told(memory: ItemMemory) -> Any:
    return (
        memory.people,
        memory.standing,
        memory.voices,
        memory.liking,
        memory.rating,
        None if memory.words is None else memory.words.tolist(),
        memory.audience.people.tolist(),
        memory.audience.weights.tolist(),
        memory.audience.mass,
    )


async def test_what_is_kept_equals_what_the_database_gives(
    application: Application, watched: Watched
) -> None:
    await contributed(application, [*OTHERS, "ada"], "dune")
    await contributed(application, OTHERS, "emma")
    await contributed(application, OTHERS[:2], "it")
    ids = ("dune", "emma", "it", "unheard-of")

    for person in (ADA, NOBODY, Person("default", "bob"), Person("default", "stranger")):
        expected = await watched.read(person, *ids)
        for _ in range(2):
            assert same(await watched.of(person, *ids), expected)

    before = watched.statements
    assert (await watched.of(NOBODY, *ids)).keys() == {"dune", "emma"}
    assert watched.statements == before


async def test_ones_own_part_is_never_used_though_it_came_after_the_look_before(
    application: Application, watched: Watched
) -> None:
    await contributed(application, OTHERS, "dune")
    assert (await watched.of(ADA, "dune"))["dune"].people == 4

    await contributed(application, ["ada"], "dune")  # and the keeper has it in the memory
    watched.now = 6.0
    everybody = (await watched.of(NOBODY, "dune"))["dune"]  # now kept with Ada in it
    hers = await watched.of(ADA, "dune")

    assert everybody.people == 5
    assert hers["dune"].people == 4
    assert same(hers, await watched.read(ADA, "dune"))


async def test_ones_own_part_that_came_after_the_memories_were_picked_is_taken_out(
    application: Application, watched: Watched
) -> None:
    await contributed(application, OTHERS, "dune", "emma")
    await watched.of(NOBODY, "dune")
    picked = watched.heard.pick("default", ["dune", "emma"])
    await contributed(application, ["ada"], "dune", "emma")
    watched.now = 6.0
    await watched.of(NOBODY, "dune", "emma")  # what is kept by now holds Ada

    async with autocommit(application.engine) as uow:
        memories = RawMemories(uow.connection)
        read = await memories.read(ADA, ["dune", "emma"], unknown=picked.unknown)
        seen = await Visits(uow.connection).see(ADA, ["dune", "emma"], unknown=picked.unknown)
    expected = await watched.read(ADA, "dune", "emma")

    assert picked.unknown == ("emma",)
    assert {m.people for m in expected.values()} == {4}
    assert same(watched.heard.put_together(picked, read), expected)
    assert same(watched.heard.put_together(picked, seen.memories), expected)


async def test_too_few_others_are_told_of_to_nobody_who_is_one_of_them(
    application: Application, watched: Watched
) -> None:
    await contributed(application, [*OTHERS[:3], "ada"], "dune")
    assert "dune" in await watched.of(NOBODY, "dune")

    await erase(Person("default", "bob"), engine=application.engine)
    watched.heard.forget_tenant("default")

    assert "dune" in await watched.of(NOBODY, "dune")
    assert await watched.of(ADA, "dune") == {}


async def test_an_erasure_ends_what_is_kept_and_what_is_being_read(
    application: Application, watched: Watched
) -> None:
    await contributed(application, OTHERS, "dune")
    engine = application.engine.sync_engine

    def forgotten(*_: Any) -> None:
        watched.heard.forget_tenant("default")

    hook.listen(engine, "after_cursor_execute", forgotten)
    await watched.of(NOBODY, "dune")
    hook.remove(engine, "after_cursor_execute", forgotten)
    assert not watched.heard._held

    await watched.of(NOBODY, "dune")
    assert watched.heard._held
    watched.heard.forget_tenant("another")
    assert watched.heard._held
    watched.heard.forget_tenant("default")
    assert not watched.heard._held


async def test_the_shelf_forgets_at_an_erasure(application: Application) -> None:
    await contributed(application, OTHERS, "dune")
    shelf = application.shelf
    before = await shelf.memories(NOBODY, ["dune"], phrases=False)

    await erase(Person("default", "bob"), engine=application.engine)
    shelf.erased(Person("default", "bob"))

    after = await shelf.memories(NOBODY, ["dune"], phrases=False)
    assert (before["dune"].people, after["dune"].people) == (4, 3)


async def test_what_another_process_changed_is_seen_after_five_seconds(
    application: Application, watched: Watched
) -> None:
    await contributed(application, OTHERS, "dune")
    await watched.of(NOBODY, "dune")
    await erase(Person("default", "bob"), engine=application.engine)

    watched.now = 4.9
    young = await watched.of(NOBODY, "dune")
    watched.now = 5.0
    old = await watched.of(NOBODY, "dune")

    assert (young["dune"].people, old["dune"].people) == (4, 3)


async def test_no_more_than_so_many_are_kept_the_latest_ones(application: Application) -> None:
    watched = Watched(application, most=2)
    await contributed(application, OTHERS, "dune", "emma", "it")
    for item_id in ("dune", "emma", "it"):
        await watched.of(NOBODY, item_id)

    assert [key[1] for key in watched.heard._held] == ["emma", "it"]
    assert (await watched.of(NOBODY, "dune")).keys() == {"dune"}


async def test_tenants_are_apart(application: Application, watched: Watched) -> None:
    await contributed(application, OTHERS, "dune")
    await watched.of(NOBODY, "dune")

    assert await watched.of(Person("another", ""), "dune") == {}
