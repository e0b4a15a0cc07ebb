"""Pages that are there only after something was done, or went wrong, as the others are looked at:
at three widths in both themes, with ordinary words and with hostile ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Served
from tests.e2e.kept_replays import HOSTILE
from tests.e2e.looks import faults
from tests.e2e.places import ROOT, person
from tests.e2e.world import ATTACK, HOSTILE_PERSON, LONG, TURNED, Somebody, attacked, newcomer

JUNE, JULY = "films june", "films july"
REASON = {"ordinary": "Said so by mail on Monday, and again on the phone.", "hostile": ATTACK}
KINDS = tuple(REASON)


def _replay(name: str, **fields: str) -> str:
    return f"{ROOT}/replays/@{quote(name, safe='')}?{urlencode(fields)}"


def _compare(left: str, right: str, **systems: str) -> str:
    return f"{ROOT}/replays/compare?{urlencode({'left': left, 'right': right, **systems})}"


REPLAYS = {
    "replays-many": f"{ROOT}/replays",
    "replay-study": _replay(JUNE),
    "replay-plumbing": _replay(JULY),
    "replay-evolving": _replay("tastes that change"),
    "replay-evolving-hits": _replay("tastes that change", measure="HR@1"),
    "replay-cut-off": _replay("cut off"),
    "replay-damaged": _replay("damaged"),
    "replay-hostile": _replay(HOSTILE),
    "replay-compare": _compare(JUNE, JULY),
    "replay-compare-choose": _compare(JUNE, JUNE),
    "replay-compare-systems": _compare(JUNE, JUNE, ours="credence", theirs="bm25"),
    "replay-compare-nothing": _compare(JUNE, "cut off"),
    "replay-compare-hostile": _compare(HOSTILE, HOSTILE, ours=ATTACK, theirs=LONG[:150]),
}


@pytest.mark.parametrize("name", REPLAYS)
def test_replays_of_every_kind(name: str, opened: Callable[..., Page], replays: Path) -> None:
    assert (replays / JUNE / "report.html").is_file()
    page = opened(REPLAYS[name])

    for table in page.get_by_text("The same as a table").all():
        table.click()

    assert faults(page, name) == []
    assert page.evaluate("window.attacked") is None


_numbers = itertools.count(1)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Whether words are ordinary or hostile."""
    chosen: str = request.param
    return chosen


@pytest.fixture
def subject(kind: str, served: Served, somebody: Somebody) -> Somebody:
    """Somebody new, for one test to change."""
    number = next(_numbers)
    if kind == "hostile":
        return attacked(served.url, f"{HOSTILE_PERSON} {number}")
    return newcomer(served.url, f"newcomer {number}", somebody)


def _chunk(subject: Somebody) -> str:
    return person(subject.user_id, f"/chunks/{subject.chunk_id}")


def _by_others(served: Served, subject: Somebody, act: str, kind: str) -> None:
    """Somebody else does something to the belief meanwhile."""
    whose = f"{served.url}/v1/users/{quote(subject.user_id, safe='')}/belief"
    said = {"actor": TURNED if kind == "hostile" else "support:bob", "reason": REASON[kind]}
    told = httpx.post(f"{whose}/chunks/{subject.chunk_id}/{act}", json=said, timeout=60)
    told.raise_for_status()


def _open(page: Page, title: str) -> Any:
    """One act on the page of a belief, opened."""
    act = page.locator("details.act").filter(
        has=page.locator("summary .strong").get_by_text(title, exact=True)
    )
    act.locator("summary").click()
    return act


def _take_anything(page: Page) -> None:
    """Let the server say what is wrong with a form, as where a browser checks nothing."""
    page.evaluate("for (const form of document.forms) form.noValidate = true")


def test_erasing_from_the_question_to_the_receipt(
    kind: str, subject: Somebody, opened: Callable[..., Page]
) -> None:
    page = opened(person(subject.user_id, "/data"))
    page.get_by_text("Erase this person").click()
    assert faults(page, f"{kind}-erase-asked") == []

    page.get_by_label("Type the person's id").fill("somebody else")
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_text("Nothing was erased.")).to_be_visible()
    assert faults(page, f"{kind}-erase-refused") == []

    page.get_by_label("Type the person's id").fill(subject.user_id)
    page.get_by_label("Why? (on the receipt").fill(REASON[kind])
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_role("heading", name="Erased")).to_be_visible()
    assert faults(page, f"{kind}-erase-receipt") == []

    page.goto(person(subject.user_id))
    expect(page.get_by_role("heading", name="There is nobody with the id")).to_be_visible()
    assert faults(page, f"{kind}-erase-gone") == []
    assert page.evaluate("window.attacked") is None


def test_a_form_that_was_overtaken(
    kind: str, subject: Somebody, opened: Callable[..., Page], served: Served
) -> None:
    page, other = opened(_chunk(subject)), opened(person(subject.user_id))
    _by_others(served, subject, "pin", kind)

    act = _open(page, "Reword")
    act.get_by_label("Words").fill(f"words of mine {REASON[kind]}"[:200])
    act.get_by_label("Why?").fill(REASON[kind])
    act.get_by_role("button", name="Save the words").click()
    expect(page.get_by_role("heading", name="Since you opened the page")).to_be_visible()
    assert faults(page, f"{kind}-form-overtaken") == []

    other.locator("details.undo > summary").first.click()
    other.get_by_role("button", name="Undo revision").first.click()
    expect(other.get_by_role("heading", name="The belief has moved on")).to_be_visible()
    assert faults(other, f"{kind}-undo-overtaken") == []
    assert page.evaluate("window.attacked") is None


def test_a_form_about_what_is_gone(
    kind: str, subject: Somebody, opened: Callable[..., Page], served: Served
) -> None:
    page = opened(_chunk(subject))
    _by_others(served, subject, "forget", kind)  # for good, as the API means it

    act = _open(page, "Set strength")
    act.get_by_label("Why?").fill(REASON[kind])
    act.get_by_role("button", name="Set it").click()
    expect(page.get_by_text("It is no longer believed, so there is nothing")).to_be_visible()
    assert faults(page, f"{kind}-form-gone") == []

    page.goto(_chunk(subject))
    expect(page.get_by_text("It was marked wrong")).to_be_visible()
    assert faults(page, f"{kind}-chunk-gone") == []


def test_a_revision_that_later_ones_rest_on(
    kind: str, subject: Somebody, opened: Callable[..., Page], served: Served
) -> None:
    _by_others(served, subject, "pin", kind)
    page = opened(person(subject.user_id, "?revision=1"))
    page.locator("details.undo > summary").first.click()
    page.locator("details.undo").first.get_by_label("Why?").fill(REASON[kind])
    page.get_by_role("button", name="Undo revision 1").click()

    expect(page.get_by_role("heading", name="cannot be undone alone")).to_be_visible()
    assert faults(page, f"{kind}-undo-rested-on") == []


def test_fields_that_need_mending(
    kind: str, subject: Somebody, opened: Callable[..., Page]
) -> None:
    page = opened(_chunk(subject))
    _take_anything(page)
    act = _open(page, "Set strength")
    act.get_by_label("Strength, from").first.fill("7")
    act.get_by_role("button", name="Set it").click()
    expect(page.get_by_role("heading", name="a field needs mending")).to_be_visible()
    expect(page.locator("[aria-invalid=true]")).to_have_count(1)
    assert faults(page, f"{kind}-strength-mistyped") == []

    page.goto(_chunk(subject))
    _take_anything(page)
    act = _open(page, "Reword")
    act.get_by_label("Words").fill("")
    act.get_by_label("Category").fill("")
    act.get_by_role("button", name="Save the words").click()
    expect(page.get_by_role("heading", name="a field needs mending")).to_be_visible()
    expect(page.locator("[aria-invalid=true]")).to_have_count(2)
    assert faults(page, f"{kind}-words-missing") == []


def test_forms_that_are_open_and_what_is_said_when_they_were_sent(
    kind: str, subject: Somebody, opened: Callable[..., Page], served: Served
) -> None:
    page = opened(_chunk(subject))
    page.evaluate(
        "document.querySelectorAll('details.act').forEach((act) => {"
        " act.removeAttribute('name'); act.open = true; })"
    )
    assert faults(page, f"{kind}-acts-open") == []

    page.reload()
    act = _open(page, "Pin")
    act.get_by_label("Why?").fill(REASON[kind])
    act.get_by_role("button", name="Pin it").click()
    expect(page.locator("main .note[role=status]").first).to_be_visible()
    assert faults(page, f"{kind}-act-done") == []
    pinned = int(parse_qs(urlsplit(page.url).query)["done"][0])

    page.goto(person(subject.user_id))
    page.locator("details.undo > summary").first.click()
    assert faults(page, f"{kind}-undo-open") == []

    _by_others(served, subject, "unpin", kind)
    page.goto(person(subject.user_id, f"?revision={pinned}"))
    page.locator("details.undo > summary").first.click()
    page.get_by_role("button", name=f"Undo revision {pinned}").click()
    expect(page.locator("main .note h2").first).to_be_visible()
    assert faults(page, f"{kind}-undo-in-vain") == []


def test_what_the_planner_did_when_asked(
    kind: str, subject: Somebody, opened: Callable[..., Page]
) -> None:
    page = opened(person(subject.user_id, "/data"))
    page.get_by_label("Why? (kept with the run)").fill(REASON[kind])
    page.get_by_role("button", name="Run the planner now").click()

    expect(page.locator("main .note[role=status]").first).to_contain_text("The planner")
    assert faults(page, f"{kind}-planner-ran") == []
