"""Lists that are narrowed in place: what they say when nothing is left, and to those who listen."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.integration.app.shelf import ada, believed

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


async def test_filters_of_the_planner_are_cleared_from_within_the_part_that_they_narrow(
    signed_in: httpx.AsyncClient,
) -> None:
    await believed(signed_in)

    narrowed = (await page(signed_in, "/planner?outcome=failed")).split('<section id="runs"')[1]

    assert "Clear the filters" in narrowed
    assert "Clear the filters" not in await page(signed_in, "/planner")
