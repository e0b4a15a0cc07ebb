"""Collaborative memory in Postgres: kept up as events come, the same as if made from the log."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from credence.app.bootstrap import Application
from credence.app.erasure import erase
from credence.app.rebuild import rebuild
from credence.app.settings import Settings
from credence.memory.collaborative.affinity import affinities
from credence.memory.collaborative.audience import times_of
from credence.memory.collaborative.item_memory import ItemMemory
from credence.memory.item_memory_statements import PARTS
from credence.memory.model import Action, Person
from credence.memory.record_events import NewEvent
from credence.memory.tables import contributions, item_memories, touched_items
from credence.memory.unit_of_work import autocommit, unit_of_work
from tests.integration.memory.world import LENIENT, NOW, an_event, record, shelved, stocked

NOBODY = Person("default", "")
ITEMS = ("tt-one", "tt-two", "tt-three", "tt-four")
REVIEWS = (
    "The world building is superb and the prose is gorgeous.",
    "Slow pacing, though the prose is gorgeous.",
    "I loved the slow burn and the wit of it all.",
    "Flat characters and a predictable plot. I gave up.",
    "A gripping story with superb world building and real tension.",
    "Gorgeous prose, and the ending made me cry.",
    "Too slow for me, the pacing drags terribly.",
)


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None, worker=False, check_after=1)  # type: ignore[call-arg]


def a_crowd(people: int, *, seed: int, each: int = 4) -> list[NewEvent]:
    """Reviews of a few items by several people, in the order of time."""
    dice = random.Random(seed)
    return [
        an_event(
            f"person-{person}",
            item_id=dice.choice(ITEMS),
            text=dice.choice(REVIEWS) + f" Part {dice.randrange(90)} of {person} stays with me.",
            rating=dice.choice([1.0, 2.5, 4.0, 5.0]),
            days_ago=dice.randrange(1, 900),
        )
        for person in range(people)
        for _ in range(each)
    ]


async def live(app: Application, events: Sequence[NewEvent], *, tenant: str = "default") -> None:
    """Record events in small batches, each followed by the planner and the keeper."""
    for start in range(0, len(events), 7):
        await record(app, events[start : start + 7], tenant=tenant, intake=LENIENT)
        await app.worker.drain()
        await app.keeper.settle()


async def stored(app: Application, *, tenant: str = "default") -> dict[str, dict[str, Any]]:
    async with app.engine.connect() as connection:
        query = select(item_memories).where(item_memories.c.tenant_id == tenant)
        rows = (await connection.execute(query)).mappings().all()
    return {row["item_id"]: dict(row) for row in rows}


async def memory_of(app: Application, item_id: str, *, person: Person = NOBODY) -> ItemMemory:
    async with autocommit(app.engine) as uow:
        return (await uow.item_memories.of(person, [item_id], least=1))[item_id]


def runs_of(kind: str, plan: dict[str, Any]) -> float:
    """How often Postgres ran nodes of this kind."""
    own = plan["Actual Loops"] if plan["Node Type"] == kind else 0.0
    return own + sum(runs_of(kind, below) for below in plan.get("Plans", ()))


def assert_same(one: dict[str, dict[str, Any]], other: dict[str, dict[str, Any]]) -> None:
    """Equal, numbers to the precision that vectors are kept in."""
    assert one.keys() == other.keys()
    for item_id, row in one.items():
        for name, value in row.items():
            theirs = other[item_id][name]
            if name == "words" and value is not None:
                np.testing.assert_allclose(value, theirs, atol=2e-3)
            elif name == "audience":
                ours = np.frombuffer(value, dtype="<u8,<f4")
                of_theirs = np.frombuffer(theirs, dtype="<u8,<f4")
                assert ours["f0"].tolist() == of_theirs["f0"].tolist()
                np.testing.assert_allclose(ours["f1"], of_theirs["f1"], rtol=1e-5)
            elif name == "held":  # people, and hashes of numbers
                of_both = [np.frombuffer(held, dtype="<u4,<u4")["f0"] for held in (value, theirs)]
                assert of_both[0].tolist() == of_both[1].tolist()
            elif isinstance(value, float):
                assert value == pytest.approx(theirs, rel=1e-6, abs=1e-9), (item_id, name)
            else:
                assert value == theirs, (item_id, name)


@pytest.mark.parametrize("seed", range(3))
async def test_it_is_the_same_in_any_order_and_from_the_log(
    application: Application, seed: int
) -> None:
    events = a_crowd(8, seed=seed)
    await live(application, events)
    in_time = await stored(application)
    assert in_time.keys() == set(ITEMS)

    words = application.worker.context.words
    assert words is not None
    assert await rebuild("default", application, words=words) == 8
    assert_same(await stored(application), in_time)

    mixed = random.Random(seed).sample(events, len(events))
    await live(application, mixed, tenant="mixed")
    elsewhere = await stored(application, tenant="mixed")
    for name in ("people", "voices", "liking", "rating", "rated", "phrases", "mass", "latest"):
        for item_id, row in in_time.items():
            theirs = elsewhere[item_id][name]
            near = pytest.approx(theirs, rel=1e-6) if isinstance(theirs, float) else theirs
            assert row[name] == near, (item_id, name)


@pytest.mark.parametrize("seed", range(3))
async def test_after_an_erasure_it_is_what_it_would_be_had_they_never_come(
    application: Application, seed: int
) -> None:
    events = a_crowd(6, seed=seed)
    words = "An unheard of zyzzogeton among the reeds, gripping and superb."
    theirs = [an_event("eve", item_id=i, text=words, rating=5.0) for i in (*ITEMS, "only-eves")]
    await live(application, events)
    without = await stored(application)
    await live(application, theirs)
    assert (await stored(application)).keys() == {*ITEMS, "only-eves"}

    await erase(Person("default", "eve"), engine=application.engine)

    assert_same(await stored(application), without)
    await application.keeper.settle()
    assert_same(await stored(application), without)


async def test_keepers_and_planners_at_work_together_leave_what_the_log_gives(
    application: Application,
) -> None:
    events = a_crowd(12, seed=7)

    async def told(part: Sequence[NewEvent]) -> None:
        for start in range(0, len(part), 3):
            await record(application, part[start : start + 3], intake=LENIENT)
            await application.worker.drain()

    async def kept() -> None:
        for _ in range(15):
            await application.keeper.turn(patience=timedelta(0))

    await asyncio.gather(told(events[::2]), told(events[1::2]), kept(), kept())
    await application.worker.drain()
    await application.keeper.settle()
    found = await stored(application)

    words = application.worker.context.words
    assert words is not None
    await rebuild("default", application, words=words)
    assert_same(await stored(application), found)
    async with application.engine.connect() as connection:
        assert (await connection.execute(select(touched_items))).first() is None


async def test_an_item_with_many_people_waits_until_enough_is_new(
    application: Application,
) -> None:
    async def people() -> int:
        return (await memory_of(application, "tt-one")).people

    application.keeper.growth = 0.5
    for person in range(4):
        await record(application, [_like(f"p{person}")], intake=LENIENT)
    await application.worker.drain()
    await application.keeper.turn()
    assert await people() == 4

    await record(application, [_like("p4")], intake=LENIENT)
    await application.worker.drain()
    assert await application.keeper.turn() == 0
    await record(application, [_like("p5")], intake=LENIENT)
    await application.worker.drain()
    assert await application.keeper.turn() == 1
    assert await people() == 6

    await record(application, [_like("p6")], intake=LENIENT)
    await application.worker.drain()
    assert await application.keeper.turn(patience=timedelta(0)) == 1
    assert await people() == 7


async def test_people_are_counted_once_an_item_however_many_are_read(
    application: Application,
) -> None:
    await live(application, a_crowd(12, seed=5))
    asked = PARTS.compile(dialect=application.engine.dialect)
    async with application.engine.connect() as connection:
        plan = await connection.exec_driver_sql(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {asked}",
            {"tenant": "default", "ids": list(ITEMS[:2]), "most": 100},
        )
        whole = plan.scalar_one()[0]["Plan"]
    assert whole["Actual Rows"] > len(ITEMS[:2])
    assert runs_of("Aggregate", whole) == len(ITEMS[:2])


async def test_a_busy_person_counts_once(application: Application) -> None:
    once = [_like(f"p{person}") for person in range(3)]
    await live(application, once)
    before = await memory_of(application, "tt-one")

    praise = [an_event("p0", item_id="tt-one", text=REVIEWS[n % 3], rating=5.0) for n in range(60)]
    await live(application, praise)
    after = await memory_of(application, "tt-one")

    assert after.people == before.people == 3
    assert after.voices == pytest.approx(1.0)
    assert after.audience.mass == pytest.approx(before.audience.mass, rel=0.01)
    assert all(phrase.people == 1 for phrase in after.phrases)


async def test_people_with_the_same_words_are_one_voice(application: Application) -> None:
    honest = [
        an_event(f"p{n}", item_id="tt-one", text=text, rating=2.0)
        for n, text in enumerate(REVIEWS[:5])
    ]
    await live(application, honest)
    before = await memory_of(application, "tt-one")
    praise = "An absolute masterpiece of suspense, everybody must read it right now"
    fakes = [
        an_event(f"fake-{n}", item_id="tt-one", text=f"{praise}{'!' * (n % 3)}", rating=5.0)
        for n in range(40)
    ]

    await live(application, fakes)
    after = await memory_of(application, "tt-one")

    assert after.people == before.people + 1
    assert after.voices == pytest.approx(before.voices + 1)
    assert after.audience.mass < before.audience.mass + 1
    assert all(phrase.people <= after.people for phrase in after.phrases)


async def test_what_a_person_brings_is_taken_out_for_that_person(
    application: Application,
) -> None:
    crowd = [
        an_event(f"p{n}", item_id="tt-one", text=text, rating=4.0)
        for n, text in enumerate(REVIEWS[:4])
    ]
    await live(application, crowd)
    before = await memory_of(application, "tt-one", person=Person("default", "ada"))

    text = "A zyzzogeton of a book with superb world building."
    await live(application, [an_event("ada", item_id="tt-one", text=text, rating=1.0)])

    for_ada = await memory_of(application, "tt-one", person=Person("default", "ada"))
    for_bob = await memory_of(application, "tt-one", person=Person("default", "bob"))
    assert for_ada.people == before.people == 4
    assert for_bob.people == 5
    assert before.words is not None and for_ada.words is not None
    np.testing.assert_allclose(for_ada.words, before.words, atol=2e-3)
    assert for_ada.phrases == before.phrases
    assert for_ada.rating == pytest.approx(before.rating)
    async with autocommit(application.engine) as uow:
        own = await uow.item_memories.audiences(Person("default", "ada"), ["tt-one"], least=1)
    assert own["tt-one"].people.tolist() == before.audience.people.tolist()
    assert own["tt-one"].mass == pytest.approx(before.audience.mass, rel=1e-3)


async def test_a_memory_says_which_way_people_went(application: Application) -> None:
    went = [("tt-one", "tt-two")] * 4 + [("tt-two", "tt-one")] * 2
    for number, (first, then) in enumerate(went):
        for item_id, days_ago in ((first, 60 + number), (then, 20 - number)):
            event = an_event(f"p{number}", item_id=item_id, action=Action.LIKE, days_ago=days_ago)
            await live(application, [event])

    one, two = [(await memory_of(application, item_id)).audience for item_id in ITEMS[:2]]
    there, back = affinities([one], [two]), affinities([two], [one])
    assert one.times is not None
    assert sorted(one.times.tolist()) == sorted(
        times_of(NOW - timedelta(days=days) for days in (60, 61, 62, 63, 16, 15)).tolist()
    )
    assert there.onward[0, 0] == pytest.approx(-back.onward[0, 0])
    assert there.onward[0, 0] == pytest.approx(there.together[0, 0] / 3, rel=0.02)
    assert there.soon[0, 0] > back.soon[0, 0]


async def test_nothing_is_told_of_an_item_before_enough_people_stand_behind_it(
    application: Application,
) -> None:
    await live(application, [_like(f"p{n}") for n in range(2)])
    async with autocommit(application.engine) as uow:
        for person in (NOBODY, Person("default", "p0")):
            assert not await uow.item_memories.of(person, ["tt-one"], least=3)
            assert not await uow.item_memories.audiences(person, ["tt-one"], least=3)

    await live(application, [_like("p2")])
    async with autocommit(application.engine) as uow:
        assert (await uow.item_memories.of(NOBODY, ["tt-one"], least=3)).keys() == {"tt-one"}
        # One of the three is p0, and two others are too few to tell p0 of.
        own = Person("default", "p0")
        assert not await uow.item_memories.of(own, ["tt-one"], least=3)
        assert not await uow.item_memories.audiences(own, ["tt-one"], least=3)


async def test_tenants_never_mix(application: Application) -> None:
    for tenant in ("north", "south", "default"):
        await shelved(application, ITEMS, tenant=tenant)
    two = [an_event(f"p{n}", item_id="tt-two", action=Action.LIKE) for n in range(3)]
    await live(application, [*(_like(f"p{n}") for n in range(3)), *two], tenant="north")
    await live(application, [_like(f"p{n}") for n in range(2)], tenant="south")

    assert (await stored(application, tenant="north"))["tt-one"]["people"] == 3
    assert (await stored(application, tenant="south"))["tt-one"]["people"] == 2
    async with autocommit(application.engine) as uow:
        for tenant, company in (("north", ["tt-two"]), ("south", []), ("default", [])):
            found = await uow.companions.of(Person(tenant, ""), {"tt-one": 1.0}, least=1, limit=9)
            assert [one.item_id for one in found] == company


async def test_companions_are_what_others_chose_too(application: Application) -> None:
    pairs = [("tt-one", "tt-two")] * 4 + [("tt-one", "tt-three")] * 2 + [("tt-four", "tt-two")]
    events = [
        an_event(f"p{n}", item_id=item_id, action=Action.LIKE)
        for n, pair in enumerate(pairs)
        for item_id in pair
    ]
    await shelved(application, ITEMS)
    await live(application, events)
    async with autocommit(application.engine) as uow:
        enough = await uow.companions.of(NOBODY, {"tt-one": 1.0}, least=3, limit=9)
        lower = await uow.companions.of(NOBODY, {"tt-one": 1.0}, least=2, limit=9)

    assert [(one.item_id, one.people) for one in enough] == [("tt-two", 4)]
    assert {one.item_id for one in lower} == {"tt-two", "tt-three"}


async def test_an_event_about_no_item_brings_nothing(
    application: Application,
) -> None:
    await stocked(application, most=1)
    await record(application, [an_event("ada", text="I love slow-burn romance.")])
    await application.worker.drain()

    async with application.engine.connect() as connection:
        assert (await connection.execute(select(contributions))).first() is None


async def test_a_keeper_that_dies_leaves_its_items_for_the_next(application: Application) -> None:
    await record(application, [_like(f"p{n}") for n in range(3)], intake=LENIENT)
    await application.worker.drain()
    with pytest.raises(RuntimeError):
        async with unit_of_work(application.engine) as uow:
            due = await uow.item_memories.touched(limit=9, patience=timedelta(0), growth=0.0)
            await uow.item_memories.lock("default")
            numbers = [number for one in due for number in one.numbers]
            await uow.item_memories.remember("default", ["tt-one"], done=numbers)
            raise RuntimeError

    assert await stored(application) == {}
    assert await application.keeper.settle() == 1
    assert (await stored(application))["tt-one"]["people"] == 3


def _like(user_id: str) -> NewEvent:
    return an_event(user_id, item_id="tt-one", action=Action.LIKE, days_ago=3)
