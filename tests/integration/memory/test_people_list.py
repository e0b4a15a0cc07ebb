"""Pages of many people: every order whole and quick, tastes of a page, tenants and counts."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import psycopg
import pytest
from sqlalchemy import Connection, event, insert

from credence.app.bootstrap import Application
from credence.memory import people_list
from credence.memory.errors import Invalid
from credence.memory.model import Chunk
from credence.memory.people_list import PeopleOrder, PersonRow, Place, Tastes, place_of
from credence.memory.tables import chunks, users
from credence.memory.tables.belief import DIMENSION
from credence.memory.unit_of_work import autocommit
from tests.integration.memory.world import NOW, an_event, record, stocked

INDEXES = {
    PeopleOrder.ACTIVE: "ix_users_active",
    PeopleOrder.CHANGED: "ix_users_changed",
    PeopleOrder.UNCERTAIN: "ix_users_uncertain",
    PeopleOrder.ATTENTION: "ix_users_attention",
    PeopleOrder.ID: "pk_users",
}


def a_row(user_id: str, **rest: object) -> dict[str, Any]:
    return {"tenant_id": "default", "user_id": user_id, "created_at": NOW} | rest


def somebody(dice: random.Random, user_id: str) -> dict[str, Any]:
    """Few different values, so that many people are alike."""
    beliefs = dice.choice([0, 0, 3])
    last = dice.choice([None, NOW, NOW - timedelta(microseconds=1), NOW - timedelta(days=30)])
    return a_row(
        user_id,
        last_event_at=last,
        last_seq=9,
        watermark=dice.choice([2, 9]),
        revision=dice.choice([0, 1, 1, 7]),
        beliefs=beliefs,
        certainty=dice.choice([0.1, 0.3, 1 / 3]) if beliefs else None,
        contested=dice.choice([0, 0, 1, 2]),
        failures=dice.choice([0, 0, 0, 1, 12]),
    )


async def put(app: Application, rows: Sequence[dict[str, Any]]) -> None:
    async with app.engine.begin() as connection:
        await connection.execute(insert(users), list(rows))


async def walked(
    app: Application, order: PeopleOrder, *, limit: int, starting: str = ""
) -> list[PersonRow]:
    """All pages one after another, each from a place that went through JSON."""
    found: list[PersonRow] = []
    after: Place | None = None
    async with autocommit(app.engine) as uow:
        while True:
            page = await uow.people_list.page(
                "default", order=order, starting=starting, after=after, limit=limit
            )
            found += page
            if len(page) < limit:
                return found
            told = json.loads(json.dumps(place_of(page[-1], order).to_json()))
            after = Place.from_json(told, order=order)


@pytest.mark.parametrize("order", PeopleOrder)
async def test_pages_in_every_order_have_everybody_once_and_in_order(
    application: Application, order: PeopleOrder
) -> None:
    dice = random.Random(17)
    made = [somebody(dice, f"person{n:03d}") for n in range(80)]
    dice.shuffle(made)
    await put(application, made)
    await put(application, [a_row("elsewhere", failures=5, tenant_id="other")])

    whole = await walked(application, order, limit=200)

    among = {
        PeopleOrder.UNCERTAIN: {row["user_id"] for row in made if row["beliefs"]},
        PeopleOrder.ATTENTION: {
            row["user_id"] for row in made if row["failures"] or row["contested"]
        },
    }.get(order, {row["user_id"] for row in made})
    assert {row.user_id for row in whole} == among
    keys = [(place_of(row, order).values, row.user_id) for row in whole]
    assert keys == sorted(keys)
    for limit in (1, 7, 16):
        assert await walked(application, order, limit=limit) == whole


async def test_a_row_tells_what_is_stored(application: Application) -> None:
    stored = somebody(random.Random(3), "ada")
    await put(application, [stored | {"retry_at": NOW}])

    (row,) = await walked(application, PeopleOrder.ID, limit=9)

    assert row == PersonRow(
        user_id="ada",
        created_at=NOW,
        last_event_at=stored["last_event_at"],
        events=9,
        pending=9 - stored["watermark"],
        revision=stored["revision"],
        beliefs=stored["beliefs"],
        certainty=stored["certainty"],
        contested=stored["contested"],
        failures=stored["failures"],
        retry_at=NOW,
    )


@pytest.mark.parametrize("order", PeopleOrder)
async def test_people_are_found_by_how_their_id_starts_in_any_order(
    application: Application, order: PeopleOrder
) -> None:
    shown = {"beliefs": 1, "certainty": 0.5, "contested": 1}
    ids = ["Ada", "adam", "a%", "a_b", "aXb", "a\\b", "bob", "o'hara", "ÉMILE"]
    await put(application, [a_row(user_id, **shown) for user_id in ids])

    async def found(starting: str) -> set[str]:
        rows = await walked(application, order, limit=1, starting=starting)
        assert len(rows) == len({row.user_id for row in rows})
        return {row.user_id for row in rows}

    assert await found("") == set(ids)
    assert await found("ADA") == {"Ada", "adam"}
    assert await found("a%") == {"a%"}
    assert await found("a_") == {"a_b"}
    assert await found("a\\") == {"a\\b"}
    assert await found("o'h") == {"o'hara"}
    assert await found("ob") == set()
    assert await found("a\0") == await found("\ud800") == set()


async def test_a_place_in_one_order_is_refused_in_another(application: Application) -> None:
    place = Place(order=PeopleOrder.CHANGED, values=(0,), user_id="ada")

    with pytest.raises(Invalid):
        async with autocommit(application.engine) as uow:
            await uow.people_list.page("default", order=PeopleOrder.ID, after=place, limit=9)


async def test_every_page_comes_straight_from_an_index(
    application: Application, database: str
) -> None:
    dice = random.Random(5)
    await put(application, [somebody(dice, f"person{n:04d}") for n in range(3_000)])
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE users")
    asked: list[tuple[str, Any]] = []

    @event.listens_for(application.engine.sync_engine, "before_cursor_execute")
    def note(_: Connection, __: object, statement: str, given: Any, *rest: object) -> None:
        asked.append((statement, given))

    async def plan(order: PeopleOrder, after: Place | None, starting: str) -> str:
        async with autocommit(application.engine) as uow:
            await uow.people_list.page(
                "default", order=order, starting=starting, after=after, limit=20
            )
            statement, given = asked[-1]
            rows = await uow.connection.exec_driver_sql(f"EXPLAIN {statement}", given)
            return "\n".join(rows.scalars())

    for order, index in INDEXES.items():
        listed = await walked(application, order, limit=3_001)
        deep = place_of(listed[len(listed) // 2], order)
        for after in (None, deep):
            told = await plan(order, after, "")
            assert f"Index Scan using {index} on users" in told, told
            assert "Sort" not in told, told
        assert "ROW(" in told or order is PeopleOrder.ID, told
        assert "ix_users_starting" in await plan(order, deep, "person000"), order


def a_chunk(user_id: str, chunk_id: int, **rest: object) -> dict[str, Any]:
    likes, dislikes = {"liking": 1.0, "disliking": 0.0}, {"likes": 1, "dislikes": 0}
    return (
        {
            "tenant_id": "default",
            "user_id": user_id,
            "chunk_id": chunk_id,
            "category": "theme",
            "text": f"topic {chunk_id}",
            "as_of": NOW,
            "first_evidence_at": NOW,
            "last_evidence_at": NOW,
            "pinned": False,
            "edited": False,
            "aliases": ["earlier"],
            "status": "active",
            "merged_into": None,
            "embedding": np.zeros(DIMENSION, dtype=np.float32),
        }
        | likes
        | dislikes
        | rest
    )


async def test_tastes_are_the_heaviest_active_chunks_of_each_side(
    application: Application,
) -> None:
    await put(application, [a_row("ada"), a_row("bob"), a_row("cleo")])
    async with application.engine.begin() as connection:
        await connection.execute(
            insert(chunks),
            [
                a_chunk("ada", 1, liking=2.0),
                a_chunk("ada", 2, liking=5.0, disliking=4.0),
                a_chunk("ada", 3, liking=2.0),
                a_chunk("ada", 4, liking=9.0, status="forgotten"),
                a_chunk("ada", 5, liking=0.0, disliking=0.5),
                a_chunk("ada", 6, liking=1.0, disliking=3.0),
                a_chunk("ada", 7, liking=8.0, disliking=8.0),
                *(a_chunk("bob", n, liking=float(n)) for n in range(1, 60)),
            ],
        )

    async with autocommit(application.engine) as uow:
        asked = ["bob", "ada", "cleo", "nobody"]
        found = await uow.people_list.tastes("default", asked, most=3)
        assert await uow.people_list.tastes("default", [], most=3) == {}
        elsewhere = await uow.people_list.tastes("other", ["ada"], most=3)

    assert list(found) == asked
    assert _ids(found["ada"].likes) == [1, 3, 2]
    assert _ids(found["ada"].dislikes) == [6, 5]
    assert _ids(found["bob"].likes) == [59, 58, 57]
    assert found["cleo"] == found["nobody"] == elsewhere["ada"] == Tastes()
    assert found["ada"].likes[0].aliases == ("earlier",)


async def test_tenants_are_those_with_people_or_with_items(application: Application) -> None:
    async with autocommit(application.engine) as uow:
        assert await uow.people_list.tenants() == ()
    for tenant in ("north", "south"):
        await record(application, [an_event(n) for n in ("ada", "bob")], tenant=tenant)
    await stocked(application, tenant="stocked", most=1)
    await stocked(application, tenant="south", most=1)

    async with autocommit(application.engine) as uow:
        assert await uow.people_list.tenants() == ("north", "south", "stocked")


async def test_people_are_counted_up_to_a_bound(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(application, [a_row(f"person{n}") for n in range(12)])

    async with autocommit(application.engine) as uow:
        assert await uow.people_list.count_about("default") == 12
        assert await uow.people_list.count_about("nobody's") == 0
        monkeypatch.setattr(people_list, "MOST_COUNTED", 10)
        assert await uow.people_list.count_about("default") == 10


def _ids(of: Sequence[Chunk]) -> list[int]:
    return [chunk.chunk_id for chunk in of]
