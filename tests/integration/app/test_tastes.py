"""Tastes kept at hand: never older than what was written, whoever wrote it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import event as hook

from credence.app.bootstrap import Application
from credence.app.tastes import Tastes
from credence.inference.words import WordEncoder
from credence.memory.model import Person
from tests.integration.app.shelf import ada, believed, sent

ADA = Person("default", "ada")

WORDS = WordEncoder().encode


class Watched:
    """Tastes on a clock of their own, and the statements that each reading takes."""

    def __init__(self, application: Application) -> None:
        self.now = 0.0
        self.statements = 0
        self.tastes = Tastes(
            application.engine, event_memory=15, least_people=3, words=WORDS, timer=lambda: self.now
        )
        hook.listen(application.engine.sync_engine, "after_cursor_execute", self._count)

    def _count(self, *_: Any) -> None:
        self.statements += 1

    async def read(self, person: Person = ADA) -> tuple[Any, int]:
        before = self.statements
        taste = await self.tastes.get(person)
        return taste, self.statements - before


@pytest.fixture
def watched(application: Application) -> Watched:
    return Watched(application)


async def test_a_taste_that_still_holds_costs_one_small_read(
    client: httpx.AsyncClient, watched: Watched
) -> None:
    await believed(client)

    first, reads = await watched.read()
    again, rereads = await watched.read()

    assert again is first
    assert (reads, rereads) == (3, 1)


async def test_the_narrative_is_read_for_models_alone_with_the_same_beliefs(
    client: httpx.AsyncClient, application: Application
) -> None:
    await believed(client)
    engine = application.engine
    plain = await Tastes(engine, event_memory=15, least_people=3, words=WORDS).get(ADA)
    told = await Tastes(engine, event_memory=15, least_people=3, words=WORDS, narratives=True).get(
        ADA
    )

    assert plain.belief.profile is None
    assert told.belief.profile is not None
    assert told.belief.profile.narrative
    assert told.belief.active == plain.belief.active


@pytest.mark.parametrize(
    "change",
    [
        ("POST", "/v1/events", {"user_id": "ada", "item_id": "emma", "action": "like"}),
        ("POST", "/v1/users/ada/belief/chunks/1/pin", None),
        ("DELETE", "/v1/users/ada", None),
    ],
)
async def test_events_corrections_and_erasure_are_seen_at_once(
    client: httpx.AsyncClient, watched: Watched, change: tuple[str, str, Any]
) -> None:
    await believed(client)
    before, _ = await watched.read()

    await sent(client, *change)
    after, _ = await watched.read()

    assert after is not before
    fresh = Tastes(watched.tastes._engine, event_memory=15, least_people=3, words=WORDS)
    assert _told(after) == _told(await fresh.get(ADA))


async def test_a_namesake_of_somebody_erased_is_somebody_else(
    client: httpx.AsyncClient, watched: Watched
) -> None:
    await ada(client)
    before, _ = await watched.read()
    await sent(client, "DELETE", "/v1/users/ada")
    await sent(client, "PUT", "/v1/users/ada", {})
    told = [{"user_id": "ada", "item_id": "emma", "action": "like"}] * 3
    await sent(client, "POST", "/v1/events", {"events": told})

    after, _ = await watched.read()

    assert len(before.recent) == len(after.recent)  # so revision and count are the same
    assert {seen.event.item_id for seen in after.recent} == {"emma"}


async def test_items_of_another_process_are_a_minute_old_at_most(
    client: httpx.AsyncClient, watched: Watched
) -> None:
    await ada(client)
    await watched.read()
    await sent(client, "PATCH", "/v1/items/dune", {"title": "Dune, again"})

    old, _ = await watched.read()
    watched.now = 61.0
    new, _ = await watched.read()

    assert "Dune" in _titles(old)
    assert "Dune, again" in _titles(new)


async def test_items_of_this_process_are_never_old(
    client: httpx.AsyncClient, watched: Watched
) -> None:
    await ada(client)
    await watched.read()
    await sent(client, "PATCH", "/v1/items/dune", {"title": "Dune, again"})
    watched.tastes.forget_tenant("default")

    assert "Dune, again" in _titles((await watched.read())[0])


async def test_somebody_unknown_is_not_kept(client: httpx.AsyncClient, watched: Watched) -> None:
    nobody, _ = await watched.read(Person("default", "bob"))
    assert not nobody.known

    await sent(client, "PUT", "/v1/users/bob", {})
    assert (await watched.read(Person("default", "bob")))[0].known


async def test_the_routes_tell_the_shelf_of_items_and_erasures(
    client: httpx.AsyncClient, application: Application
) -> None:
    await ada(client)
    ask = {"user_id": "ada", "candidates": ["emma"], "explain": True}
    await sent(client, "POST", "/v1/recommendations", ask)

    await sent(client, "PATCH", "/v1/items/dune", {"title": "Dune, again"})
    assert "Dune, again" in _titles(await application.shelf.taste(ADA))
    await sent(client, "DELETE", "/v1/users/ada")
    assert not application.shelf.tastes._held


async def test_a_reading_in_flight_is_not_kept_of_somebody_forgotten(
    client: httpx.AsyncClient, watched: Watched
) -> None:
    await ada(client)

    def forgotten(*_: Any) -> None:
        watched.tastes.forget(ADA)

    engine = watched.tastes._engine.sync_engine
    hook.listen(engine, "before_cursor_execute", forgotten)
    await watched.read()
    assert not watched.tastes._held

    hook.remove(engine, "before_cursor_execute", forgotten)
    await watched.read()
    assert ADA in watched.tastes._held


def _titles(taste: Any) -> set[str]:
    return {seen.title for seen in taste.recent}


def _told(taste: Any) -> Any:
    return taste.belief, [seen.event for seen in taste.recent], taste.known
