"""Each act through its form: in the ledger with who and why, and respected by later runs."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.integration.app.shelf import READING, believed, read, sent

BELIEF = "/v1/users/ada/belief"
ADA = "/admin/t/default/people/@ada"
HOSTILE = "<script>alert(1)</script> \u202etxt.exe <b>\"'"


async def press(
    browser: httpx.AsyncClient, csrf: str, rest: str, knew: int | str = 1, **fields: str
) -> httpx.Response:
    """Send one of Ada's forms."""
    form = {"csrf": csrf, "if_revision": str(knew), "reason": "asked by mail", **fields}
    return await browser.post(f"{ADA}{rest}", data=form)


async def learn_on(client: httpx.AsyncClient) -> None:
    """More of the same events, and a planner run over them."""
    await sent(client, "POST", "/v1/events", {"events": READING})
    await sent(client, "POST", f"{BELIEF}/advance")


async def last_revision(client: httpx.AsyncClient) -> dict[str, Any]:
    history = await read(client, f"{BELIEF}/history")
    found: dict[str, Any] = history["revisions"][0]
    return found


async def the_chunk(client: httpx.AsyncClient, chunk_id: int) -> dict[str, Any]:
    found: dict[str, Any] = (await read(client, f"{BELIEF}/chunks/{chunk_id}"))["chunk"]
    return found


async def likes(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    """Ada's likes after one run, strongest first."""
    return [chunk for chunk in (await believed(client))["chunks"] if chunk["strength"] > 0]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("pin", {}),
        ("reword", {"text": "far worlds", "category": "setting"}),
        ("strength", {"strength": "-0.5"}),
        ("forget", {}),
        ("reject", {}),
    ],
)
async def test_an_act_is_a_revision_with_who_and_why_and_can_be_undone(
    client: httpx.AsyncClient,
    signed_in: httpx.AsyncClient,
    csrf: str,
    kind: str,
    fields: dict[str, str],
) -> None:
    first = (await likes(client))[0]
    chunk_id = first["chunk_id"]

    done = await press(signed_in, csrf, f"/chunks/{chunk_id}/{kind}", **fields)
    made = await last_revision(client)
    undone = await press(signed_in, csrf, "/revisions/2/undo", knew=2)
    unmade = await last_revision(client)

    assert done.status_code == undone.status_code == 303
    assert done.headers["location"].endswith("done=2")
    assert (made["revision"], made["actor"], made["reason"]) == (2, "admin:eve", "asked by mail")
    assert chunk_id in {change["chunk_id"] for change in made["changes"]}
    assert (unmade["revision"], unmade["undoes"], unmade["actor"]) == (3, 2, "admin:eve")
    back = await the_chunk(client, chunk_id)
    same = ("text", "category", "pinned", "edited", "status")
    assert {k: back[k] for k in same} == {k: first[k] for k in same}
    assert back["strength"] == pytest.approx(first["strength"], abs=1e-3)


async def test_a_pin_holds_and_is_taken_off_by_its_form(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str
) -> None:
    chunk_id = (await likes(client))[0]["chunk_id"]

    await press(signed_in, csrf, f"/chunks/{chunk_id}/pin")
    await learn_on(client)
    held = await the_chunk(client, chunk_id)
    again = await press(signed_in, csrf, f"/chunks/{chunk_id}/pin", knew=3)
    page = await signed_in.get(again.headers["location"])
    await press(signed_in, csrf, f"/chunks/{chunk_id}/unpin", knew=3)

    assert held["pinned"]
    assert again.headers["location"].endswith("?same=1")
    assert "Nothing was changed" in page.text
    assert not (await the_chunk(client, chunk_id))["pinned"]
    assert (await last_revision(client))["revision"] == 4


async def test_the_words_that_it_has_are_no_act(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str
) -> None:
    first = (await likes(client))[0]
    same = {"text": f" {first['text']} ", "category": first["category"]}

    said = await press(signed_in, csrf, f"/chunks/{first['chunk_id']}/reword", **same)

    assert said.headers["location"].endswith("?same=1")
    assert not (await the_chunk(client, first["chunk_id"]))["edited"]
    assert (await last_revision(client))["revision"] == 1


async def test_what_was_done_is_told_with_the_belief_and_a_way_back(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str
) -> None:
    first = (await likes(client))[0]

    done = await press(signed_in, csrf, f"/chunks/{first['chunk_id']}/reject")
    page = (await signed_in.get(done.headers["location"])).text

    note = page[page.index('class="note ok"') : page.index('id="belief"')]
    assert "Revision 2" in note
    assert f"/chunks/{first['chunk_id']}" in note
    assert first["text"] in note
    assert "marked wrong" in note
    assert "/revisions/2/undo" in note
    assert 'id="made-2-reason"' in note
    assert 'id="undo-2-reason"' in page


@pytest.mark.parametrize(
    ("form", "page"),
    [
        ("/chunks/1/pin", "/chunks/1#acts"),
        ("/revisions/1/undo", "?revision=1"),
        ("/advance", "/data"),
        ("/erase", "/data"),
    ],
)
async def test_the_address_of_a_form_leads_to_the_page_of_the_form(
    signed_in: httpx.AsyncClient, client: httpx.AsyncClient, form: str, page: str
) -> None:
    await believed(client)

    loaded = await signed_in.get(f"{ADA}{form}")

    assert (loaded.status_code, loaded.headers["location"]) == (303, f"{ADA}{page}")


async def test_new_words_are_kept_by_later_runs(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str
) -> None:
    chunk_id = (await likes(client))[0]["chunk_id"]

    await press(
        signed_in, csrf, f"/chunks/{chunk_id}/reword", text="far worlds", category="setting"
    )
    await learn_on(client)

    now = await the_chunk(client, chunk_id)
    assert (now["text"], now["category"], now["edited"]) == ("far worlds", "setting", True)


async def test_a_strength_is_set(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str
) -> None:
    chunk_id = (await likes(client))[0]["chunk_id"]

    await press(signed_in, csrf, f"/chunks/{chunk_id}/strength", strength="-0.90")

    assert (await the_chunk(client, chunk_id))["strength"] == pytest.approx(-0.9, abs=1e-3)


async def test_what_is_marked_wrong_is_never_learnt_again(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str
) -> None:
    first = (await likes(client))[0]

    await press(signed_in, csrf, f"/chunks/{first['chunk_id']}/reject")
    await learn_on(client)

    assert (await the_chunk(client, first["chunk_id"]))["status"] == "rejected"
    assert first["text"] not in {c["text"] for c in (await read(client, BELIEF))["chunks"]}


async def test_what_is_forgotten_may_be_learnt_again(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str
) -> None:
    first = (await likes(client))[0]

    await press(signed_in, csrf, f"/chunks/{first['chunk_id']}/forget")
    without = {c["text"] for c in (await read(client, BELIEF))["chunks"]}
    gone = await the_chunk(client, first["chunk_id"])
    await learn_on(client)

    assert first["text"] not in without
    assert gone["status"] == "forgotten"
    assert first["text"] in {c["text"] for c in (await read(client, BELIEF))["chunks"]}


async def test_one_like_joins_another_and_an_undo_parts_them(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str
) -> None:
    keep, drop = (chunk["chunk_id"] for chunk in (await likes(client))[:2])

    done = await press(signed_in, csrf, f"/chunks/{drop}/merge", into=str(keep))
    gone = await the_chunk(client, drop)
    await press(signed_in, csrf, "/revisions/2/undo", knew=2)

    assert done.headers["location"] == f"{ADA}/chunks/{keep}?done=2"
    assert (gone["status"], gone["merged_into"]) == ("merged", keep)
    assert (await the_chunk(client, drop))["status"] == "active"


async def test_a_like_and_a_dislike_cannot_become_one(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str
) -> None:
    chunks = (await believed(client))["chunks"]
    like = next(c["chunk_id"] for c in chunks if c["strength"] > 0)
    dislike = next(c["chunk_id"] for c in chunks if c["strength"] < 0)

    refused = await press(signed_in, csrf, f"/chunks/{dislike}/merge", into=str(like))

    assert refused.status_code == 409
    assert "These two cannot become one" in refused.text
    assert 'value="asked by mail"' in refused.text
    assert f'<option value="{like}"' not in refused.text
    assert (await read(client, BELIEF))["revision"] == 1


async def test_a_number_that_is_read_leniently_leads_where_the_act_did(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str
) -> None:
    one, other, *_ = [chunk["chunk_id"] for chunk in await likes(client)]

    done = await press(signed_in, csrf, f"/chunks/{one}/merge", into=f"{other}.0")

    assert done.status_code == 303
    assert done.headers["location"].endswith(f"/chunks/{other}?done=2")


@pytest.mark.parametrize(
    "rest", ["/chunks/1/pin", "/chunks/1/reject", "/revisions/1/undo", "/advance", "/erase"]
)
@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
async def test_a_form_of_another_session_changes_nothing(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, rest: str, token: str
) -> None:
    await believed(client)
    await sent(client, "POST", "/v1/events", {"events": READING})

    refused = await press(signed_in, token, rest, confirm="ada")

    assert refused.status_code == 403
    belief = await read(client, BELIEF)
    assert (belief["revision"], belief["pending"]) == (1, 3)


async def test_hostile_words_and_reasons_show_as_text(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str
) -> None:
    chunk_id = (await likes(client))[0]["chunk_id"]

    typed = {"text": HOSTILE, "reason": HOSTILE}
    where = f"/chunks/{chunk_id}/reword"
    refused = await press(signed_in, csrf, where, **typed, category=HOSTILE)
    done = await press(signed_in, csrf, where, **typed, category="setting")
    stale = await press(signed_in, csrf, where, text=HOSTILE, category="x")
    page = await signed_in.get(done.headers["location"])

    assert (await the_chunk(client, chunk_id))["text"] == HOSTILE
    assert (await last_revision(client))["reason"] == HOSTILE
    for shown in (refused, stale, page):
        assert "<script>alert" not in shown.text
        assert "&lt;script&gt;alert(1)" in shown.text


@pytest.mark.parametrize(
    ("kind", "fields", "told"),
    [
        ("reword", {"text": "  ", "category": "x"}, "Give 1 to 200 characters."),
        ("reword", {"text": "kept" * 2_500, "category": "x"}, "Give 1 to 200 characters."),
        ("reword", {"text": "a\0b", "category": "x"}, "Give 1 to 200 characters."),
        ("reword", {"text": "kept", "category": "genr"}, "Give one of"),
        ("reword", {"text": "hates tea", "category": "x"}, "Give the topic alone"),
        ("strength", {"strength": "1"}, "Give a number from"),
        ("strength", {"strength": "nan"}, "Give a number from"),
        ("strength", {}, "Give a number from"),
        ("merge", {"into": ""}, "Choose the belief that is to stay."),
        ("pin", {"reason": "y" * 201}, "Give at most 200 characters."),
        ("pin", {"if_revision": "soon"}, "did not say which revision"),
    ],
)
async def test_what_was_mistyped_is_kept_and_told(  # noqa: PLR0917
    client: httpx.AsyncClient,
    signed_in: httpx.AsyncClient,
    csrf: str,
    kind: str,
    fields: dict[str, str],
    told: str,
) -> None:
    await believed(client)

    refused = await press(signed_in, csrf, f"/chunks/1/{kind}", **fields)

    assert refused.status_code == 422
    assert told in refused.text
    assert 'value="asked by mail"' in refused.text or "reason" in fields
    for name, typed in fields.items():
        assert name == "if_revision" or "\0" in typed or f'value="{typed}"' in refused.text
    assert (await read(client, BELIEF))["revision"] == 1


async def test_an_unknown_chunk_revision_or_person_is_not_found(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str
) -> None:
    await believed(client)

    for rest in ("/chunks/99/pin", "/chunks/99/reword", "/revisions/9/undo"):
        assert (await press(signed_in, csrf, rest)).status_code == 404
    await sent(client, "DELETE", "/v1/users/ada")
    assert (await press(signed_in, csrf, "/chunks/1/pin")).status_code == 404
