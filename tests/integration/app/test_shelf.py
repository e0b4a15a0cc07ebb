"""Finding candidates in Postgres: near ones, popular ones, the centre of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial

import numpy as np
import pytest
from sqlalchemy import event as hook
from sqlalchemy import text

from credence.app.bootstrap import Application
from credence.app.clock import utc_now
from credence.app.erasure import erase
from credence.memory.model import Action, Embedded, Filters, Item, Person, Vector
from credence.memory.record_events import NewEvent, record_events
from credence.memory.unit_of_work import unit_of_work
from credence.planner.counter import Ask, Bounds, Probe
from credence.planner.finding import POOL
from credence.planner.recommend import recommend

ADA = Person("default", "ada")
FICTION = Filters(categories=("fiction",), attributes={"language": "en"})
EVERY = 400  # items; every second one is English fiction
CROWD = ("bob", "cid", "dan")  # as many as it takes


def a_vector(number: int) -> Vector:
    row = np.random.default_rng(number).standard_normal(384)
    return (row / np.linalg.norm(row)).astype(np.float32)


def name(number: int) -> str:
    return f"item-{number:03d}"


async def stocked(application: Application, tenant: str = "default") -> None:
    rows = [
        Embedded(
            Item(
                item_id=name(number),
                title=name(number),
                categories=("fiction",) if number % 2 == 0 else ("facts",),
                attributes={"language": "en"},
            ),
            a_vector(number),
        )
        for number in range(EVERY)
    ]
    async with unit_of_work(application.engine) as uow:
        await uow.catalogue(tenant).put(rows, now=utc_now())
        await uow.people.create_missing(tenant, ["ada", *CROWD], now=utc_now())


async def dealt_with(
    application: Application,
    ids: Sequence[str],
    *,
    user_id: str = "ada",
    days_ago: int = 1,
    action: Action = Action.LIKE,
    rating: float | None = None,
) -> None:
    now = utc_now()
    rows = [
        NewEvent(
            user_id=user_id,
            action=action,
            item_id=item_id,
            rating=rating,
            metadata={},
            occurred_at=now - timedelta(days=days_ago),
        )
        for item_id in ids
    ]
    await record_events(
        rows, tenant="default", now=now, intake=application.intake, engine=application.engine
    )


def probes(count: int, *, most: int = 100) -> list[Probe]:
    return [Probe(a_vector(number), most=most) for number in range(count)]


async def counted(
    application: Application, whose: Person, filters: Filters, without: Sequence[str]
) -> tuple[tuple[str, int], ...]:
    """What is popular among what passes."""
    return await application.shelf.popular(Bounds(whose, filters, without), most=200, narrowed=True)


@pytest.mark.parametrize("count", [1, 8])
async def test_the_nearest_that_the_person_has_not_dealt_with_are_found(
    application: Application, count: int
) -> None:
    await stocked(application)
    await dealt_with(application, [name(n) for n in range(4)])

    found = await application.shelf.nearest(Bounds(ADA, Filters(), [name(5)]), probes(count))

    assert [len(ids) for ids in found] == [100] * count
    for probe, ids in enumerate(found):
        likeness = [float(a_vector(probe) @ a_vector(int(i.removeprefix("item-")))) for i in ids]
        assert np.diff(likeness).max() < 1e-3  # vectors are kept in half precision
        assert not {name(n) for n in (0, 1, 2, 3, 5)} & set(ids)
        assert probe in (0, 1, 2, 3, 5) or ids[0] == name(probe)


async def test_each_probe_finds_as_many_as_it_may(application: Application) -> None:
    await stocked(application)
    asked = [Probe(a_vector(number), most=1 + 10 * number) for number in (3, 0, 2, 3)]

    found = await application.shelf.nearest(Bounds(ADA, Filters(), []), asked)

    assert [len(ids) for ids in found] == [31, 1, 21, 31]
    assert found[0] == found[3]
    assert [ids[0] for ids in found] == [name(3), name(0), name(2), name(3)]


@pytest.mark.parametrize("filters", [Filters(), FICTION], ids=["any", "fiction"])
@pytest.mark.parametrize("left", [3, 20])
async def test_of_a_person_who_has_seen_most_everything_that_is_left_is_found(
    application: Application, filters: Filters, left: int
) -> None:
    await stocked(application)
    passing = [n for n in range(EVERY) if filters.empty or n % 2 == 0]
    unseen = {name(n) for n in passing[-left:]}
    await dealt_with(application, [name(n) for n in range(EVERY) if name(n) not in unseen])

    found = await application.shelf.nearest(Bounds(ADA, filters, []), probes(8))

    assert [set(ids) for ids in found] == [unseen] * 8


async def test_a_search_is_widened_for_those_probes_alone_that_found_too_little(
    application: Application,
) -> None:
    await stocked(application)
    near = await application.shelf.nearest(Bounds(ADA, Filters(), []), probes(2, most=40))
    await dealt_with(application, near[0])
    searched: list[int] = []

    def noted(_c: object, _k: object, statement: str, told: object, *_more: object) -> None:
        if "embedding <#>" in statement and isinstance(told, Mapping):
            searched.append(len(told["probes"]))

    hook.listen(application.engine.sync_engine, "before_cursor_execute", noted)
    few = await application.shelf.nearest(Bounds(ADA, Filters(), []), probes(2, most=15))

    assert [len(ids) for ids in few] == [15, 15]
    assert searched == [2, 1]
    assert not set(few[0]) & set(near[0])


async def test_nothing_is_found_when_the_catalogue_has_nothing_that_passes(
    application: Application,
) -> None:
    await stocked(application)

    none = Filters(categories=("opera",))

    assert await application.shelf.nearest(Bounds(ADA, none, []), probes(2)) == ((), ())
    assert await counted(application, ADA, none, []) == ()
    assert await application.shelf.anything(Bounds(ADA, none), most=200) == ()


async def test_anything_is_what_passes_and_is_new_to_the_person(application: Application) -> None:
    await stocked(application)
    await dealt_with(application, [name(0), name(4)])

    found = await application.shelf.anything(Bounds(ADA, FICTION, [name(6)]), most=3)

    assert found == (name(2), name(8), name(10))


async def test_popular_items_are_counted_once_a_minute_and_never_seen_ones(
    application: Application,
) -> None:
    await stocked(application)
    for user_id in CROWD:
        await dealt_with(application, [name(7), name(8)], user_id=user_id)
    await dealt_with(application, [name(8)])
    counts: list[str] = []

    def noted(_c: object, _k: object, statement: str, *_more: object) -> None:
        counts.extend(["counted"] if "count(DISTINCT" in statement else [])

    hook.listen(application.engine.sync_engine, "before_cursor_execute", noted)
    found = {}
    for whose in (ADA, Person("default", ""), Person("default", "bob")):
        found[whose.user_id] = await counted(application, whose, Filters(), [])
    fiction = await counted(application, Person("default", ""), FICTION, [name(8)])

    assert found == {"ada": ((name(7), 3),), "": ((name(8), 4), (name(7), 3)), "bob": ()}
    assert fiction == ()
    assert len(counts) == 2


async def test_what_is_popular_among_all_is_counted_once_for_all_filters(
    application: Application,
) -> None:
    await stocked(application)
    for user_id in CROWD:
        await dealt_with(application, [name(n) for n in (7, 8, 10, 12)], user_id=user_id)
    await dealt_with(application, [name(8)])
    counts: list[str] = []

    def noted(_c: object, _k: object, statement: str, *_more: object) -> None:
        counts.extend(["counted"] if "count(DISTINCT" in statement else [])

    hook.listen(application.engine.sync_engine, "before_cursor_execute", noted)
    popular = partial(application.shelf.popular, most=2, narrowed=False)
    found = [await popular(Bounds(ADA, filters)) for filters in (Filters(), FICTION)]
    none = await popular(Bounds(ADA, Filters(categories=("opera",))))
    rest = await popular(Bounds(ADA, FICTION, [name(10)]))

    assert found == [((name(7), 3), (name(10), 3)), ((name(10), 3), (name(12), 3))]
    assert none == ()
    assert rest == ((name(12), 3),)
    assert len(counts) == 1


async def test_what_few_people_like_comes_in_order_of_id_with_what_nobody_does(
    application: Application,
) -> None:
    await stocked(application)
    for user_id in ("ada", "bob"):
        await dealt_with(application, [name(17)], user_id=user_id)

    found = await counted(application, Person("default", ""), Filters(), [])
    made = await recommend(Ask(tenant="default", user_id=None, k=3), application.counter)

    assert found == ()
    assert made.pool == POOL
    assert made.items[0].item.item_id == name(0)
    assert name(17) not in [one.item.item_id for one in made.items]


async def test_whoever_rates_an_item_says_by_that_whether_they_like_it(
    application: Application,
) -> None:
    await stocked(application)
    for user_id in CROWD:
        bought, rated = Action.PURCHASE, Action.RATING
        await dealt_with(application, [name(1)], user_id=user_id, action=bought, rating=0.5)
        await dealt_with(application, [name(2)], user_id=user_id, action=bought)
        await dealt_with(application, [name(3)], user_id=user_id, action=rated, rating=3.5)

    found = await counted(application, Person("default", ""), Filters(), [])

    assert found == ((name(2), 3), (name(3), 3))


async def test_whoever_is_erased_makes_nothing_popular_any_more(application: Application) -> None:
    await stocked(application)
    bob, nobody = Person("default", "bob"), Person("default", "")
    for user_id in CROWD:
        await dealt_with(application, [name(8), name(10)], user_id=user_id)
    await dealt_with(application, [name(8)])

    async def chosen(filters: Filters) -> dict[str, int]:
        return dict(await counted(application, nobody, filters, []))

    before = [await chosen(filters) for filters in (Filters(), FICTION)]
    await erase(bob, engine=application.engine)
    application.shelf.erased(bob)
    after = [await chosen(filters) for filters in (Filters(), FICTION)]

    assert before == [{name(8): 4, name(10): 3}] * 2
    assert after == [{name(8): 3}] * 2


async def test_what_passes_no_more_is_popular_no_more(application: Application) -> None:
    await stocked(application)
    for user_id in CROWD:
        await dealt_with(application, [name(8), name(10)], user_id=user_id)
    before = await counted(application, ADA, FICTION, [])
    moved = Item(item_id=name(8), title=name(8), categories=("facts",))
    async with unit_of_work(application.engine) as uow:
        await uow.catalogue("default").put([Embedded(moved, a_vector(8))], now=utc_now())

    after = await counted(application, ADA, FICTION, [])

    assert before == ((name(8), 3), (name(10), 3))
    assert after == ((name(10), 3),)


async def test_a_new_catalogue_has_a_centre_at_once(application: Application) -> None:
    assert await application.shelf.centre("default") is None
    await stocked(application)
    application.shelf.catalogue_changed("default")

    centre = await application.shelf.centre("default")

    assert centre is not None
    expected = np.mean([a_vector(number) for number in range(EVERY)], axis=0)
    assert np.allclose(centre, expected, atol=1e-3)


@pytest.mark.parametrize("analyzed", [False, True])
async def test_the_centre_of_a_large_catalogue_is_that_of_a_sample_the_same_every_time(
    application: Application, analyzed: bool
) -> None:
    await stocked(application, "other")
    await stocked(application)
    if analyzed:
        async with application.engine.begin() as connection:
            await connection.execute(text("ANALYZE items"))
    async with unit_of_work(application.engine) as uow:
        catalogue = uow.catalogue("default")
        whole = await catalogue.centre()
        samples = [await catalogue.centre(most=200) for _ in range(3)]
        nothing = await uow.catalogue("empty").centre(most=200)

    assert whole is not None
    assert nothing is None
    first = samples[0]
    assert first is not None
    assert float(np.linalg.norm(first - whole)) > 0
    for sample in samples:
        assert sample is not None
        assert np.array_equal(sample, first)
        assert float(np.linalg.norm(sample - whole)) < 0.5
