"""Correcting, undoing, exporting and erasing, each as a person would, on a person of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Served
from tests.e2e.places import person
from tests.e2e.world import Somebody


def _belief(served: Served, who: Somebody) -> dict[str, Any]:
    address = f"{served.url}/v1/users/{who.user_id}/belief"
    belief: dict[str, Any] = httpx.get(address, timeout=30).json()
    return belief


def _last(served: Served, who: Somebody) -> dict[str, Any]:
    address = f"{served.url}/v1/users/{who.user_id}/belief/history?limit=1"
    revision: dict[str, Any] = httpx.get(address, timeout=30).json()["revisions"][0]
    return revision


def _act(page: Page, title: str, *, why: str) -> Any:
    """Open an act on the page of a belief, and give the reason."""
    act = page.locator("details.act").filter(
        has=page.locator("summary .strong").get_by_text(title, exact=True)
    )
    act.locator("summary").click()
    act.get_by_label("Why?").fill(why)
    return act


@pytest.mark.parametrize(
    ("title", "button", "field", "value", "outcome"),
    [
        ("Pin", "Pin it", None, None, ("pinned", True)),
        ("Reword", "Save the words", "Words", "worlds of ice", ("text", "worlds of ice")),
        ("Set strength", "Set it", "Strength, from", "-0.8", ("edited", True)),
        ("Forget", "Forget it", None, None, ("status", "forgotten")),
        ("Mark wrong", "It is wrong", None, None, ("status", "rejected")),
    ],
)
def test_an_act_is_done_recorded_and_undone(
    *,
    title: str,
    button: str,
    field: str | None,
    value: str | None,
    outcome: tuple[str, object],
    opened: Callable[..., Page],
    subject: Somebody,
    served: Served,
) -> None:
    chunk = f"/v1/users/{subject.user_id}/belief/chunks/{subject.chunk_id}"
    before = httpx.get(served.url + chunk, timeout=30).json()["chunk"]
    page = opened(person(subject.user_id, f"/chunks/{subject.chunk_id}"))
    act = _act(page, title, why=f"asked by mail: {title}")
    if field and value:
        act.get_by_label(field).first.fill(value)

    act.get_by_role("button", name=button).click()

    expect(page.locator("main .note[role=status]").first).to_contain_text(f"asked by mail: {title}")
    revision = _last(served, subject)
    assert (revision["actor"], revision["reason"]) == ("admin:eve", f"asked by mail: {title}")
    after = httpx.get(served.url + chunk, timeout=30).json()["chunk"]
    assert after[outcome[0]] == outcome[1]

    page.goto(person(subject.user_id))
    page.locator("details.undo > summary").first.click()
    page.get_by_role("button", name=f"Undo revision {revision['revision']}").click()
    expect(page.locator("main .note[role=status]").first).to_be_visible()
    undone = httpx.get(served.url + chunk, timeout=30).json()["chunk"]
    assert _last(served, subject)["undoes"] == revision["revision"]
    assert undone[outcome[0]] == before[outcome[0]]


def test_two_beliefs_become_one(
    opened: Callable[..., Page], subject: Somebody, served: Served
) -> None:
    page = opened(person(subject.user_id, f"/chunks/{subject.chunk_id}"))
    act = _act(page, "Merge", why="the same thing")
    choice = act.get_by_label("The belief that stays")
    into = choice.locator("option").nth(1).get_attribute("value")
    choice.select_option(into)
    act.get_by_role("button", name="Merge them").click()

    expect(page).to_have_url(re.compile(f"/chunks/{into}"))
    assert subject.chunk_id not in {c["chunk_id"] for c in _belief(served, subject)["chunks"]}


def test_a_form_that_was_overtaken_shows_what_happened_and_can_be_sent_again(
    opened: Callable[..., Page], subject: Somebody, served: Served
) -> None:
    address = person(subject.user_id, f"/chunks/{subject.chunk_id}")
    mine, theirs = opened(address), opened(address)
    _act(theirs, "Pin", why="they were first").get_by_role("button", name="Pin it").click()
    expect(theirs.locator("main .note[role=status]").first).to_contain_text("they were first")

    act = _act(mine, "Reword", why="I was second")
    act.get_by_label("Words").fill("words of mine")
    act.get_by_role("button", name="Save the words").click()

    expect(mine.get_by_role("heading", name="Since you opened the page")).to_be_visible()
    expect(mine.locator("main")).to_contain_text("they were first")
    assert "words of mine" not in {c["text"] for c in _belief(served, subject)["chunks"]}
    mine.get_by_role("button", name=re.compile("Save the words")).click()
    expect(mine.locator("main .note[role=status]").first).to_contain_text("I was second")
    mended = [c for c in _belief(served, subject)["chunks"] if c["text"] == "words of mine"]
    assert [chunk["pinned"] for chunk in mended] == [True]


def test_the_planner_runs_when_asked_and_respects_what_was_put_right(
    opened: Callable[..., Page], subject: Somebody, served: Served
) -> None:
    page = opened(person(subject.user_id, f"/chunks/{subject.chunk_id}"))
    wrong = next(c for c in _belief(served, subject)["chunks"] if c["chunk_id"] == subject.chunk_id)
    _act(page, "Mark wrong", why="never said so").get_by_role("button", name="It is wrong").click()
    expect(page.locator("main .note[role=status]").first).to_contain_text("never said so")
    events = [
        {"user_id": subject.user_id, "action": "review", "rating": 5, "item_id": subject.item_id}
        | {"text": f"I loved it for the {wrong['text']}. Wonderful {wrong['text']}."}
    ]
    sent = httpx.post(f"{served.url}/v1/events", json={"events": events}, timeout=60)
    sent.raise_for_status()

    page.goto(person(subject.user_id, "/data"))
    page.get_by_role("button", name="Run the planner now").click()

    expect(page.locator("main .note[role=status]").first).to_contain_text("The planner")
    assert _belief(served, subject)["pending"] == 0
    assert wrong["text"] not in {c["text"] for c in _belief(served, subject)["chunks"]}


def test_a_person_is_exported_then_erased_with_a_receipt(
    opened: Callable[..., Page], subject: Somebody, served: Served
) -> None:
    page = opened(person(subject.user_id, "/data"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as JSON").click()
    exported = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert exported["users"][0]["user_id"] == subject.user_id

    page.get_by_text("Erase this person").click()
    page.get_by_label("Type the person's id").fill("somebody else")
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_text("Nothing was erased.")).to_be_visible()
    assert _belief(served, subject)["revision"] > 0

    page.get_by_label("Type the person's id").fill(subject.user_id)
    page.get_by_role("button", name="Erase for good").click()

    expect(page.get_by_role("heading", name="Erased")).to_be_visible()
    expect(page.locator("main")).to_contain_text("admin:eve")
    with page.expect_download() as receipt:
        page.get_by_role("link", name="Download the receipt").click()
    rows = json.loads(Path(receipt.value.path()).read_text(encoding="utf-8"))
    assert subject.user_id in json.dumps(rows)
    gone = httpx.get(f"{served.url}/v1/users/{subject.user_id}", timeout=30)
    assert gone.status_code == 404


def test_an_act_without_scripts(
    opened: Callable[..., Page], subject: Somebody, served: Served
) -> None:
    page = opened(person(subject.user_id, f"/chunks/{subject.chunk_id}"), java_script_enabled=False)
    _act(page, "Pin", why="no scripts").get_by_role("button", name="Pin it").click()

    expect(page.locator("main .note[role=status]").first).to_contain_text("no scripts")
    assert _last(served, subject)["actor"] == "admin:eve"
