"""A form made from an older state is refused with the newer one shown; nothing is overwritten."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from credence.app import corrections
from credence.app.bootstrap import Application
from credence.memory.model import Person
from tests.integration.admin.test_acts import ADA, BELIEF, last_revision, likes, press, the_chunk
from tests.integration.app.shelf import read, sent
from tests.integration.app.test_undoing import rejected_and_answered


async def test_what_happened_since_is_shown_and_the_act_can_be_done_on_it(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str
) -> None:
    chunk_id = (await likes(client))[0]["chunk_id"]
    theirs = {"actor": "support:bob", "reason": "said by phone", "text": "warm worlds"}
    await sent(client, "PATCH", f"{BELIEF}/chunks/{chunk_id}", theirs)
    await sent(client, "POST", f"{BELIEF}/chunks/{chunk_id}/pin", {"actor": "support:bob"})

    mine = {"text": "cold worlds", "category": "setting"}
    refused = await press(signed_in, csrf, f"/chunks/{chunk_id}/reword", knew=1, **mine)
    kept = await the_chunk(client, chunk_id)
    again = await press(signed_in, csrf, f"/chunks/{chunk_id}/reword", knew=3, **mine)

    assert refused.status_code == 409
    for told in (
        "made from revision 1; now it is revision 3",
        "support:bob",
        "said by phone",
        "warm worlds",
        'value="cold worlds"',
        'value="asked by mail"',
        'name="if_revision" value="3"',
    ):
        assert told in refused.text
    assert (kept["text"], kept["pinned"]) == ("warm worlds", True)
    assert again.status_code == 303
    assert (await the_chunk(client, chunk_id))["text"] == "cold worlds"


async def test_of_a_belief_that_went_meanwhile_nothing_can_be_asked(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str
) -> None:
    keep, drop = (chunk["chunk_id"] for chunk in (await likes(client))[:2])
    await sent(client, "POST", f"{BELIEF}/chunks/{drop}/merge", {"into": keep})

    stale = await press(signed_in, csrf, f"/chunks/{drop}/strength", strength="0.5")
    gone = await press(signed_in, csrf, f"/chunks/{drop}/strength", knew=2, strength="0.5")

    for refused in (stale, gone):
        assert refused.status_code == 409
        assert "It is no longer believed" in refused.text
        assert 'name="if_revision"' not in refused.text
    assert (await read(client, BELIEF))["revision"] == 2


async def test_a_stale_undo_is_refused_and_so_is_one_that_later_revisions_rest_on(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str
) -> None:
    chunk_id = (await likes(client))[0]["chunk_id"]
    await sent(client, "POST", f"{BELIEF}/chunks/{chunk_id}/pin", {"actor": "support:bob"})

    stale = await press(signed_in, csrf, "/revisions/1/undo", knew=1)
    resting = await press(signed_in, csrf, "/revisions/1/undo", knew=2)

    assert (stale.status_code, resting.status_code) == (409, 409)
    assert "The belief has moved on" in stale.text
    assert "support:bob" in stale.text
    assert "cannot be undone alone" in resting.text
    assert f'@ada/chunks/{chunk_id}">' in resting.text
    assert '@ada?revision=2">revision 2</a> by' in resting.text
    assert f"chunk {chunk_id}" not in resting.text
    assert "Undo it" not in stale.text + resting.text  # it could only fail again
    assert (await read(client, BELIEF))["revision"] == 2


async def test_an_undo_that_would_bring_back_the_opposite_of_a_belief_names_the_belief(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str
) -> None:
    _, opposite = await rejected_and_answered(client)

    refused = await press(signed_in, csrf, "/revisions/2/undo", knew=3)

    assert refused.status_code == 409
    assert "The opposite is believed by now" in refused.text
    assert f'@ada/chunks/{opposite}">' in refused.text
    assert "while the opposite is believed" in refused.text
    assert "Undo it" not in refused.text
    assert "later revisions" not in refused.text
    assert (await read(client, BELIEF))["revision"] == 3


async def test_many_revisions_since_are_told_in_part(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str
) -> None:
    chunk_id = (await likes(client))[0]["chunk_id"]
    for _ in range(12):
        for act in ("pin", "unpin"):
            await sent(client, "POST", f"{BELIEF}/chunks/{chunk_id}/{act}")

    refused = await press(signed_in, csrf, f"/chunks/{chunk_id}/pin", knew=1)

    assert "4 revisions before these are not shown." in refused.text
    assert refused.text.count('data-label="Revision"') == 20


async def test_while_the_planner_is_at_work_one_is_asked_to_try_again(
    client: httpx.AsyncClient,
    signed_in: httpx.AsyncClient,
    csrf: str,
    application: Application,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chunk_id = (await likes(client))[0]["chunk_id"]
    monkeypatch.setattr(corrections, "WAIT", timedelta(seconds=0.1))
    monkeypatch.setattr("credence.app.admin.acts.routes.WAIT", timedelta(seconds=0.1))
    leases = application.worker.leases

    async with leases.holding(Person("default", "ada"), wait=timedelta(0)):
        busy = await press(signed_in, csrf, f"/chunks/{chunk_id}/strength", strength="0.25")
        undo = await press(signed_in, csrf, "/revisions/1/undo")
        run = await press(signed_in, csrf, "/advance")
    after = await press(signed_in, csrf, f"/chunks/{chunk_id}/strength", strength="0.25")

    for refused in (busy, undo, run):
        assert refused.status_code == 409
        assert "The planner is at work on this person" in refused.text
    assert 'value="0.25"' in busy.text
    assert 'name="if_revision" value="1"' in busy.text
    assert after.status_code == 303
    assert (await last_revision(client))["revision"] == 2


async def test_an_act_that_comes_after_the_person_was_erased_finds_nobody(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str
) -> None:
    await likes(client)
    assert (await signed_in.get(f"{ADA}/chunks/1")).status_code == 200
    await sent(client, "DELETE", "/v1/users/ada")

    assert (await press(signed_in, csrf, "/chunks/1/pin")).status_code == 404
