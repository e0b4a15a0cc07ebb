"""Items kept at hand: never another content than the catalogue holds; and lists stay the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import event as hook

from credence.app.at_hand import ItemsAtHand
from credence.app.bootstrap import Application
from credence.app.clock import utc_now
from credence.app.shelf import RecommendationShelf
from credence.memory.model import Embedded, Person
from credence.memory.unit_of_work import autocommit, unit_of_work
from credence.planner.counter import Ask, Recommendation, Visit
from credence.planner.recommend import recommend
from tests.integration.app.shelf import BOOKS, believed, sent, stock


class Watched:
    """Items on a clock of their own, and the statements that each reading takes."""

    def __init__(self, application: Application, *, most: int = 100) -> None:
        self.now = 0.0
        self.statements = 0
        self.engine = application.engine
        self.at_hand = ItemsAtHand(most=most, timer=lambda: self.now)
        hook.listen(self.engine.sync_engine, "after_cursor_execute", self._count)

    def _count(self, *_: Any) -> None:
        self.statements += 1

    async def get(self, *ids: str, tenant: str = "default") -> tuple[dict[str, Embedded], int]:
        before = self.statements
        async with autocommit(self.engine) as uow:
            found = await self.at_hand.get(uow.connection, tenant, ids)
        return found, self.statements - before


@pytest.fixture
def watched(application: Application) -> Watched:
    return Watched(application)


async def test_items_are_read_once_and_then_only_their_versions(
    client: httpx.AsyncClient, watched: Watched
) -> None:
    await stock(client)

    first, reads = await watched.get("dune", "emma", "unheard-of")
    again, rereads = await watched.get("dune", "emma", "unheard-of")

    assert first.keys() == {"dune", "emma"}
    assert all(again[item_id] is first[item_id] for item_id in first)
    assert (reads, rereads) == (2, 1)


async def test_whatever_changed_is_seen_at_once_whoever_changed_it(
    client: httpx.AsyncClient, application: Application, watched: Watched
) -> None:
    await stock(client)
    before, _ = await watched.get("dune", "emma", "it")

    await sent(client, "PATCH", "/v1/items/dune", {"title": "Dune, again"})
    await sent(client, "DELETE", "/v1/items/emma")
    after, _ = await watched.get("dune", "emma", "it")

    assert after["dune"].item.title == "Dune, again"
    assert "emma" not in after
    assert after["it"] is before["it"]


async def test_of_two_changes_in_one_transaction_the_last_is_seen(
    client: httpx.AsyncClient, application: Application, watched: Watched
) -> None:
    await stock(client)
    dune = (await watched.get("dune"))[0]["dune"]
    async with unit_of_work(application.engine) as uow:
        catalogue = uow.catalogue("default")
        await catalogue.put([_titled(dune, "Dune, once")], now=utc_now())
        assert (await watched.get("dune"))[0]["dune"] is dune
        await catalogue.delete(["dune"])
        await catalogue.put([_titled(dune, "Dune, twice")], now=utc_now())

    assert (await watched.get("dune"))[0]["dune"].item.title == "Dune, twice"


async def test_items_are_read_anew_after_a_minute_and_the_oldest_go_first(
    client: httpx.AsyncClient, application: Application
) -> None:
    await stock(client)
    watched = Watched(application, most=2)
    for item_id in ("dune", "emma", "it"):
        await watched.get(item_id)
    assert [key[1] for key in watched.at_hand._held] == ["emma", "it"]

    watched.now = 60.0
    assert (await watched.get("it"))[1] == 2


async def test_tenants_are_apart(client: httpx.AsyncClient, watched: Watched) -> None:
    await stock(client)
    await watched.get("dune")

    assert (await watched.get("dune", tenant="another"))[0] == {}


class Plain(RecommendationShelf):
    """The same shelf with nothing of items kept, by the statements that read all of it."""

    def __init__(self, shelf: RecommendationShelf) -> None:
        vars(self).update(vars(shelf))
        self._at_hand = ItemsAtHand(most=0)

    async def visit(self, person: Person, ids: Any, *, phrases: bool) -> Visit:
        async with autocommit(self._engine) as uow:
            items = await uow.catalogue(person.tenant).get(ids)
        return Visit(
            taste=await self.taste(person),
            items=items,
            memories=await self.memories(person, ids, phrases=True),
        )

    async def memories(self, person: Person, ids: Any, *, phrases: bool) -> Any:
        return await super().memories(person, ids, phrases=True)


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("explain", [True, False])
@pytest.mark.parametrize("user_id", ["ada", "bob", "stranger", None])
async def test_lists_are_the_same_with_and_without_what_is_kept(
    client: httpx.AsyncClient,
    application: Application,
    user_id: str | None,
    *,
    explain: bool,
    named: bool,
) -> None:
    await believed(client)
    for name in ("bob", "cleo", "dan", "eve"):
        await sent(client, "PUT", f"/v1/users/{name}", {})
        for item_id in ("dune", "left-hand", "emma"):
            event = {"user_id": name, "item_id": item_id, "action": "review", "rating": 4}
            text = f"Lyrical prose and a gripping plot, thinks {name} of {item_id}."
            await sent(client, "POST", "/v1/events", event | {"text": text})
        await sent(client, "POST", f"/v1/users/{name}/belief/advance")
    await application.keeper.settle()
    ask = Ask(
        tenant="default",
        user_id=user_id,
        instruction="a story on another planet",
        candidates=(*BOOKS, "unheard-of") if named else None,
        explain=explain,
    )

    plain = await recommend(ask, replace(application.counter, shelf=Plain(application.shelf)))
    made = [await recommend(ask, application.counter) for _ in range(3)]

    assert [_told(one) for one in made] == [_told(plain)] * 3


def _told(made: Recommendation) -> Any:
    # In single precision: vectors that lie elsewhere in memory may be summed in another order.
    ranked = [(r.item, pytest.approx(r.score, abs=1e-5), len(r.reasons)) for r in made.items]
    return ranked, made.flags, made.revision, made.unknown, made.pool


def _titled(embedded: Embedded, title: str) -> Embedded:
    return Embedded(replace(embedded.item, title=title), embedded.vector)
