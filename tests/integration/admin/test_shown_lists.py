"""Lists that a person was shown: told again, with what came of them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from credence.app.bootstrap import Application
from credence.memory.model import Impression, Person
from credence.memory.unit_of_work import unit_of_work
from tests.integration.app.shelf import BOOKS, sent

WHOSE = "/admin/t/default/people/@ada"
PATH = "/v1/recommendations"
HOSTILE = '<img src=x onerror="attack()">'


async def get(browser: httpx.AsyncClient, path: str = "/lists", *, status: int = 200) -> str:
    answer = await browser.get(WHOSE + path)
    assert answer.status_code == status, answer.text[:2000]
    return answer.text


async def shown(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    ask = {"user_id": "ada", "candidates": sorted(BOOKS), "k": 6} | more
    made: dict[str, Any] = await sent(client, "POST", PATH, ask)
    return made


async def told(client: httpx.AsyncClient, made: dict[str, Any], *events: dict[str, Any]) -> None:
    """Events of hers that cite the list."""
    cite = {"user_id": "ada", "impression_id": made["impression_id"]}
    await sent(client, "POST", "/v1/events", {"events": [cite | event for event in events]})


async def test_lists_are_told_the_latest_first_with_what_came_of_them(
    signed_in: httpx.AsyncClient, client: httpx.AsyncClient, belief: dict[str, Any]
) -> None:
    first = await shown(client, instruction="a frozen world")
    second = await shown(client, k=2, candidates=["emma", "persuasion"])
    await told(
        client,
        first,
        {"item_id": "left-hand", "action": "review", "rating": 5, "text": "Cold and fine."},
        {"item_id": "emma", "action": "skip"},
        {"item_id": "persuasion", "action": "click"},
    )

    page = await get(signed_in)

    ids = re.findall(r'/lists/([0-9a-f]+)">', page)
    assert ids == [second["impression_id"], first["impression_id"]]
    rows = page.split("<tbody>")[1].split("</tr>")
    assert "nothing known" in rows[0]
    assert "nothing in words" in rows[0]
    assert "a frozen world" in rows[1]
    assert "and 3 more" in rows[1]
    assert "taken: review 5 of 5</a>" in rows[1]
    assert "refused: skip</a>" in rows[1]
    assert "looked at: click</a>" in rows[1]
    assert f'?revision={belief["revision"]}">{belief["revision"]}</a>' in rows[1]


async def test_somebody_who_was_shown_nothing_is_told_so(
    signed_in: httpx.AsyncClient, belief: dict[str, Any]
) -> None:
    page = await get(signed_in)

    assert "They were shown nothing yet" in page
    assert f'href="{WHOSE}/try"' in page


async def test_pages_of_lists_follow_each_other_without_a_gap(
    signed_in: httpx.AsyncClient, client: httpx.AsyncClient, belief: dict[str, Any]
) -> None:
    made = [(await shown(client, k=1))["impression_id"] for _ in range(23)]

    page = await get(signed_in)
    following = re.search(r'href="[^"]*(/lists\?before=[^"]+)" rel="next"', page)
    assert following is not None
    rest = await get(signed_in, following[1])

    both = [re.findall(r'/lists/([0-9a-f]+)">', one) for one in (page, rest)]
    assert [len(one) for one in both] == [20, 3]
    assert sorted(both[0] + both[1]) == sorted(made)
    assert "First page" in rest
    assert 'rel="next"' not in rest


async def test_lists_of_the_very_same_moment_are_each_on_one_page(
    application: Application, belief: dict[str, Any]
) -> None:
    person, moment = Person("default", "ada"), datetime(2026, 1, 1, tzinfo=UTC)
    made = [
        Impression(
            impression_id=name,
            user_id="ada",
            shown_at=moment,
            revision=1,
            ranker="made-up",
            instruction="",
            session_items=(),
            flags=(),
            item_ids=(),
            scores=(),
        )
        for name in ("b", "c", "a")
    ]
    async with unit_of_work(application.engine) as uow:
        await uow.impressions.add("default", made)

    async with unit_of_work(application.engine) as uow:
        (first,) = await uow.impressions.of_person(person, limit=1)
        rest = await uow.impressions.of_person(person, limit=9, before=first)

    assert [one.impression_id for one in (first, *rest)] == ["c", "b", "a"]


async def test_a_list_is_told_as_it_was_with_its_routing_and_what_was_heeded(
    signed_in: httpx.AsyncClient,
    client: httpx.AsyncClient,
    application: Application,
    belief: dict[str, Any],
) -> None:
    chunk = belief["chunks"][0]["chunk_id"]
    await sent(client, "POST", f"/v1/users/ada/belief/chunks/{chunk}/pin")
    made = await shown(client, instruction="a frozen world", explain=True)
    assert made["routing"]["items"][0]["heeded"] is not None
    await told(client, made, {"item_id": "emma", "action": "rating", "rating": 1})
    await sent(client, "DELETE", "/v1/items/it")

    page = await get(signed_in, f"/lists/{made['impression_id']}")

    titles = [item["item_id"] for item in made["items"]]
    places = re.split(r'<li id="place-\d+">', page)[1:]
    assert len(places) == len(titles) == 6
    for place, item in zip(places, made["items"], strict=True):
        assert item["title"] in place or item["item_id"] == "it"
        assert f"{item['score']:+.2f}".replace("-", "\N{MINUS SIGN}") in place
    assert "not in the catalogue" in places[titles.index("it")]
    assert "refused: rating 1 of 5" in places[titles.index("emma")]
    assert made["ranker"] in page
    assert made["routing"]["model"] in page
    assert '<th class="num">Heeded</th>' in page
    for part in made["routing"]["items"]:
        assert f"{part['heeded']:+.2f}".replace("-", "\N{MINUS SIGN}") in page


async def test_a_list_leads_to_the_same_items_ranked_again_with_reasons(
    signed_in: httpx.AsyncClient, client: httpx.AsyncClient, belief: dict[str, Any]
) -> None:
    made = await shown(client, instruction="a frozen world", k=4)
    page = await get(signed_in, f"/lists/{made['impression_id']}")

    again = re.search(r'href="([^"]*/try\?[^"]+)">Rank these items again', page)
    assert again is not None
    address = again[1].replace("&amp;", "&")
    asked = parse_qs(urlsplit(address).query)
    answer = await signed_in.get(address)

    assert asked["instruction"] == ["a frozen world"]
    assert asked["candidates"][0].split("\n") == [one["item_id"] for one in made["items"]]
    assert asked["k"] == ["4"]
    assert answer.status_code == 200
    assert answer.text.count('<ul class="plain reasons">') >= 4


async def test_a_wish_that_is_too_long_to_try_has_no_link_and_is_said_to_be(
    signed_in: httpx.AsyncClient, client: httpx.AsyncClient, belief: dict[str, Any]
) -> None:
    fits, longer = "a frozen world".ljust(2_000, "!"), "a frozen world".ljust(2_001, "!")
    pages = []
    for instruction in (fits, longer):
        made = await shown(client, instruction=instruction)
        pages.append(await get(signed_in, f"/lists/{made['impression_id']}"))

    assert "Rank these items again" in pages[0]
    assert "/try?" not in pages[1]
    assert "at most 2,000 characters" in pages[1]
    assert "None" not in pages[1]
    assert all(len(address) < 10_000 for page in pages for address in re.findall('"([^"]*)"', page))


async def test_a_list_after_a_session_is_said_to_be_ranked_again_without_it(
    signed_in: httpx.AsyncClient, application: Application, belief: dict[str, Any]
) -> None:
    alone = Impression(
        impression_id="alone",
        user_id="ada",
        shown_at=datetime(2026, 1, 1, tzinfo=UTC),
        revision=1,
        ranker="made-up",
        instruction="",
        session_items=(),
        flags=(),
        item_ids=("emma",),
        scores=(1.0,),
    )
    after = replace(alone, impression_id="after", session_items=("dune",))
    async with unit_of_work(application.engine) as uow:
        await uow.impressions.add("default", [alone, after])

    pages = [await get(signed_in, f"/lists/{one.impression_id}") for one in (alone, after)]

    assert ["Rank these items again" in page for page in pages] == [True, True]
    assert ["ranked without what was looked at" in page for page in pages] == [False, True]


async def test_an_event_that_cites_a_list_leads_to_it(
    signed_in: httpx.AsyncClient, client: httpx.AsyncClient, belief: dict[str, Any]
) -> None:
    made = await shown(client)
    await told(client, made, {"item_id": "emma", "action": "like"})

    page = await get(signed_in, "")
    back = await get(signed_in, f"/lists/{made['impression_id']}")

    assert page.count("from a list") == 1
    assert f'href="{WHOSE}/lists/{made["impression_id"]}"' in page
    assert f'href="{WHOSE}?event=4#tier-events"' in back


async def test_lists_of_others_and_lists_that_are_not_there_are_no_pages(
    signed_in: httpx.AsyncClient, client: httpx.AsyncClient, belief: dict[str, Any]
) -> None:
    await sent(client, "PUT", "/v1/users/bob", {})
    of_bob = await shown(client, user_id="bob")
    of_nobody = await sent(client, "POST", PATH, {"instruction": "a frozen world"})

    for other in (of_bob["impression_id"], of_nobody["impression_id"], "nothing"):
        page = await get(signed_in, f"/lists/{other}", status=404)
        assert "This person was shown no such list" in page


async def test_what_somebody_wrote_is_text_on_the_pages_of_lists(
    signed_in: httpx.AsyncClient, client: httpx.AsyncClient, belief: dict[str, Any]
) -> None:
    await sent(client, "PUT", "/v1/items/hostile", {"title": HOSTILE})
    made = await shown(client, instruction=HOSTILE, candidates=["hostile", "emma"])

    for page in (await get(signed_in), await get(signed_in, f"/lists/{made['impression_id']}")):
        assert "&lt;img src=x" in page
        assert "<img" not in page


async def test_where_no_models_write_nothing_is_said_of_explanations(
    signed_in: httpx.AsyncClient, client: httpx.AsyncClient, csrf: str, belief: dict[str, Any]
) -> None:
    made = await shown(client)
    address = f"{WHOSE}/lists/{made['impression_id']}"

    page = await get(signed_in, f"/lists/{made['impression_id']}")
    asked = await signed_in.post(f"{address}/explanation", data={"csrf": csrf, "item": "emma"})

    assert "explain" not in page.lower()
    assert asked.status_code == 409
    assert "CREDENCE_CAUSAL_EXPLANATION_TOKENS" in asked.text
