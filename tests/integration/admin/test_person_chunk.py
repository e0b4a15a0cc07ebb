"""One chunk's page: evidence with the very words, history, chunks no longer believed."""

from __future__ import annotations

import re

import httpx

from tests.integration.app.shelf import believed, read, sent

PERSON = "/admin/t/default/people/@ada"
BELIEF = "/v1/users/ada/belief"


async def page(browser: httpx.AsyncClient, chunk_id: int, *, query: str = "") -> str:
    answer = await browser.get(f"{PERSON}/chunks/{chunk_id}{query}")
    assert answer.status_code == 200, answer.text[:2000]
    return answer.text


async def test_the_words_that_count_are_set_off_in_what_was_written(
    signed_in: httpx.AsyncClient,
) -> None:
    belief = await believed(signed_in)
    told = {}
    for chunk in belief["chunks"]:
        detail = await read(signed_in, f"{BELIEF}/chunks/{chunk['chunk_id']}")
        for piece in detail["evidence"]:
            if piece["words"] and piece["words"] in piece["event"]["text"]:
                told[chunk["chunk_id"]] = piece
    assert told

    for chunk_id, piece in told.items():
        text = await page(signed_in, chunk_id)
        assert f"<mark>{piece['words']}</mark>" in text
        sign = "+" if piece["weight"] > 0 else "−"
        assert f"{sign}{abs(piece['weight']):.2f}" in text
        assert f"counts as a {piece['direction']}" in text


async def test_words_from_elsewhere_are_told_beside_the_event(
    signed_in: httpx.AsyncClient,
) -> None:
    belief = await believed(signed_in)
    listed = [
        (chunk["chunk_id"], piece["words"])
        for chunk in belief["chunks"]
        for piece in (await read(signed_in, f"{BELIEF}/chunks/{chunk['chunk_id']}"))["evidence"]
        if piece["words"] not in piece["event"]["text"]
    ]
    assert listed

    chunk_id, words = listed[0]
    text = await page(signed_in, chunk_id)

    assert re.search(rf"Rests on: <mark><bdi[^>]*>{re.escape(words)}", text)


async def test_history_tells_each_change_and_leads_to_its_revision(
    signed_in: httpx.AsyncClient,
) -> None:
    belief = await believed(signed_in)
    chunk = belief["chunks"][0]["chunk_id"]
    await sent(signed_in, "POST", f"{BELIEF}/chunks/{chunk}/pin")

    text = await page(signed_in, chunk, query="?done=2")

    assert text.index("@ada?revision=2") < text.index("@ada?revision=1")
    assert "op correction" in text
    assert "op extraction" in text
    assert ">pinned<" in text
    assert "<strong>Revision 2</strong>" in text


async def test_a_rejected_chunk_can_still_be_read(signed_in: httpx.AsyncClient) -> None:
    belief = await believed(signed_in)
    chunk = belief["chunks"][0]["chunk_id"]
    await sent(signed_in, "POST", f"{BELIEF}/chunks/{chunk}/forget")

    text = await page(signed_in, chunk)

    assert ">rejected<" in text
    assert "now rejected" in text


async def test_a_merged_chunk_and_its_heir_name_each_other(signed_in: httpx.AsyncClient) -> None:
    belief = await believed(signed_in)
    likes = [c["chunk_id"] for c in belief["chunks"] if c["strength"] > 0]
    drop, keep = likes[:2]
    await sent(signed_in, "POST", f"{BELIEF}/chunks/{drop}/merge", {"into": keep})

    dropped, kept = await page(signed_in, drop), await page(signed_in, keep)

    assert "Merged into" in dropped
    assert f"@ada/chunks/{keep}" in dropped
    assert "Absorbed" in kept
    assert f"@ada/chunks/{drop}" in kept


async def test_hostile_words_are_text_inside_the_mark_too(signed_in: httpx.AsyncClient) -> None:
    words = "Superb world building <script>alert(1)</script> & a <b>gripping</b> story."
    await sent(signed_in, "PUT", "/v1/users/ada", {})
    told = [{"user_id": "ada", "action": "review", "rating": 5, "text": words + "x" * 9_000}]
    await sent(signed_in, "POST", "/v1/events", {"events": told * 2})
    await sent(signed_in, "POST", f"{BELIEF}/advance")
    belief = await read(signed_in, BELIEF)
    assert belief["chunks"]

    for chunk in belief["chunks"]:
        text = await page(signed_in, chunk["chunk_id"])
        assert "<script>alert" not in text
        assert "<b>gripping" not in text
        assert "&lt;b&gt;gripping" in text


async def test_a_chunk_that_never_was_is_not_found(signed_in: httpx.AsyncClient) -> None:
    await believed(signed_in)

    for number, status in ((999, 404), (0, 422), ("x", 422), (2**40, 422)):
        assert (await signed_in.get(f"{PERSON}/chunks/{number}")).status_code == status
