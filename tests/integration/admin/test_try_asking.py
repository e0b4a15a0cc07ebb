"""What a try costs: the language model is asked by a form of the session's own, and by no link."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import httpx
import pytest
import pytest_asyncio

from credence.app.admin.trying import trial
from credence.app.bootstrap import Application
from credence.planner.counter import Reordered, Shown
from tests.integration.admin.try_page import PAGE, SIX, browser_of, get, order_before, table
from tests.integration.app.shelf import BOOKS, believed, sent, stock

_PAYS = r'<button[^>]* formmethod="post"[^>]* name="csrf" value="([0-9a-f]+)"'


class Backwards:
    """A language model that turns every list round, and counts how often it was asked."""

    most = 20

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, shown: Shown) -> Reordered:
        self.asked += 1
        order = tuple(reversed(range(len(shown.candidates))))
        return Reordered(order=order, ranker="llm-test")


@pytest_asyncio.fixture
async def belief(client: httpx.AsyncClient) -> dict[str, Any]:
    """Ada, of whom something is believed."""
    return await believed(client)


async def test_the_model_is_asked_by_its_own_button_and_no_address_asks_it_again(
    application: Application, belief: dict[str, Any]
) -> None:
    model = Backwards()
    counter = replace(application.counter, reorder=model)
    async for browser in browser_of(application, counter):
        page = await get(browser, f"candidates={SIX}&model=on")
        assert model.asked == 0  # a link, whoever made it
        found = re.search(_PAYS, page)
        assert found is not None
        form = {"candidates": "\n".join(BOOKS), "k": "10", "csrf": found.group(1)}
        answer = await browser.post(PAGE, data=form)

    assert answer.status_code == 200
    assert model.asked == 1
    assert table(answer.text) == table(page)[::-1]
    assert "llm-test" in answer.text
    assert "place 6 by score alone" in answer.text
    addresses = re.findall(r'(?:href|hx-get)="([^"]*)"', answer.text)
    assert any("candidates=" in one for one in addresses)
    assert not any("model=" in one or "csrf=" in one for one in addresses)


@pytest.mark.parametrize("token", [{}, {"csrf": "0" * 64}])
async def test_a_form_from_elsewhere_does_not_spend(
    application: Application, belief: dict[str, Any], token: dict[str, str]
) -> None:
    model = Backwards()
    counter = replace(application.counter, reorder=model)
    async for browser in browser_of(application, counter):
        answer = await browser.post(PAGE, data={"candidates": "dune", **token})

    assert answer.status_code in (400, 403)
    assert model.asked == 0


async def test_beliefs_are_found_without_ranking_anything(
    signed_in: httpx.AsyncClient, belief: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await get(signed_in)
    finder = re.search(r'<input id="find"[^>]*hx-get="([^"]*)"', page)
    assert finder is not None

    async def ranked(*_: object) -> None:
        raise AssertionError("a search for beliefs ranked items")

    monkeypatch.setattr(trial, "recommend", ranked)
    words = belief["chunks"][1]["text"]
    answer = await signed_in.get(finder.group(1), params={"unranked": "on", "find": words})

    assert answer.status_code == 200
    assert 'id="beliefs"' in answer.text
    assert words in answer.text
    assert "Nothing is ranked yet" in answer.text


async def test_the_same_candidates_are_ranked_by_one_procedure_on_both_sides(
    signed_in: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    await stock(client)
    liked = [{"user_id": who, "item_id": "it", "action": "like"} for who in ("bob", "eva", "kim")]
    for event in liked:
        await sent(client, "PUT", f"/v1/users/{event['user_id']}", {})
    await sent(client, "POST", "/v1/events", {"events": liked})
    await sent(client, "PUT", "/v1/users/ada", {})

    named = await get(signed_in, f"candidates={SIX}&ranker=semantic")
    same = await get(signed_in, "ranker=semantic&same=on")

    assert order_before(same) == order_before(named)
