"""Company counts people, not accounts."""

from __future__ import annotations

from functools import partial

import pytest
import pytest_asyncio

from credence.app.bootstrap import Application
from credence.app.settings import Settings
from credence.memory.model import Action, Person
from credence.memory.unit_of_work import autocommit
from tests.integration.memory.world import LENIENT, an_event, record, shelved

NOBODY = Person("default", "")


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None, worker=False, check_after=1)  # type: ignore[call-arg]


@pytest_asyncio.fixture(autouse=True)
async def shop(application: Application) -> None:
    pushed = ("pushed", "pushed-a", "pushed-b")
    shared = ("new", "old", "near", "halfway", "far")
    await shelved(application, ("known", "chosen", "beside", "gone", *pushed, *shared))


async def test_accounts_that_say_the_same_bring_no_company(application: Application) -> None:
    praise = "An absolute masterpiece of suspense, everybody must read it right now"
    fakes = [
        an_event(f"fake-{n}", item_id=item_id, text=praise, rating=5.0)
        for n in range(5)
        for item_id in ("known", "pushed")
    ]
    honest = [
        an_event(f"p{n}", item_id=item_id, action=Action.LIKE)
        for n in range(3)
        for item_id in ("known", "chosen")
    ]
    await record(application, fakes + honest, intake=LENIENT)
    await application.worker.drain()
    await application.keeper.settle()

    async with autocommit(application.engine) as uow:
        found = await uow.companions.of(NOBODY, {"known": 1.0}, least=3, limit=9)
        lenient = await uow.companions.of(NOBODY, {"known": 1.0}, least=1, limit=9)

    assert [(one.item_id, one.people) for one in found] == [("chosen", 3)]
    assert {one.item_id for one in lenient} == {"chosen", "pushed"}


async def test_a_pair_needs_voices_of_its_own_whoever_stands_behind_each_item(
    application: Application,
) -> None:
    praise = "Buy this book now, it is the greatest thing ever written."
    own = ("A quiet village murder.", "Detective work with wit.", "Fog and pipes.", "A long train.")
    fakes = [
        an_event(f"fake-{n}", item_id=item_id, text=text, rating=5.0)
        for n in range(3)
        for item_id, text in (("known", praise), ("pushed", praise), ("beside", own[n]))
    ]
    honest = [
        an_event(f"p{n}", item_id=item_id, text=own[n], rating=4.0)
        for n in range(4)
        for item_id in (("known", "chosen") if n < 3 else ("known", "pushed"))
    ]
    readers = [an_event(f"q{n}", item_id="pushed", text=own[n], rating=4.0) for n in range(3)]
    await record(application, fakes + honest + readers, intake=LENIENT)
    await application.worker.drain()
    await application.keeper.settle()

    async with autocommit(application.engine) as uow:
        found = await uow.companions.of(NOBODY, {"known": 1.0}, least=3, limit=9)
        back = await uow.companions.of(NOBODY, {"pushed": 1.0}, least=3, limit=9)
        lenient = await uow.companions.of(NOBODY, {"known": 1.0}, least=1, limit=9)

    assert [(one.item_id, one.people) for one in found] == [("chosen", 3)]
    assert back == ()
    # Those who say the same of one item of a pair are one for the pair.
    assert {one.item_id: one.people for one in lenient} == {"beside": 1, "chosen": 3, "pushed": 2}


async def test_more_people_can_be_asked_for_than_are_read_otherwise(
    application: Application,
) -> None:
    least = 34
    both = [
        an_event(f"p{n}", item_id=item_id, action=Action.LIKE)
        for n in range(least)
        for item_id in ("known", "chosen")
    ]
    await record(application, both, intake=LENIENT)
    await application.worker.drain()
    await application.keeper.settle()

    async with autocommit(application.engine) as uow:
        found = await uow.companions.of(NOBODY, {"known": 1.0}, least=least, limit=9)
        of_few = await uow.companions.of(NOBODY, {"known": 1.0}, least=least, limit=9, asked=9)
        too_few = await uow.companions.of(NOBODY, {"known": 1.0}, least=least + 1, limit=9)

    assert [(one.item_id, one.people) for one in found] == [("chosen", least)]
    assert of_few == found
    assert too_few == ()


async def test_echoes_take_nobodys_place(application: Application) -> None:
    praise = "Buy this book now, it is the greatest thing ever written."
    own = ("A quiet village murder.", "Detective work with wit.", "Fog and pipes.", "A long train.")
    fakes = [
        an_event(f"fake-{n}", item_id=item_id, text=text, rating=5.0)
        for n in range(4)
        for item_id, text in (("known", praise), ("pushed-a", own[n]), ("pushed-b", own[n]))
    ]
    honest = [
        an_event(f"p{n}", item_id=item_id, action=Action.LIKE)
        for n in range(3)
        for item_id in ("known", "chosen")
    ]
    await record(application, fakes + honest, intake=LENIENT)
    await application.worker.drain()
    await application.keeper.settle()

    async with autocommit(application.engine) as uow:
        lenient = await uow.companions.of(NOBODY, {"known": 1.0}, least=1, limit=1)
        found = await uow.companions.of(NOBODY, {"known": 1.0}, least=3, limit=1)

    assert [one.item_id for one in lenient] == ["chosen"]
    assert [one.item_id for one in found] == ["chosen"]


async def test_who_shares_more_of_what_counts_more_tells_more(application: Application) -> None:
    chosen = {"near": ("new", "old"), "halfway": ("new",), "far": ("old",)}
    both = [
        an_event(f"{companion}-{n}", item_id=item_id, action=Action.LIKE)
        for companion, shared in chosen.items()
        for n in range(3)
        for item_id in (*shared, companion)
    ]
    ada = [an_event("ada", item_id=i, action=Action.LIKE) for i in ("new", "old", "halfway")]
    await record(application, both + ada, intake=LENIENT)
    await application.worker.drain()
    await application.keeper.settle()
    lately, once = {"new": 1.0, "old": 0.5}, {"new": 0.5, "old": 1.0}

    async with autocommit(application.engine) as uow:
        of = partial(uow.companions.of, least=3, limit=9)
        found = [await of(NOBODY, counted) for counted in (lately, once)]
        few = await of(NOBODY, lately, asked=3)
        adas = await of(Person("default", "ada"), lately)

    assert [[one.item_id for one in each] for each in found] == [
        ["near", "halfway", "far"],
        ["near", "far", "halfway"],
    ]
    assert {one.item_id for one in few} <= {"near", "halfway", "far"}
    assert [one.item_id for one in adas] == ["near", "far"]


async def test_nobody_is_company_of_their_own_nor_is_what_left_the_catalogue(
    application: Application,
) -> None:
    pairs = {"p0": "beside", "p1": "beside", "p2": "beside", "p3": "gone", "p4": "gone"}
    both = [
        an_event(user_id, item_id=item_id, action=Action.LIKE)
        for user_id, other in pairs.items()
        for item_id in ("known", other)
    ]
    await record(application, both, intake=LENIENT)
    await application.worker.drain()
    await application.keeper.settle()

    async with autocommit(application.engine) as uow:
        of = partial(uow.companions.of, counted={"known": 1.0}, limit=9)
        before = await of(NOBODY, least=2)
        few = [await of(Person("default", who), least=1, asked=4) for who in ("p3", "p4")]
        await uow.catalogue("default").delete(["gone"])
        after = await of(NOBODY, least=2)

    assert {one.item_id for one in before} == {"beside", "gone"}
    # Of four who are asked of five, whoever asks is none: they are the other four.
    assert [{one.item_id: one.people for one in each} for each in few] == [{"beside": 3}] * 2
    assert [one.item_id for one in after] == ["beside"]
