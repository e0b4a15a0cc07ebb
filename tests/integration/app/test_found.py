"""What is found for people of several pasts, and in what order: real Postgres, real ranker."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import numpy as np
import pytest

from credence.app.bootstrap import Application
from credence.app.clock import utc_now
from credence.app.settings import Settings
from credence.memory.model import Action, Embedded, Item, Vector
from credence.memory.record_events import NewEvent, record_events
from credence.memory.unit_of_work import unit_of_work
from credence.planner.counter import Ask, Recommendation
from credence.planner.recommend import recommend
from tests.integration.app.shelf import sent

PATH = "/v1/recommendations"
PLACES = 4
WISH = "a haunted house"
KINDS = (
    "space opera with starships",
    "regency romance in the country",
    "haunted house horror",
    "baking bread at home",
    "mountain climbing memoir",
    "jazz piano history",
)
HORROR = [f"2-{n}" for n in range(5)]


@pytest.fixture
def settings() -> Settings:
    """A memory of few events, so that small worlds are larger than it."""
    return Settings(  # type: ignore[call-arg]
        _env_file=None, worker=False, check_within_minutes=1e6, event_memory=PLACES
    )


def towards(vector: Vector, share: float, number: int) -> Vector:
    """A unit vector of its own that leans towards another."""
    noise = np.random.default_rng(number).standard_normal(len(vector))
    mixed = share * vector + (1 - share) * noise / np.linalg.norm(noise)
    unit: Vector = (mixed / np.linalg.norm(mixed)).astype(np.float32)
    return unit


async def stocked(application: Application, rows: dict[str, Vector]) -> None:
    found = [Embedded(Item(item_id=i, title=i), vector) for i, vector in rows.items()]
    async with unit_of_work(application.engine) as uow:
        await uow.catalogue("default").put(found, now=utc_now())
        await uow.people.create_missing("default", ["ada", "bob", "cyd", "dee"], now=utc_now())


async def did(application: Application, user_id: str, *done: tuple[str, Action]) -> None:
    """Events of one person, oldest first."""
    now = utc_now()
    rows = [
        NewEvent(
            user_id=user_id,
            action=action,
            item_id=item_id,
            metadata={},
            occurred_at=now - timedelta(minutes=len(done) - at),
        )
        for at, (item_id, action) in enumerate(done)
    ]
    await record_events(
        rows, tenant="default", now=now, intake=application.intake, engine=application.engine
    )


async def listed(application: Application, **asked: Any) -> Recommendation:
    return await recommend(Ask(tenant="default", **asked), application.counter)


def ids(made: Recommendation) -> list[str]:
    return [ranked.item.item_id for ranked in made.items]


def random_items(count: int) -> dict[str, Vector]:
    return {f"item-{n:03d}": towards(np.zeros(384, np.float32), 0.0, n) for n in range(count)}


async def test_a_long_session_is_ranked_by_its_latest_items_and_none_of_it_is_shown(
    application: Application,
) -> None:
    await stocked(application, random_items(40))
    session = tuple(f"item-{n:03d}" for n in range(12))
    rest = tuple(f"item-{n:03d}" for n in range(12, 40))

    found = await listed(application, session=session, k=40, explain=True)
    whole = await listed(application, session=session, candidates=rest)
    latest = await listed(application, session=session[-PLACES:], candidates=rest)

    told = {reason.id for ranked in found.items for reason in ranked.reasons if reason.id < 0}
    assert set(ids(found)) == set(rest)
    assert told == {-1, -2, -3, -4}
    assert [item.item_id for item in found.session] == list(session[: -PLACES - 1 : -1])
    assert whole.items == latest.items


async def test_a_session_takes_the_places_of_the_oldest_events_and_reasons_name_the_others(
    application: Application,
) -> None:
    await stocked(application, random_items(40))
    await did(application, "ada", *((f"item-{n:03d}", Action.LIKE) for n in (1, 2, 3, 4)))

    made = await listed(
        application, user_id="ada", session=("item-010", "item-011"), k=40, explain=True
    )

    recent = {seen.event.seq: seen.event.item_id for seen in made.taste.recent}
    told = {
        recent[reason.id] if reason.id > 0 else made.session[-reason.id - 1].item_id
        for ranked in made.items
        for reason in ranked.reasons
        if reason.id
    }
    assert told == {"item-003", "item-004", "item-010", "item-011"}
    assert not {"item-001", "item-002", *told} & set(ids(made))


async def test_what_was_done_with_one_item_again_and_again_searches_by_the_others_too(
    application: Application,
) -> None:
    await stocked(application, random_items(400))
    again = [Action.VIEW, Action.CLICK, Action.LIKE]
    await did(application, "ada", *((f"item-{n:03d}", Action.LIKE) for n in (1, 0)))
    await did(application, "bob", ("item-001", Action.LIKE), *(("item-000", one) for one in again))

    ada = await listed(application, user_id="ada", k=100)
    bob = await listed(application, user_id="bob", k=100)

    assert bob.pool == ada.pool


async def test_what_was_looked_at_and_then_disliked_is_not_searched_by(
    application: Application,
) -> None:
    await stocked(application, random_items(40))
    await did(application, "ada", ("item-000", Action.VIEW), ("item-000", Action.DISLIKE))

    assert (await listed(application, user_id="ada")).flags == ("popular",)


async def test_whoever_has_dealt_with_everything_near_their_wish_still_gets_what_suits_it(
    application: Application,
) -> None:
    wish = (await application.counter.embed([WISH]))[0]
    near = {f"near-{n:04d}": towards(wish, 0.8, n) for n in range(1010)}
    akin = {f"z-akin-{n}": towards(wish, 0.4, 2000 + n) for n in range(5)}
    far = {f"far-{n}": towards(wish, 0.0, 3000 + n) for n in range(20)}
    await stocked(application, {**near, **akin, **far})
    await did(application, "ada", *((item_id, Action.VIEW) for item_id in near))
    for fan in ("bob", "cyd", "dee"):
        await did(application, fan, *((item_id, Action.LIKE) for item_id in far))

    asked = await listed(application, user_id="ada", instruction=WISH, k=5)
    plain = await listed(application, user_id="ada", k=5)

    assert set(ids(asked)) == set(akin)
    assert asked.flags == ()
    assert plain.flags == ()
    assert plain.ranker == asked.ranker


def of_kinds() -> list[dict[str, Any]]:
    return [
        {
            "item_id": f"{at}-{n}",
            "title": f"{kind.title()} no. {n}",
            "description": f"About {kind}.",
        }
        for at, kind in enumerate(KINDS)
        for n in range(5)
    ]


def event(user_id: str, item_id: str, **more: Any) -> dict[str, Any]:
    return {"user_id": user_id, "item_id": item_id, "action": "like", **more}


@pytest.mark.parametrize("looked", [False, True], ids=["not-yet-looked-at", "believed"])
async def test_of_what_is_popular_those_that_resemble_dislikes_come_last(
    client: httpx.AsyncClient, *, looked: bool
) -> None:
    await sent(client, "POST", "/v1/items", {"items": of_kinds()})
    fans = [f"fan-{n}" for n in range(12)]
    for user_id in (*fans, "ada"):
        await sent(client, "PUT", f"/v1/users/{user_id}", {})
    liked = [event(fan, item_id) for fan in fans for item_id in HORROR]
    liked += [event(fan, item_id) for fan in fans[:6] for item_id in ("1-0", "5-0")]
    await sent(client, "POST", "/v1/events", {"events": liked})
    said = {"action": "dislike", "text": "I hate haunted house horror. Awful."}
    disliked = [event("ada", item_id, **said) for item_id in HORROR[:3]]
    await sent(client, "POST", "/v1/events", {"events": disliked})
    if looked:
        await sent(client, "POST", "/v1/users/ada/belief/advance")

    made = await sent(client, "POST", PATH, {"user_id": "ada", "k": 100, "explain": True})
    stranger = await sent(client, "POST", PATH, {"k": 2})

    shown = [item["item_id"] for item in made["items"]]
    assert set(shown[:2]) == {"1-0", "5-0"}
    assert set(shown[-2:]) == set(HORROR[3:])
    assert made["flags"] == ["popular"]
    lowered = {reason["direction"] for reason in made["items"][-1]["reasons"]}
    assert "down" in lowered
    assert stranger["items"][0]["item_id"] in HORROR


async def test_what_was_skipped_once_is_lowered_by_less_than_what_was_disliked(
    client: httpx.AsyncClient,
) -> None:
    await sent(client, "POST", "/v1/items", {"items": of_kinds()})
    scores = {}
    for user_id in ("skip", "dislike"):
        await sent(client, "PUT", f"/v1/users/{user_id}", {})
        await sent(
            client, "POST", "/v1/events", {"events": [event(user_id, "2-0", action=user_id)]}
        )
        made = await sent(client, "POST", PATH, {"user_id": user_id, "k": 100})
        scores[user_id] = {item["item_id"]: item["score"] for item in made["items"]}

    assert scores["skip"]["2-1"] < scores["skip"]["3-1"]
    assert scores["dislike"]["2-1"] < scores["skip"]["2-1"] - 1
