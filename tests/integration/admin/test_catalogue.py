"""The catalogue as admins see it: found by words and by meaning, and who has to do with an item."""

from __future__ import annotations

import html
import re
from typing import Any

import httpx
import pytest

from credence.app.bootstrap import Application
from credence.app.settings import Settings
from tests.integration.app.test_item_memory import reviews, said

CATALOGUE = "/admin/t/default/catalogue"
ITEM = f"{CATALOGUE}/item"


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None, worker=False, check_after=1)  # type: ignore[call-arg]


async def stocked(browser: httpx.AsyncClient, *items: dict[str, Any]) -> None:
    answer = await browser.post("/v1/items", json={"items": list(items)})
    assert answer.status_code == 200, answer.text


def book(item_id: str, title: str, **fields: Any) -> dict[str, Any]:
    return {"item_id": item_id, "title": title, **fields}


async def page(browser: httpx.AsyncClient, path: str, **fields: Any) -> str:
    answer = await browser.get(path, params=fields or None)
    assert answer.status_code == 200, answer.text
    return answer.text


def titles(text: str) -> list[str]:
    """What the table's first column links to, in order."""
    found = re.findall(
        r'<td class="wide"><a href="[^"]*/catalogue/item\?[^"]*"><bdi[^>]*>(.*?)</bdi>', text
    )
    return [html.unescape(one) for one in found]


BOOKS = (
    book("dune", "Dune", creators=["Frank Herbert"], categories=["science fiction"]),
    book("emma", "Emma", creators=["Jane Austen"], categories=["romance"]),
    book(
        "solaris",
        "Solaris",
        creators=["Stanisław Lem"],
        categories=["science fiction"],
        description="A living ocean on a planet under two suns; astronauts watch it.",
    ),
    book("100%_a", "One hundred percent", categories=["romance"]),
)


async def test_beginnings_of_words_are_found_in_title_creator_and_id_and_all_are_needed(
    signed_in: httpx.AsyncClient,
) -> None:
    await stocked(signed_in, *BOOKS)

    assert titles(await page(signed_in, CATALOGUE)) == [
        "One hundred percent",
        "Dune",
        "Emma",
        "Solaris",
    ]
    assert titles(await page(signed_in, CATALOGUE, q="hERBert")) == ["Dune"]
    assert titles(await page(signed_in, CATALOGUE, q="solar")) == ["Solaris"]
    assert titles(await page(signed_in, CATALOGUE, q="olaris")) == []
    assert titles(await page(signed_in, CATALOGUE, q="100%_A")) == ["One hundred percent"]
    assert titles(await page(signed_in, CATALOGUE, q="jane emma")) == ["Emma"]
    assert titles(await page(signed_in, CATALOGUE, q="jane dune")) == []
    assert titles(await page(signed_in, CATALOGUE, category="romance")) == [
        "One hundred percent",
        "Emma",
    ]


@pytest.mark.parametrize("by", ["words", "meaning"])
async def test_a_category_is_found_in_whatever_case_it_is_typed(
    signed_in: httpx.AsyncClient, by: str
) -> None:
    await stocked(signed_in, *BOOKS)

    text = await page(
        signed_in, CATALOGUE, q="e" if by == "words" else "love", by=by, category="RomanCE"
    )
    every = await page(signed_in, CATALOGUE, by=by, category="RomanCE")

    assert set(titles(every)) == {"One hundred percent", "Emma"}
    assert set(titles(text)) <= {"One hundred percent", "Emma"}
    assert 'value="romance" list="categories"' in every
    assert '<option value="romance">' in every
    assert titles(await page(signed_in, CATALOGUE, category="roman")) == []


async def test_a_percent_sign_is_no_wildcard(signed_in: httpx.AsyncClient) -> None:
    await stocked(signed_in, *BOOKS)

    assert titles(await page(signed_in, CATALOGUE, q="d%e")) == []
    assert titles(await page(signed_in, CATALOGUE, q="%")) == []


async def test_by_meaning_the_nearest_comes_first_with_how_near_it_is(
    signed_in: httpx.AsyncClient,
) -> None:
    await stocked(signed_in, *BOOKS)

    text = await page(signed_in, CATALOGUE, q="an alien ocean that astronauts study", by="meaning")
    within = await page(signed_in, CATALOGUE, q="an alien ocean", by="meaning", category="romance")

    assert titles(text)[0] == "Solaris"
    assert len(titles(text)) == 4
    near = [float(one) for one in re.findall(r'<span class="num">(-?\d\.\d\d)</span></td>', text)]
    assert near == sorted(near, reverse=True)
    assert near[0] > near[-1]
    assert set(titles(within)) == {"One hundred percent", "Emma"}


async def test_pages_follow_one_another_without_gap_or_repetition(
    signed_in: httpx.AsyncClient,
) -> None:
    await stocked(signed_in, *(book(f"b{n:03}", f"Book {n:03}") for n in range(120)))

    seen: list[str] = []
    address = f"{CATALOGUE}?q=book"
    for _ in range(10):
        text = await page(signed_in, address)
        seen += titles(text)
        further = re.search(r'href="([^"]+)" rel="next"', text)
        if further is None:
            break
        address = html.unescape(further.group(1))

    assert seen == [f"Book {n:03}" for n in range(120)]


async def test_an_item_shows_what_people_say_its_neighbours_and_who_they_are(
    signed_in: httpx.AsyncClient, application: Application
) -> None:
    await stocked(signed_in, *BOOKS)
    await said(signed_in, application, reviews("dune", people=4) + reviews("solaris", people=4))

    text = await page(signed_in, ITEM, id="dune")

    assert "world-building" in text
    assert re.search(r"Chosen by the same people.*?Solaris", text, re.S)
    assert not re.search(r"Nearest in meaning</h2>.*?<bdi class=\"said\">Dune<", text, re.S)
    people = re.findall(r"/people/@(reader-\d)\"><bdi", text)
    assert sorted(people) == ["reader-0", "reader-1", "reader-2", "reader-3"]
    assert "Superb world building, though the pacing is slow." in text
    assert re.search(r"/people/@reader-0/chunks/\d+", text)  # a belief that it fed


async def test_too_few_people_tell_nothing_of_an_item_yet_the_admin_sees_who(
    signed_in: httpx.AsyncClient, application: Application
) -> None:
    await stocked(signed_in, *BOOKS)
    await said(signed_in, application, reviews("dune", people=2))

    text = await page(signed_in, ITEM, id="dune")

    assert "Fewer than 3 people stand behind it" in text
    assert "2 have to do with it" in text
    assert "/people/@reader-1" in text


async def test_people_of_an_item_are_paged_newest_first(
    signed_in: httpx.AsyncClient, application: Application
) -> None:
    await stocked(signed_in, *BOOKS)
    rows = [
        {
            "user_id": f"reader-{n:02}",
            "item_id": "dune",
            "action": "like",
            "occurred_at": f"2026-01-{1 + n // 2:02}T00:00:00Z",  # two at a time are alike
        }
        for n in range(40)
    ]
    await said(signed_in, application, rows)

    first = await page(signed_in, ITEM, id="dune")
    further = re.search(r'href="([^"]+)" rel="next"', first)
    assert further is not None
    second = await page(signed_in, html.unescape(further.group(1)).split("#")[0])

    found = [re.findall(r"/people/@(reader-\d\d)\"", text) for text in (first, second)]
    assert [len(one) for one in found] == [25, 15]
    assert [*found[0], *found[1]] == sorted(
        (f"reader-{n:02}" for n in range(40)), key=lambda r: (-(int(r[-2:]) // 2), r)
    )


async def test_an_item_that_left_the_catalogue_still_says_who_had_to_do_with_it(
    signed_in: httpx.AsyncClient, application: Application
) -> None:
    await stocked(signed_in, *BOOKS)
    await said(signed_in, application, reviews("dune", people=1))
    assert (await signed_in.delete("/v1/items/dune")).status_code == 204

    text = await page(signed_in, ITEM, id="dune")

    assert "The catalogue has no item of this id, now" in text
    assert "/people/@reader-0" in text


async def test_an_item_of_which_nothing_is_known_is_not_found(signed_in: httpx.AsyncClient) -> None:
    answer = await signed_in.get(ITEM, params={"id": "<i>nothing</i>"})

    assert answer.status_code == 404
    assert "<i>nothing" not in answer.text


@pytest.mark.parametrize(
    "fields",
    [{"cursor": "!!"}, {"cursor": "WzFd"}, {"by": "sorcery"}, {"q": "x" * 501}],
)
async def test_what_cannot_be_read_is_refused_with_a_page(
    signed_in: httpx.AsyncClient, fields: dict[str, str]
) -> None:
    answer = await signed_in.get(CATALOGUE, params=fields)

    assert answer.status_code == 422
    assert "<h1>" in answer.text


async def test_queries_that_the_database_cannot_hold_find_nothing(
    signed_in: httpx.AsyncClient,
) -> None:
    await stocked(signed_in, *BOOKS)

    for by in ("words", "meaning"):
        answer = await signed_in.get(f"{CATALOGUE}?q=a%00b%ED%A0%80&by={by}")
        assert answer.status_code == 200


async def test_hostile_items_show_as_text(
    signed_in: httpx.AsyncClient, application: Application
) -> None:
    item_id = "a/b c?<i>&id=x#\u202e"
    attack = "<script>alert(1)</script>\u202e\"'><img src=x onerror=alert(2)>"
    await stocked(
        signed_in,
        book(
            item_id,
            attack,
            description=attack + "word " * 2_000,
            categories=[attack],
            creators=[attack],
            attributes={attack: attack, "list": [attack], "</dl>": {"a": "<b>"}},
        ),
    )
    await said(
        signed_in,
        application,
        [{"user_id": "o'<u>", "item_id": item_id, "action": "review", "text": attack * 50}],
    )

    for text in (
        await page(signed_in, CATALOGUE, q="alert(1)"),
        await page(signed_in, CATALOGUE, q=attack, by="meaning", category=attack),
        await page(signed_in, ITEM, id=item_id),
    ):
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "<b>" not in text
        assert "<u>" not in text
    listed = await page(signed_in, CATALOGUE, q="alert(1)")
    link = re.search(r'href="([^"]*/catalogue/item[^"]*)"', listed)
    assert link is not None
    followed = await page(signed_in, html.unescape(link.group(1)))
    assert (
        html.escape(attack, quote=True).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
        in followed
    )


async def test_attributes_that_are_no_text_are_shown_as_they_were_sent(
    signed_in: httpx.AsyncClient,
) -> None:
    given = {"award": {"name": "Nebula <b>&", "years": [1965, None]}, "pages": 412, "by": "Żuk"}
    await stocked(signed_in, book("dune", "Dune", attributes=given))

    shown = re.findall(r"<dd><bdi[^>]*>(.*?)</bdi></dd>", await page(signed_in, ITEM, id="dune"))

    assert [html.unescape(one) for one in shown] == [
        '{"name": "Nebula <b>&", "years": [1965, null]}',
        "Żuk",
        "412",
    ]
