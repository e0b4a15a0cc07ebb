"""What models cost, in a real database."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from credence.app.bootstrap import Application
from credence.app.erasure import erase
from credence.memory.errors import Invalid
from credence.memory.llm_call import Grouping, Spent, StoredCall
from credence.memory.model import Person
from credence.memory.tables import llm_calls
from credence.memory.unit_of_work import autocommit, unit_of_work
from credence.planner.llm.asking import Outcome
from tests.integration.memory.llm import NOON, a_call, waits_for_a_lock

ADA = Person("default", "ada")
DAY = timedelta(days=1)


async def written(
    app: Application,
    *calls: StoredCall,
    tenant: str = "default",
    user_id: str | None = None,
    run_id: str | None = None,
) -> None:
    async with unit_of_work(app.engine) as uow:
        await uow.llm_calls.add(tenant, calls, user_id=user_id, run_id=run_id)


async def there(app: Application, *people: Person) -> None:
    async with unit_of_work(app.engine) as uow:
        for person in people:
            await uow.people.create_missing(person.tenant, [person.user_id], now=NOON)


async def whose(engine: AsyncEngine) -> list[tuple[str, str | None, str | None]]:
    """Tenant, user and run of every row."""
    columns = (llm_calls.c.tenant_id, llm_calls.c.user_id, llm_calls.c.run_id)
    async with engine.connect() as connection:
        rows = await connection.execute(select(*columns).order_by(llm_calls.c.number))
        return [(row.tenant_id, row.user_id, row.run_id) for row in rows]


async def test_the_calls_of_a_run_come_back_as_they_were(application: Application) -> None:
    await there(application, ADA, Person("other", "ada"))
    calls = (a_call(outcome="malformed", price=None), a_call(role="extractor", latency_ms=1.5))
    await written(application, *calls, user_id="ada", run_id="r1")
    await written(application, a_call(), user_id="ada", run_id="r2")
    await written(application, a_call(), tenant="other", user_id="ada", run_id="r1")
    await written(application)

    async with autocommit(application.engine) as uow:
        assert await uow.llm_calls.of_run(ADA, "r1") == calls
        assert await uow.llm_calls.of_run(ADA, "r3") == ()


@pytest.mark.parametrize("outcome", [*Outcome])
async def test_every_outcome_of_a_call_can_be_written(
    application: Application, outcome: Outcome
) -> None:
    await written(application, a_call(outcome=outcome.value))

    assert await whose(application.engine) == [("default", None, None)]


@pytest.mark.parametrize(
    "wrong", [{"outcome": "fine"}, {"tokens_in": -1}, {"tokens_cached": -1}, {"price": -0.1}]
)
async def test_what_no_call_can_be_is_refused(
    application: Application, wrong: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError):
        await written(application, a_call(**wrong))


async def test_what_a_tenant_spent_leaves_out_others_and_what_came_before(
    application: Application,
) -> None:
    await written(application, a_call(price=0.1), a_call(price=0.2), a_call(price=None))
    await written(application, a_call(started_at=NOON - DAY, price=7))
    await written(application, a_call(price=9), tenant="other")

    async with autocommit(application.engine) as uow:
        spent = await uow.llm_calls.spent("default", since=NOON)
        nothing = await uow.llm_calls.spent("default", since=NOON + DAY)

    assert spent == Spent(tokens=330, price=pytest.approx(0.3))  # type: ignore[arg-type]
    assert nothing == Spent(tokens=0, price=0)


async def test_totals_are_told_apart_by_whatever_is_asked(application: Application) -> None:
    await there(application, ADA)
    await written(
        application,
        a_call(price=1),
        a_call(role="extractor", outcome="late", price=None, tokens_in=7, tokens_out=0),
        user_id="ada",
        run_id="r1",
    )
    await written(application, a_call(model="small", started_at=NOON + DAY, price=3))
    await written(application, a_call(price=99), tenant="other")

    async def asked(*by: Grouping) -> list[tuple[tuple[str | None, ...], int, float]]:
        async with autocommit(application.engine) as uow:
            totals = await uow.llm_calls.totals("default", by=by, since=NOON)
        return [(tuple(one.group[g] for g in by), one.calls, one.price) for one in totals]

    assert await asked(Grouping.ROLE) == [(("planner",), 2, 4), (("extractor",), 1, 0)]
    assert await asked(Grouping.MODEL) == [(("small",), 1, 3), (("large",), 2, 1)]
    assert await asked(Grouping.PERSON) == [((None,), 1, 3), (("ada",), 2, 1)]
    assert await asked(Grouping.RUN) == [((None,), 1, 3), (("r1",), 2, 1)]
    assert await asked(Grouping.DAY) == [(("2026-05-04",), 2, 1), (("2026-05-05",), 1, 3)]
    assert await asked(Grouping.ROLE, Grouping.DAY) == [
        (("planner", "2026-05-04"), 1, 1),
        (("extractor", "2026-05-04"), 1, 0),
        (("planner", "2026-05-05"), 1, 3),
    ]

    async with autocommit(application.engine) as uow:
        (whole,) = await uow.llm_calls.totals("default", by=(), since=NOON)
        (later,) = await uow.llm_calls.totals("default", by=(), since=NOON + 2 * DAY)
        first = await uow.llm_calls.totals("default", by=[Grouping.ROLE], since=NOON, most=1)
        with pytest.raises(Invalid, match="twice"):
            await uow.llm_calls.totals("default", by=[Grouping.DAY, Grouping.DAY], since=NOON)
    assert (whole.calls, whole.failed, whole.unpriced, whole.price) == (3, 1, 1, 4)
    assert (whole.tokens_in, whole.tokens_cached, whole.tokens_out) == (207, 120, 20)
    assert (later.calls, later.price) == (0, 0)
    assert [one.group for one in first] == [{Grouping.ROLE: "planner"}]


async def test_days_are_those_of_utc_whatever_zone_the_database_is_in(
    application: Application,
) -> None:
    await written(application, a_call(started_at=NOON.replace(hour=23, minute=30)))

    async with unit_of_work(application.engine) as uow:
        await uow.connection.execute(text("SET LOCAL TIME ZONE 'Asia/Tokyo'"))
        (total,) = await uow.llm_calls.totals("default", by=[Grouping.DAY], since=NOON)

    assert total.group == {Grouping.DAY: "2026-05-04"}


async def test_erasure_keeps_the_cost_and_takes_the_person_out(application: Application) -> None:
    bob = Person("default", "bob")
    await there(application, ADA, bob, Person("other", "ada"))
    await written(application, a_call(), a_call(), user_id="ada", run_id="r1")
    await written(application, a_call(), user_id="bob", run_id="r2")
    await written(application, a_call(), tenant="other", user_id="ada", run_id="r3")

    receipt = await erase(ADA, engine=application.engine)

    assert receipt["llm_calls"] == 2
    assert await whose(application.engine) == [
        ("default", None, None),
        ("default", None, None),
        ("default", "bob", "r2"),
        ("other", "ada", "r3"),
    ]
    async with autocommit(application.engine) as uow:
        assert (await uow.llm_calls.spent("default", since=NOON)).price == 1.5


async def test_calls_of_somebody_erased_are_kept_without_the_person(
    application: Application,
) -> None:
    await there(application, Person("other", "ada"))
    await written(application, a_call(), user_id="ada", run_id="r1")
    await written(application, a_call(), tenant="other", user_id="ada", run_id="r1")
    await written(application, a_call(), run_id="of nobody")

    assert await whose(application.engine) == [
        ("default", None, None),
        ("other", "ada", "r1"),
        ("default", None, "of nobody"),
    ]


async def test_calls_written_while_their_person_is_being_erased_wait_and_lose_the_person(
    application: Application,
) -> None:
    await there(application, ADA)
    async with unit_of_work(application.engine) as uow:
        await uow.people.erase(ADA)
        writing = asyncio.create_task(written(application, a_call(), user_id="ada", run_id="r1"))
        await waits_for_a_lock(application.engine)
    await writing

    assert await whose(application.engine) == [("default", None, None)]


async def test_an_erasure_waits_for_calls_that_are_being_written(application: Application) -> None:
    await there(application, ADA)
    async with unit_of_work(application.engine) as uow:
        await uow.llm_calls.add("default", [a_call()], user_id="ada", run_id="r1")
        erasing = asyncio.create_task(erase(ADA, engine=application.engine))
        await waits_for_a_lock(application.engine)
    receipt = await erasing

    assert receipt["llm_calls"] == 1
    assert await whose(application.engine) == [("default", None, None)]


async def test_no_key_ties_a_call_to_a_person_of_another_tenant(application: Application) -> None:
    await there(application, Person("other", "eve"))
    row = {name: getattr(a_call(), name) for name in StoredCall.__slots__}

    with pytest.raises(IntegrityError, match="fk_llm_calls_users"):
        async with unit_of_work(application.engine) as uow:
            await uow.connection.execute(
                insert(llm_calls).values(row | {"tenant_id": "default", "user_id": "eve"})
            )


async def test_a_person_deleted_by_hand_takes_no_tenant_out_of_the_accounts(
    application: Application,
) -> None:
    await there(application, ADA)
    await written(application, a_call(), user_id="ada")

    async with unit_of_work(application.engine) as uow:
        await uow.connection.execute(text("DELETE FROM users"))

    assert await whose(application.engine) == [("default", None, None)]
