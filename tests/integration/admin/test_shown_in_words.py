"""The page of a list where language models say in words why an item is on it."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
import pytest_asyncio

from credence.app.admin.system.facts import words
from credence.app.bootstrap import Application, assemble
from credence.app.causal_ranker import CausalRanker
from credence.app.settings import Settings
from credence.inference.encoder import SentenceEncoder
from credence.inference.errors import NoAnswer
from tests.integration.admin.test_shown_lists import WHOSE, get, shown
from tests.integration.admin.try_page import everything
from tests.integration.app.shelf import sent
from tests.unit.app.test_causal_ranker import Lists
from tests.unit.app.test_causal_teller import Texts, a_teller

SAID = 'You like "deserts" & sand.'


@pytest.fixture
def texts() -> Texts:
    made = Texts(text=SAID)
    made.gate.set()
    return made


@pytest_asyncio.fixture
async def application(
    settings: Settings, database: str, encoder: SentenceEncoder, texts: Texts
) -> AsyncIterator[Application]:
    lists = Lists()
    lists.gate.set()
    models = CausalRanker(
        lists, name="tiny-labels-1", most=20, seconds=60, rise=5, teller=a_teller(texts)
    )
    made = assemble(settings, database, encoder, language_ranker=models)
    yield made
    await made.close()


async def asked(
    browser: httpx.AsyncClient, made: dict[str, Any], *, csrf: str, item: str
) -> httpx.Response:
    address = f"{WHOSE}/lists/{made['impression_id']}/explanation"
    return await browser.post(address, data={"csrf": csrf, "item": item})


def place(page: str, title: str) -> str:
    """What the page tells of one item."""
    items = page.split('<ol class="plain lines shown">')[1].partition("</ol>")[0]
    (found,) = [one for one in items.split("</li>") if f">{title}<" in one]
    return found


async def test_an_item_is_explained_in_its_place_and_nothing_is_kept(
    *,
    signed_in: httpx.AsyncClient,
    client: httpx.AsyncClient,
    application: Application,
    csrf: str,
    belief: dict[str, Any],
) -> None:
    made = await shown(client, instruction="a frozen world")
    before = await everything(application)
    page = await get(signed_in, f"/lists/{made['impression_id']}")

    answer = await asked(signed_in, made, csrf=csrf, item="emma")

    assert page.count("Explain in words") == 6
    assert answer.status_code == 200
    emma = html.unescape(place(answer.text, "Emma"))
    assert emma.count(SAID) == 2  # read, and said aloud
    assert "tiny-explanation-1" in emma
    assert "may be wrong" in emma
    assert f"revision {belief['revision']}" in emma
    assert "films 75%, books 25%" in re.sub("<[^>]+>", "", emma)
    assert "the complement's share is 40%" in emma
    assert html.unescape(answer.text).count(SAID) == 2
    assert await everything(application) == before
    assert SAID not in html.unescape(await get(signed_in, f"/lists/{made['impression_id']}"))


async def test_a_models_text_is_text(
    *, signed_in: httpx.AsyncClient, client: httpx.AsyncClient, texts: Texts, csrf: str, belief: Any
) -> None:
    texts.text = '<img src=x onerror="attack()">"> {{ 7 * 7 }}'
    made = await shown(client)

    answer = await asked(signed_in, made, csrf=csrf, item="dune")

    assert "7 * 7" in answer.text
    assert "<img" not in answer.text


@pytest.mark.parametrize(
    ("fails", "says"),
    [
        (NoAnswer("they ended their text before the first word"), "before the first word"),
        (RuntimeError("secret of a device"), "RuntimeError"),
    ],
)
async def test_models_that_found_nothing_are_said_to_have(
    *,
    signed_in: httpx.AsyncClient,
    client: httpx.AsyncClient,
    texts: Texts,
    csrf: str,
    belief: Any,
    fails: Exception,
    says: str,
) -> None:
    made = await shown(client)
    texts.fails = fails

    answer = await asked(signed_in, made, csrf=csrf, item="dune")

    assert answer.status_code == 503
    dune = place(answer.text, "Dune")
    assert "No explanation." in dune
    assert says in dune
    assert "<code>credence doctor</code>" in dune
    assert "/try?" in dune  # what there is instead
    assert "secret" not in answer.text
    assert answer.text.count("Explain in words") == 6


@pytest.mark.parametrize("fails", [None, NoAnswer("they ended their text")])
async def test_no_link_is_beside_an_explanation_of_a_wish_that_is_too_long_to_try(
    *,
    signed_in: httpx.AsyncClient,
    client: httpx.AsyncClient,
    texts: Texts,
    csrf: str,
    belief: Any,
    fails: Exception | None,
) -> None:
    made = await shown(client, instruction="a frozen world".ljust(2_001, "!"))
    texts.fails = fails

    answer = await asked(signed_in, made, csrf=csrf, item="dune")

    dune = place(answer.text, "Dune")
    assert ("No explanation." in dune) == (fails is not None)
    assert "What moves the item" not in dune
    assert 'href="None' not in answer.text


async def test_models_that_are_late_are_said_to_be(
    *,
    signed_in: httpx.AsyncClient,
    client: httpx.AsyncClient,
    application: Application,
    texts: Texts,
    csrf: str,
    belief: Any,
) -> None:
    made = await shown(client)
    assert application.language_ranker is not None
    teller = application.language_ranker.teller
    assert teller is not None
    application.language_ranker.teller = replace(teller, seconds=0.001)
    texts.gate.clear()

    answer = await asked(signed_in, made, csrf=csrf, item="dune")

    assert answer.status_code == 503
    assert "longer than CREDENCE_CAUSAL_SECONDS" in place(answer.text, "Dune")


async def test_only_a_form_of_the_session_about_an_item_of_the_persons_list_is_answered(
    *, signed_in: httpx.AsyncClient, client: httpx.AsyncClient, texts: Texts, csrf: str, belief: Any
) -> None:
    await sent(client, "PUT", "/v1/users/bob", {})
    made = await shown(client, candidates=["dune", "it"])
    of_bob = await shown(client, user_id="bob")
    await sent(client, "DELETE", "/v1/items/it")

    page = await get(signed_in, f"/lists/{made['impression_id']}")
    foreign = await asked(signed_in, made, csrf="0", item="dune")
    other = await asked(signed_in, made, csrf=csrf, item="emma")
    gone = await asked(signed_in, made, csrf=csrf, item="it")
    bobs = await asked(signed_in, of_bob, csrf=csrf, item="dune")
    address = f"{WHOSE}/lists/{made['impression_id']}"
    looked = await signed_in.get(f"{address}/explanation")

    assert page.count("Explain in words") == 1  # not of what was deleted
    assert [one.status_code for one in (foreign, other, gone, bobs)] == [403, 404, 404, 404]
    assert "That item is not on this list" in other.text
    assert (looked.status_code, looked.headers["location"]) == (303, address)
    assert texts.heard == []


async def test_the_system_page_says_who_writes_explanations(
    signed_in: httpx.AsyncClient, application: Application
) -> None:
    page = (await signed_in.get("/admin/t/default/system")).text

    who = words(application)
    assert who is not None
    assert (who.model, who.place, who.tokens) == ("tiny-explanation-1", None, 80)
    assert re.search(r"<td>explanations</td>\s*<td><bdi[^>]*>tiny-explanation-1</bdi></td>", page)
    assert "in 80 tokens at most" in page


async def test_a_try_says_that_the_models_have_the_last_word_and_cost_nothing(
    signed_in: httpx.AsyncClient, csrf: str, belief: Any
) -> None:
    alone = await get(signed_in, "/try")
    answer = await signed_in.post(f"{WHOSE}/try", data={"csrf": csrf})

    assert "Without the language model" in alone
    assert "Without the language model" not in answer.text
    assert "tiny-labels-1" in answer.text
    assert "costs money" not in alone + answer.text
    assert "but what the language model cost" not in answer.text
