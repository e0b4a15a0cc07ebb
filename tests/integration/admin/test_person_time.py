"""The page of movement: the picture's data, the list of revisions, versions of the profile."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import httpx

from tests.integration.admin.test_person_beliefs import twice
from tests.integration.app.shelf import ada, believed, read, sent

PAGE = "/admin/t/default/people/@ada/time"
BELIEF = "/v1/users/ada/belief"


async def page(browser: httpx.AsyncClient, query: str = "") -> str:
    answer = await browser.get(PAGE + query)
    assert answer.status_code == 200, answer.text[:2000]
    return answer.text


def chart(text: str) -> dict[str, Any]:
    found = re.search(r'data-chart="([^"]*)"', text)
    assert found is not None
    data: dict[str, Any] = json.loads(html.unescape(found.group(1)))
    return data


async def test_the_picture_shows_each_belief_at_each_revision(
    signed_in: httpx.AsyncClient,
) -> None:
    first, second = await twice(signed_in)

    text = await page(signed_in)
    data = chart(text)

    assert data["revisions"] == [1, 2]
    by_id = {chunk["id"]: chunk["values"] for chunk in data["chunks"]}
    assert by_id.keys() == {chunk["chunk_id"] for chunk in second["chunks"]}
    known_first = {chunk["chunk_id"] for chunk in first["chunks"]}
    assert {i for i, values in by_id.items() if values[0] is None} == by_id.keys() - known_first
    past = await read(signed_in, f"{BELIEF}?revision=1")
    for chunk in past["chunks"]:
        if chunk["chunk_id"] in by_id:
            assert by_id[chunk["chunk_id"]][0] == round(chunk["strength"], 3)
    assert "The same in figures" in text
    assert chart(await page(signed_in, "?picture=lines"))["kind"] == "lines"


async def test_the_picture_takes_hostile_words_as_data(signed_in: httpx.AsyncClient) -> None:
    belief = await believed(signed_in)
    chunk = belief["chunks"][0]["chunk_id"]
    hostile = '"></div><script>alert(1)</script>'
    await sent(signed_in, "PATCH", f"{BELIEF}/chunks/{chunk}", {"text": hostile})

    text = await page(signed_in)

    assert "<script>alert" not in text
    assert any(hostile in one["name"] for one in chart(text)["chunks"])


async def test_revisions_are_listed_a_page_at_a_time(signed_in: httpx.AsyncClient) -> None:
    belief = await believed(signed_in)
    chunk = belief["chunks"][0]["chunk_id"]
    for i in range(27):
        act = "unpin" if i % 2 else "pin"
        await sent(signed_in, "POST", f"{BELIEF}/chunks/{chunk}/{act}")

    seen: list[int] = []
    address: str | None = PAGE
    while address is not None:
        text = (await signed_in.get(address)).text
        seen += [int(n) for n in re.findall(r'data-label="Revision"><a [^>]*>(\d+)<', text)]
        following = re.search(r'href="([^"]+)" rel="next"', text)
        address = html.unescape(following.group(1)) if following else None

    assert seen == list(range(28, 0, -1))


async def test_two_versions_of_the_profile_are_compared_word_by_word(
    signed_in: httpx.AsyncClient,
) -> None:
    await twice(signed_in)
    belief = await read(signed_in, BELIEF)
    if belief["profile"] is None:  # too little for a profile: make one by acting
        await sent(signed_in, "POST", f"{BELIEF}/chunks/1/pin")
    one = belief["chunks"][0]["chunk_id"]
    await sent(signed_in, "POST", f"{BELIEF}/chunks/{one}/forget")
    now = await read(signed_in, BELIEF)
    assert now["profile"] is not None
    version = now["profile"]["version"]

    latest = await page(signed_in)
    whole = await page(signed_in, f"?before=0&after={version}")

    assert "<del>" in latest.split('id="versions"')[1].split("compared")[1]
    compared = whole.split('class="compared"')[1]
    assert "<del>" not in compared
    assert (
        html.unescape(re.findall(r"<ins>(.*?)</ins>", compared, re.DOTALL)[0])
        == (now["profile"]["narrative"])
    )
    assert "There is no such version" in await page(signed_in, "?after=4000")


async def test_without_revisions_the_page_says_that_nothing_moved(
    signed_in: httpx.AsyncClient,
) -> None:
    await ada(signed_in)

    text = await page(signed_in)

    assert "data-chart" not in text
    assert "Nothing has moved yet" in text
    assert "No revisions" in text
    assert "No profile yet" in text
