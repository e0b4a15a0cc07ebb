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


async def test_a_chunk_marked_wrong_is_said_to_be_believed_no_more(
    signed_in: httpx.AsyncClient,
) -> None:
    belief = await believed(signed_in)
    chunk = belief["chunks"][0]
    await sent(signed_in, "POST", f"{BELIEF}/chunks/{chunk['chunk_id']}/forget")

    text = await page(signed_in, chunk["chunk_id"])

    assert re.search(
        r"Not believed: marked wrong</strong> in <a [^>]*@ada\?revision=2\">revision 2", text
    )
    assert ">marked wrong<" in text
    assert "now marked wrong" in text
    assert 'class="card chunk-head gone"' in text
    assert ">was</span>" in text
    assert f"+{chunk['strength']:.2f} → gone" in text
    assert re.search(r"undo <a [^>]*@ada\?revision=2\">revision 2</a>, in which it went", text)
    assert "Not believed" not in await page(signed_in, belief["chunks"][1]["chunk_id"])


async def test_what_is_believed_no_more_is_struck_out_where_it_is_named(
    signed_in: httpx.AsyncClient,
) -> None:
    belief = await believed(signed_in)
    chunk = belief["chunks"][0]["chunk_id"]
    fed = rf'class="chip (\w+)" href="[^"]*/chunks/{chunk}"'
    before = (await signed_in.get(PERSON)).text
    await sent(signed_in, "POST", f"{BELIEF}/chunks/{chunk}/forget")

    after = (await signed_in.get(PERSON)).text

    assert set(re.findall(fed, before)) == {"likes"}
    assert set(re.findall(fed, after)) == {"gone"}
    row = (await signed_in.get(f"{PERSON}?status=rejected")).text
    assert re.search(r'chunk-row gone" id="chunk-\d+"', row)
    assert ">was</span>" in row


async def test_a_chunk_that_is_believed_again_was_gone_until_then(
    signed_in: httpx.AsyncClient,
) -> None:
    belief = await believed(signed_in)
    chunk = belief["chunks"][0]["chunk_id"]
    await sent(signed_in, "POST", f"{BELIEF}/chunks/{chunk}/forget")
    await sent(signed_in, "POST", "/v1/users/ada/revisions/2/undo")

    text = await page(signed_in, chunk)

    assert "gone → +" in text
    assert "now believed again" in text
    assert "Not believed" not in text


async def test_links_from_the_past_lead_to_the_chunk_as_it_was_then(
    signed_in: httpx.AsyncClient,
) -> None:
    belief = await believed(signed_in)
    chunk = belief["chunks"][0]
    address = f"{PERSON}/chunks/{chunk['chunk_id']}"
    await sent(signed_in, "PATCH", f"{BELIEF}/chunks/{chunk['chunk_id']}", {"strength": -0.5})

    past = (await signed_in.get(f"{PERSON}?revision=1&side=likes")).text
    then = (await signed_in.get(f"{address}?revision=1")).text
    now = (await signed_in.get(address)).text

    assert f'href="{address}?revision=1"' in past
    assert re.search(r'@ada\?side=likes&amp;revision=1&amp;event=\d+#event-\d+"', past)
    assert f"As of revision 1: +{chunk['strength']:.2f}" in then
    assert "−0.50" in then
    assert 'href="/admin/t/default/people/@ada?revision=1">Beliefs as of revision 1' in then
    assert re.search(r'@ada\?revision=1&amp;event=\d+#event-\d+"', then)
    assert "As of revision" not in now
    assert re.search(r'@ada\?event=\d+#event-\d+"', now)


async def test_before_it_was_learnt_a_chunk_was_not_believed(
    signed_in: httpx.AsyncClient,
) -> None:
    belief = await believed(signed_in)
    address = f"{PERSON}/chunks/{belief['chunks'][0]['chunk_id']}"

    assert "it was not believed then" in (await signed_in.get(f"{address}?revision=0")).text
    assert (await signed_in.get(f"{address}?revision=9")).status_code == 404


async def test_when_it_was_is_written_out_and_not_only_on_hover(
    signed_in: httpx.AsyncClient,
) -> None:
    belief = await believed(signed_in)

    text = await page(signed_in, belief["chunks"][0]["chunk_id"])

    assert len(re.findall(r">\d{4}-\d\d-\d\d \d\d:\d\d UTC</time>", text)) >= 4
    assert "(just now)" in text


async def test_a_strength_of_nought_is_neither_liked_nor_disliked(
    signed_in: httpx.AsyncClient,
) -> None:
    belief = await believed(signed_in)
    chunk = belief["chunks"][0]["chunk_id"]
    await sent(signed_in, "PATCH", f"{BELIEF}/chunks/{chunk}", {"strength": -0.001})

    text = await page(signed_in, chunk)
    people = (await signed_in.get("/admin/t/default/people")).text
    undecided = (await signed_in.get(f"{PERSON}?side=undecided")).text

    assert '<span class="side-of undecided">undecided on</span>' in text
    assert 'name="strength" type="number" value="0.00"' in text
    assert "-0.00" not in text
    assert re.findall(r'id="chunk-(\d+)"', undecided) == [str(chunk)]
    assert f'title="{belief["chunks"][0]["text"]}, ' not in people


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
