"""The page of three tiers: now, as of a revision, narrowed down, and whatever people wrote."""

from __future__ import annotations

import html
import re
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from credence.app.bootstrap import Application
from tests.integration.app.shelf import ada, believed, read, sent, stock

PAGE = "/admin/t/default/people/@ada"
BELIEF = "/v1/users/ada/belief"
LATER = [
    {"user_id": "ada", "item_id": "emma", "action": "rating", "rating": 1, "text": "Dull."},
    {"user_id": "ada", "item_id": "persuasion", "action": "dislike"},
    {"user_id": "ada", "item_id": "left-hand", "action": "rating", "rating": 5},
]
HOSTILE = "<script>alert('x')</script>\u202e\"><img src=x onerror=alert(1)> " + "w" * 10_000


async def page(browser: httpx.AsyncClient, query: str = "", *, status: int = 200) -> str:
    answer = await browser.get(PAGE + query)
    assert answer.status_code == status, answer.text[:2000]
    return answer.text


async def twice(browser: httpx.AsyncClient) -> tuple[dict[str, Any], dict[str, Any]]:
    """Ada's belief after one planner run and after two."""
    first = await believed(browser)
    await sent(browser, "POST", "/v1/events", {"events": LATER})
    await sent(browser, "POST", f"{BELIEF}/advance")
    return first, await read(browser, BELIEF)


def rows(text: str) -> set[int]:
    """Numbers of the chunks in the second tier."""
    return {int(found) for found in re.findall(r'id="chunk-(\d+)"', text)}


def events(text: str) -> list[int]:
    """Numbers of the events in the first tier, in their order."""
    return [int(found) for found in re.findall(r'id="event-(\d+)"', text)]


async def test_three_tiers_say_what_is_believed_now(signed_in: httpx.AsyncClient) -> None:
    belief = await believed(signed_in)

    text = await page(signed_in)

    assert events(text) == [event["seq"] for event in belief["events"]]
    assert rows(text) == {chunk["chunk_id"] for chunk in belief["chunks"]}
    for chunk in belief["chunks"]:
        assert f"people/@ada/chunks/{chunk['chunk_id']}" in text
        sign = "+" if chunk["strength"] > 0 else "−"
        assert f"{sign}{abs(chunk['strength']):.2f}" in text
    assert "Hyperion" in text
    assert "/catalogue/item?id=hyperion" in text
    assert "In event memory" in text
    assert "fed no belief" not in text


async def test_before_any_run_events_are_pending_and_the_rest_is_empty(
    signed_in: httpx.AsyncClient,
) -> None:
    await ada(signed_in)

    text = await page(signed_in)

    assert text.count(">pending<") == 3
    assert "Nothing is believed yet" in text
    assert "No profile yet" in text
    assert "The planner has not committed anything yet." in text
    assert re.search(r'id="revision"[^>]* disabled', text)


async def test_an_earlier_revision_shows_all_tiers_as_they_were(
    signed_in: httpx.AsyncClient,
) -> None:
    first, second = await twice(signed_in)

    past, now = await page(signed_in, "?revision=1"), await page(signed_in)

    assert "As of revision 1" in past
    assert rows(past) == {chunk["chunk_id"] for chunk in first["chunks"]}
    assert rows(now) == {chunk["chunk_id"] for chunk in second["chunks"]}
    assert rows(past) != rows(now)
    assert (events(past), events(now)) == ([3, 2, 1], [6, 5, 4, 3, 2, 1])
    assert re.search(r'id="revision"[^>]* value="1"', past)
    assert 'rel="next"' in past
    start = await page(signed_in, "?revision=0")
    assert (rows(start), events(start)) == (set(), [])


async def test_the_latest_revision_by_its_number_is_the_present(
    signed_in: httpx.AsyncClient,
) -> None:
    await twice(signed_in)

    assert ">Now</h2>" in await page(signed_in, "?revision=2")


async def test_a_step_says_which_operation_did_what_and_why(signed_in: httpx.AsyncClient) -> None:
    await twice(signed_in)
    history = await read(signed_in, f"{BELIEF}/history")

    text = html.unescape(await page(signed_in, "?revision=1"))

    revision = history["revisions"][1]
    assert revision["reason"] in text
    assert revision["actor"] in text
    for change in revision["changes"]:
        assert f"op {change['operation']}" in text
        assert change["reason"] in text
        for seq in change["events"]:
            assert f"event={seq}" in text
    assert "new → +" in text
    assert history["revisions"][0]["reason"] in html.unescape(await page(signed_in))


async def test_filters_narrow_the_chunks_and_stay_in_the_slider(
    signed_in: httpx.AsyncClient,
) -> None:
    belief = await believed(signed_in)
    likes = {c["chunk_id"] for c in belief["chunks"] if c["strength"] > 0}
    dislikes = {c["chunk_id"] for c in belief["chunks"]} - likes
    one = belief["chunks"][0]
    assert likes
    assert dislikes

    assert rows(await page(signed_in, "?side=likes")) == likes
    assert rows(await page(signed_in, "?side=dislikes&q=&category=&touched=")) == dislikes
    by_words = await page(signed_in, f"?q={one['text'].upper()}")
    assert one["chunk_id"] in rows(by_words)
    assert all(
        one["text"] in c["text"] for c in belief["chunks"] if c["chunk_id"] in rows(by_words)
    )
    assert rows(await page(signed_in, f"?category={one['category']}")) == {
        c["chunk_id"] for c in belief["chunks"] if c["category"] == one["category"]
    }
    nothing = await page(signed_in, "?q=nobody-says-this&side=likes")
    assert "No belief passes these filters" in nothing
    slider = nothing[nothing.index('id="slider"') : nothing.index('id="revision"')]
    assert 'name="q" value="nobody-says-this"' in slider
    assert 'name="side" value="likes"' in slider


async def test_rejected_and_pinned_chunks_are_found_by_filters(
    signed_in: httpx.AsyncClient,
) -> None:
    belief = await believed(signed_in)
    wrong, pinned = (chunk["chunk_id"] for chunk in belief["chunks"][:2])
    await sent(signed_in, "POST", f"{BELIEF}/chunks/{wrong}/forget")
    await sent(signed_in, "POST", f"{BELIEF}/chunks/{pinned}/pin")

    assert wrong not in rows(await page(signed_in))
    assert rows(await page(signed_in, "?status=rejected")) == {wrong}
    assert wrong in rows(await page(signed_in, "?status=all"))
    assert rows(await page(signed_in, "?touched=pinned")) == {pinned}
    assert rows(await page(signed_in, "?touched=edited")) == set()


async def test_chunks_come_in_the_order_asked_for(signed_in: httpx.AsyncClient) -> None:
    belief = await believed(signed_in)

    found = [int(i) for i in re.findall(r'id="chunk-(\d+)"', await page(signed_in))]
    unsure = [
        int(i) for i in re.findall(r'id="chunk-(\d+)"', await page(signed_in, "?order=uncertain"))
    ]

    by_id = {c["chunk_id"]: c for c in belief["chunks"]}
    strengths = [abs(by_id[i]["strength"]) for i in found]
    assert strengths == sorted(strengths, reverse=True)
    confidences = [round(by_id[i]["confidence"], 6) for i in unsure]
    assert confidences == sorted(confidences)
    assert len(set(confidences)) > 1


async def test_older_events_follow_page_by_page_and_none_twice(
    signed_in: httpx.AsyncClient,
) -> None:
    await stock(signed_in)
    await sent(signed_in, "PUT", "/v1/users/ada", {})
    many = [{"user_id": "ada", "item_id": "dune", "action": "view"} for _ in range(35)]
    await sent(signed_in, "POST", "/v1/events", {"events": many})
    seen: list[int] = []
    address: str | None = PAGE
    while address is not None:
        text = (await signed_in.get(address)).text
        seen += events(text)
        following = re.search(r'href="([^"#]+)#tier-events" rel="next"', text)
        address = html.unescape(following.group(1)) if following else None

    assert seen == list(range(35, 0, -1))
    at_one = await page(signed_in, "?event=20")
    assert events(at_one)[0] == 20
    assert "Older than event memory" in at_one
    assert "Newest events" in at_one


async def test_what_people_wrote_is_shown_as_text(signed_in: httpx.AsyncClient) -> None:
    await sent(
        signed_in,
        "POST",
        "/v1/items",
        {
            "items": [
                {
                    "item_id": "<b>x</b>/\"'",
                    "title": HOSTILE[:150],
                    "description": "",
                    "categories": ["<script>alert(2)</script>"],
                    "attributes": {},
                }
            ]
        },
    )
    who = "<i>eve\u202e"  # ids hold no slashes
    at = "%3Ci%3Eeve%E2%80%AE"
    await sent(signed_in, "PUT", f"/v1/users/{at}", {})
    told = {"user_id": who, "item_id": "<b>x</b>/\"'", "action": "review", "rating": 5}
    taken = await sent(signed_in, "POST", "/v1/events", {"events": [{**told, "text": HOSTILE}] * 3})
    assert taken["rejected"] == 0, taken
    await sent(signed_in, "POST", f"/v1/users/{at}/belief/advance")

    text = (await signed_in.get(f"/admin/t/default/people/@{at}")).text

    assert "event-3" in text
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "<i>eve" not in text
    assert "&lt;script&gt;alert" in text


async def test_an_act_that_was_done_is_told_once(signed_in: httpx.AsyncClient) -> None:
    belief = await believed(signed_in)
    chunk = belief["chunks"][0]["chunk_id"]
    await sent(signed_in, "POST", f"{BELIEF}/chunks/{chunk}/pin")

    assert "<strong>Revision 2</strong>" in await page(signed_in, "?done=2")
    assert "<strong>Revision 2</strong>" not in await page(signed_in)
    assert "<strong>Revision" not in await page(signed_in, "?done=77")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?revision=9", 404),
        ("?revision=-1", 422),
        ("?revision=x", 422),
        ("?order=nonsense", 422),
        ("?event=0", 422),
        ("?page=0", 422),
    ],
)
async def test_a_question_without_an_answer_is_a_page_that_says_so(
    signed_in: httpx.AsyncClient, query: str, status: int
) -> None:
    await believed(signed_in)

    assert "<h1" in await page(signed_in, query, status=status)


async def test_places_past_the_end_are_empty_and_no_error(signed_in: httpx.AsyncClient) -> None:
    await believed(signed_in)

    assert events(await page(signed_in, "?event=99999")) == []
    assert rows(await page(signed_in, "?page=400")) == set()
    assert rows(await page(signed_in, "?q=%00")) != set()


async def test_the_page_takes_few_statements_however_much_is_believed(
    signed_in: httpx.AsyncClient, application: Application
) -> None:
    await twice(signed_in)
    said: list[str] = []

    def heard(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    event.listen(application.engine.sync_engine, "before_cursor_execute", heard)
    await page(signed_in)
    now = len(said)
    await page(signed_in, "?revision=1")
    event.remove(application.engine.sync_engine, "before_cursor_execute", heard)

    assert now <= 12
    assert len(said) - now <= 16


async def test_a_belief_tells_since_when_events_speak_for_it(
    signed_in: httpx.AsyncClient,
) -> None:
    await stock(signed_in)
    await sent(signed_in, "PUT", "/v1/users/ada", {})
    liked = {"user_id": "ada", "action": "rating", "rating": 5}
    both = [
        liked | {"item_id": "dune", "occurred_at": "2024-03-01T00:00:00Z"},
        liked | {"item_id": "hyperion", "occurred_at": "2024-06-01T00:00:00Z"},
        liked | {"item_id": "it", "occurred_at": "2024-07-01T00:00:00Z"},
    ]
    await sent(signed_in, "POST", "/v1/events", {"events": both})
    await sent(signed_in, "POST", f"{BELIEF}/advance")

    text = await page(signed_in)

    told = {
        name: re.sub("<[^>]+>", "", row.split('<p class="about soft">')[1].split("</p>")[0])
        for row in text.split('<li class="chunk-row')[1:]
        for name in ("science fiction", "horror")
        if f">{name}<" in row
    }
    assert "since Mar 2024, last Jun 2024" in told["science fiction"]
    assert "· Jul 2024 ·" in told["horror"]
    assert "since" not in told["horror"]
