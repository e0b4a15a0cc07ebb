"""Lists that are narrowed in place: what they say when nothing is left, and to those who listen."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.integration.app.shelf import ada, believed, sent

ROOT = "/admin/t/default"


async def page(browser: httpx.AsyncClient, path: str) -> str:
    answer = await browser.get(ROOT + path)
    assert answer.status_code == 200, answer.text[:2000]
    return answer.text


async def test_nobody_in_an_order_is_not_said_to_be_nobody_of_that_id(
    signed_in: httpx.AsyncClient,
) -> None:
    await ada(signed_in)

    needing = await page(signed_in, "/people?q=ad&order=attention")
    uncertain = await page(signed_in, "/people?q=ad&order=uncertain")
    nobody = await page(signed_in, "/people?q=zz")

    assert "Nobody whose id begins with that needs attention." in needing
    assert "Nobody whose id begins with that has beliefs yet." in uncertain
    assert "id begins with that</strong>" not in needing + uncertain
    assert "id begins with that</strong>" in nobody
    assert "Nobody needs attention." in await page(signed_in, "/people?order=attention")


@pytest.mark.parametrize(
    ("path", "part", "told"),
    [
        ("/people", "people", "1 person"),
        ("/planner", "runs", "1 run"),
        ("/catalogue", "items", "6 items"),
    ],
)
async def test_rows_that_change_are_summed_up_aloud_and_not_read_out(
    signed_in: httpx.AsyncClient, path: str, part: str, told: str
) -> None:
    await believed(signed_in)

    text = await page(signed_in, path)

    tag = re.search(rf'<section id="{part}"[^>]*>', text)
    assert tag is not None
    assert f'data-told="{told}"' in tag[0]
    assert "aria-live" not in tag[0]
    assert re.search(r'id="told" role="status"', text)


async def test_a_narrowed_list_says_how_many_are_shown_and_how_many_there_are(
    signed_in: httpx.AsyncClient,
) -> None:
    await believed(signed_in)
    await sent(signed_in, "PUT", "/v1/users/bob", {})

    text = await page(signed_in, "/people?q=ad")

    assert "2 people in all" in text
    assert re.search(r"1 with ids that begin with <bdi[^>]*>ad</bdi>", text)


async def test_a_belief_is_named_in_full_beside_its_figure(signed_in: httpx.AsyncClient) -> None:
    belief = await believed(signed_in)
    first = belief["chunks"][0]

    text = await page(signed_in, "/people")

    figure = f"+{first['strength']:.2f}"
    assert f'title="{first["text"]}, {figure}"' in text
    assert f">{figure}</span><bdi" in text


async def test_what_is_contested_leads_to_the_very_beliefs(signed_in: httpx.AsyncClient) -> None:
    for both in ("like", "dislike"):
        told = {"item_id": "it", "action": both}
        await ada(signed_in)
        await sent(signed_in, "POST", "/v1/events", {"events": [{"user_id": "ada", **told}] * 3})
    await sent(signed_in, "POST", "/v1/users/ada/belief/advance")

    people = await page(signed_in, "/people?order=attention")
    chip = re.search(r'href="([^"#]*side=contested)#tier-preferences"[^>]*>(\d) contested<', people)
    assert chip is not None
    narrowed = (await signed_in.get(chip[1])).text

    assert narrowed.count('class="chunk-row"') == int(chip[2]) > 0
    assert narrowed.count(">contested<") == int(chip[2])
    assert "Those with failed runs first" in people


async def test_filters_of_the_planner_are_cleared_from_within_the_part_that_they_narrow(
    signed_in: httpx.AsyncClient,
) -> None:
    await believed(signed_in)

    narrowed = (await page(signed_in, "/planner?outcome=failed")).split('<section id="runs"')[1]

    assert "Clear the filters" in narrowed
    assert "Clear the filters" not in await page(signed_in, "/planner")
