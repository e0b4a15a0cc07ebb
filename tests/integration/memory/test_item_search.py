"""Looking through the catalogue by words: what finds what, in pages, and by which index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Connection, event, select

from credence.app import schema
from credence.app.bootstrap import Application
from credence.memory.database import create_engine
from credence.memory.model import Embedded, Item
from credence.memory.tables import item_words
from credence.memory.tables.belief import DIMENSION
from credence.memory.unit_of_work import unit_of_work
from tests.integration.memory.world import NOW

_VECTOR = np.full(DIMENSION, DIMENSION**-0.5, dtype=np.float32)


async def put(app: Application, *given: Item, tenant: str = "default") -> None:
    rows = [Embedded(item, _VECTOR) for item in given]
    async with unit_of_work(app.engine) as uow:
        await uow.catalogue(tenant).put(rows, now=NOW)


async def found(
    app: Application,
    typed: str,
    *,
    tenant: str = "default",
    category: str = "",
    after: str | None = None,
    limit: int = 50,
) -> list[str]:
    async with unit_of_work(app.engine) as uow:
        page = await uow.item_search.page(
            tenant, words=typed.split(), category=category, after=after, limit=limit
        )
    return [item.item_id for item in page]


ITEMS = (
    Item(item_id="dragons", title="How to Train Your Dragons", creators=("Cressida Cowell",)),
    Item(item_id="B000FA5SG0", title="Spider-Man: Homecoming", categories=("film", "a 'b' & c")),
    Item(item_id="tt-0012/x", title="O'Brien's Café", creators=("José Ångström", "Flann O’Brien")),
    Item(item_id="wojna", title="ВОЙНА и мир", creators=("Лев Толстой",)),
    Item(item_id="kana", title="吾輩は猫である", creators=("夏目漱石",)),
    Item(item_id="plus", title="+", creators=("Ed Sheeran",)),
    Item(item_id="rtl", title="אלף לילה ולילה 🐉"),
    Item(item_id="weird", title=r"100% \'a\' & b | !c <-> d:* _x_"),
    Item(item_id="long", title="Z" * 5_000 + " end"),
)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("drag", ["dragons"]),
        ("DRAGONS train", ["dragons"]),
        ("ragons", []),
        ("dragons spider", []),
        ("cress", ["dragons"]),
        ("dragons - train", ["dragons"]),
        ("' | spider:*", ["B000FA5SG0"]),
        ("& dragons", ["dragons"]),
        ("b000fa", ["B000FA5SG0"]),
        ("B000FA5SG0", ["B000FA5SG0"]),
        ("tt-00", ["tt-0012/x"]),
        ("tt-0012/x", ["tt-0012/x"]),
        ("0012", ["tt-0012/x"]),
        ("spider-man", ["B000FA5SG0"]),
        ("spider-m homecoming", ["B000FA5SG0"]),
        ("man:", ["B000FA5SG0"]),
        ("o'brien", ["tt-0012/x"]),
        ("o’brien", ["tt-0012/x"]),
        ("cafe", ["tt-0012/x"]),
        ("CAFÉ", ["tt-0012/x"]),
        ("cafe\u0301", ["tt-0012/x"]),
        ("jose angstrom", ["tt-0012/x"]),
        ("война", ["wojna"]),
        ("толс", ["wojna"]),
        ("猫", ["kana"]),
        ("猫・", ["kana"]),
        ("輩は猫", ["kana"]),
        ("夏目", ["kana"]),
        ("犬", []),
        ("+", ["plus"]),
        ("לילה", ["rtl"]),
        ("🐉", ["rtl"]),
        ("100%", ["weird"]),
        ("100% b c d x", ["weird"]),
        ("Z" * 5_000, ["long"]),
        ("how to train your dragons cressida cowell dr tr a b c", ["dragons"]),
        ("d", ["dragons", "weird"]),
    ],
)
async def test_words_find_what_has_a_word_that_begins_so(
    application: Application, typed: str, expected: list[str]
) -> None:
    await put(application, *ITEMS)

    assert await found(application, typed) == expected


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "'",
            "''",
            '"',
            ":",
            ":*",
            "\\",
            "\\'",
            "!",
            "&",
            "|",
            "(",
            ")",
            "<->",
            "*",
            "%",
            "_",
            "-",
        ),
        "dragons' | 'spider",
        "' | zebra:*",
        "dragons:D",
        "!zebra",
        "!!",
        "drag & spider",
        "\\'); DROP TABLE items; --",
        ":typed %s %(typed)s {0}",
        "\u0301",
        "\u200b\u202e\ufeff",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "\ufdfa" * 200,
        "\U0010ffff\ue000\x01\x7f",
        "a" * 10_000,
        "'" * 10_000,
        " ".join("abcdefghijklmnopqrstuvwxyz"),
        "a,b" * 3_333,
        "a\0b",
        "\ud800",
    ],
)
async def test_whatever_is_typed_is_only_looked_for(application: Application, typed: str) -> None:
    await put(application, *ITEMS)

    among = {item.item_id for item in ITEMS} - {"B000FA5SG0"}  # spider-man was never asked for

    assert set(await found(application, typed)) <= among
    assert await found(application, typed, category=typed) == []
    assert len(await found(application, "")) == len(ITEMS)


async def test_whatever_an_item_is_called_it_can_be_stored_and_found(
    application: Application,
) -> None:
    titles = [
        "\u0301",
        "'",
        "\\",
        "\ufdfa" * 200,
        "㌖" * 200,
        "a,b" * 3_333,
        "\u200b",
        "\U0010ffff",
    ]
    many = tuple(f"{'㌖' * 199}{n}" for n in range(100))
    await put(
        application,
        *(Item(item_id=f"item-{n}", title=title) for n, title in enumerate(titles)),
        Item(item_id="'", title="crowd", creators=many, categories=many),
    )

    assert await found(application, "item") == [f"item-{n}" for n in range(len(titles))]
    assert await found(application, "\\") == ["item-2"]
    assert await found(application, "'") == ["'", "item-1"]
    assert await found(application, "crowd", category=many[7]) == ["'"]


async def test_the_category_is_matched_whole_with_words_and_without(
    application: Application,
) -> None:
    await put(application, *ITEMS)

    assert await found(application, "", category="film") == ["B000FA5SG0"]
    assert await found(application, "spider", category="a 'b' & c") == ["B000FA5SG0"]
    assert await found(application, "drag", category="film") == []
    for not_whole in ("fil", "Film", "a", "'b'"):
        assert await found(application, "", category=not_whole) == []
    assert await found(application, "film") == []


async def test_an_item_is_found_by_what_it_is_now(application: Application) -> None:
    await put(application, Item(item_id="one", title="Dragons", categories=("film",)))
    await put(application, Item(item_id="one", title="Tigers", categories=("book",)))

    assert await found(application, "dragons") == []
    assert await found(application, "tig", category="book") == ["one"]
    assert await found(application, "", category="film") == []

    async with unit_of_work(application.engine) as uow:
        await uow.catalogue("default").delete(["one"])
        assert (await uow.connection.execute(select(item_words))).first() is None


async def test_tenants_never_mix(application: Application) -> None:
    await put(application, Item(item_id="mine", title="Dragons", categories=("film",)))
    await put(
        application,
        *(Item(item_id=f"theirs-{n}", title="Dragons", categories=("film",)) for n in range(60)),
        tenant="other",
    )

    assert await found(application, "dragons") == ["mine"]
    assert await found(application, "", category="film") == ["mine"]
    assert await found(application, "theirs") == []
    assert len(await found(application, "drag", tenant="other", limit=100)) == 60
    assert await found(application, "dragons", tenant="third") == []


async def put_many(app: Application, count: int) -> list[Item]:
    """One in two has a frequent word, one in 500 a rare one, one in 20 is of a category.

    Written by the database itself, without the index on vectors, which takes long.
    """
    given = [
        Item(
            item_id=f"{number * 7919 % count:05}",  # in an order of their own
            title=" ".join(
                [
                    "Frequent" if number % 2 else "Other",
                    f"kind{number % 200}",  # from a hundred words on Postgres counts beginnings
                    *(["Rare"] if number % 500 == 3 else []),
                ]
            ),
            categories=("some",) if number % 20 == 1 else (),
        )
        for number in range(count)
    ]
    async with app.engine.begin() as connection:
        await connection.exec_driver_sql("DROP INDEX ix_items_embedding")
        await connection.exec_driver_sql(
            "INSERT INTO items SELECT 'default', id, title, '', "
            "CASE category WHEN '' THEN '{}' ELSE ARRAY[category] END, '{}', '{}', "
            "array_fill(0.05, ARRAY[384])::halfvec, now(), now() "
            "FROM unnest(%s::text[], %s::text[], %s::text[]) AS given(id, title, category)",
            (
                [item.item_id for item in given],
                [item.title for item in given],
                ["".join(item.categories) for item in given],
            ),
        )
        await connection.exec_driver_sql(
            "INSERT INTO item_words SELECT tenant_id, item_id, "
            "credence_item_words(tenant_id, item_id, title, creators, categories) FROM items"
        )
        await connection.exec_driver_sql("ANALYZE items, item_words")
    return given


async def _walked(app: Application, typed: str, category: str, limit: int) -> list[str]:
    seen: list[str] = []
    while True:
        after = seen[-1] if seen else None
        page = await found(app, typed, category=category, after=after, limit=limit)
        seen += page
        if len(page) < limit:
            return seen


async def test_pages_have_everything_once_in_order(application: Application) -> None:
    given = await put_many(application, 1_000)

    for typed, category in (("freq", ""), ("frequent", "some"), ("rare", ""), ("", "some")):
        expected = sorted(
            item.item_id
            for item in given
            if typed.title() in item.title and (not category or category in item.categories)
        )
        assert expected
        for limit in (1 if len(expected) < 60 else 7, 50, 2_000):
            assert await _walked(application, typed, category, limit) == expected


async def test_rare_words_go_through_the_index_and_frequent_ones_along_the_key_every_time(
    application: Application,
) -> None:
    await put_many(application, 20_000)
    asked: list[tuple[str, Any]] = []

    @event.listens_for(application.engine.sync_engine, "before_cursor_execute")
    def note(_: Connection, __: object, statement: str, given: Any, *rest: object) -> None:
        asked.append((statement, given))

    async def plan(typed: Sequence[str]) -> str:
        async with unit_of_work(application.engine) as uow:
            await uow.item_search.page("default", words=typed, limit=50)
            rows = await uow.connection.exec_driver_sql(f"EXPLAIN {asked[-1][0]}", asked[-1][1])
            return "\n".join(rows.scalars())

    for _ in range(8):  # more often than Postgres plans a prepared statement anew
        assert "Bitmap Index Scan on ix_item_words_words" in (told := await plan(["rare"])), told
        assert "pk_item_words" in (told := await plan(["freq"])), told
        assert "ix_item_words_words" not in told, told


async def test_items_from_before_there_were_words_are_found(empty_database: str) -> None:
    schema.upgrade(empty_database, to="0005")
    engine = create_engine(empty_database)
    async with engine.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO items VALUES ('default', 'old', 'Dragons of old', '', '{film}', '{Ann}',"
            " '{}', array_fill(0.05, ARRAY[384])::halfvec, now(), now())"
        )

    schema.upgrade(empty_database)
    async with unit_of_work(engine) as uow:
        page = await uow.item_search.page(
            "default", words=["drag", "ann"], category="film", limit=50
        )
    await engine.dispose()

    assert [item.item_id for item in page] == ["old"]
