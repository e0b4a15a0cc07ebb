"""How pages look where nothing is yet, and at the door, as the others are looked at."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PASSWORD, Served, api
from tests.e2e.looks import faults

EMPTY = "/admin/t/empty"
PAGES = {
    "people": "/people",
    "people-attention": "/people?order=attention",
    "people-sought": "/people?q=nobody",
    "planner": "/planner",
    "planner-filtered": "/planner?outcome=failed&since=day",
    "catalogue": "/catalogue",
    "catalogue-sought": "/catalogue?q=dragons&category=fantasy",
    "catalogue-meaning": "/catalogue?q=dragons&by=meaning",
    "replays": "/replays",
    "compare": "/replays/compare",
    "system": "/system",
}
NEWCOMER = "a newcomer"
ABOUT = {
    "person": "",
    "person-filtered": "?q=dragons&status=all",
    "time": "/time",
    "runs": "/runs",
    "lists": "/lists",
    "try": "/try",
    "try-asked": "/try?instruction=dragons",
    "data": "/data",
}


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_there_yet(name: str, opened_bare: Callable[..., Page]) -> None:
    page = opened_bare(EMPTY + PAGES[name])

    assert faults(page, f"empty-{name}") == []
    assert page.locator("main").inner_text().strip()


@pytest.mark.parametrize("name", ABOUT)
def test_nothing_is_known_of_somebody_yet(
    name: str, opened_bare: Callable[..., Page], bare: Served
) -> None:
    with api(bare, "newcomers") as theirs:
        theirs.put(f"/v1/users/{NEWCOMER}", json={}).raise_for_status()
    page = opened_bare(f"/admin/t/newcomers/people/@{NEWCOMER}{ABOUT[name]}")

    assert faults(page, f"newcomer-{name}") == []
    expect(page.get_by_role("heading", level=1)).to_have_text(NEWCOMER)


def test_a_form_of_another_session(opened_bare: Callable[..., Page], bare: Served) -> None:
    with api(bare, "newcomers") as theirs:
        theirs.put(f"/v1/users/{NEWCOMER}", json={}).raise_for_status()
    page = opened_bare(f"/admin/t/newcomers/people/@{NEWCOMER}/data")
    page.evaluate("document.querySelectorAll('[name=csrf]').forEach((own) => own.value = 'theirs')")
    page.get_by_role("button", name="Run the planner now").click()

    expect(page.get_by_role("heading", name="not of your session")).to_be_visible()
    assert faults(page, "door-foreign-form") == []


def test_a_link_is_a_button_and_opens_once(opened_bare: Callable[..., Page], bare: Served) -> None:
    link = urlsplit(bare.link())
    address = f"{link.path}?{link.query}"
    page, late = opened_bare(address, stranger=True), opened_bare(address, stranger=True)
    assert faults(page, "door-link") == []

    page.get_by_role("button", name="Sign in as eve").click()
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    late.get_by_role("button", name="Sign in as eve").click()

    expect(late.get_by_role("alert")).to_contain_text("used already or has expired")
    assert faults(late, "door-link-spent") == []


def _sign_in(page: Page, password: str) -> None:
    page.get_by_label("Your name").fill("eve")
    page.get_by_label("Admin password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_somebody_whose_session_ended_signs_in_again_and_is_where_they_were(
    opened_bare: Callable[..., Page], bare: Served
) -> None:
    page = opened_bare("/admin/sign-in", stranger=True)
    assert faults(page, "door") == []
    _sign_in(page, PASSWORD)
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    page.goto(f"{EMPTY}/planner")
    elsewhere = page.context.new_page()
    elsewhere.goto(f"{bare.url}{EMPTY}/people")
    elsewhere.get_by_role("button", name="Sign out").click()
    expect(elsewhere.get_by_role("button", name="Sign in")).to_be_visible()

    page.get_by_role("link", name="Catalogue").click()

    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert faults(page, "door-again") == []
    _sign_in(page, PASSWORD)
    expect(page.get_by_role("heading", name="Catalogue")).to_be_visible()


def test_a_wrong_password_and_too_many(opened_bare: Callable[..., Page], bare: Served) -> None:
    page = opened_bare("/admin/sign-in", stranger=True)
    _sign_in(page, "a guess")
    expect(page.get_by_role("alert")).to_contain_text("not the password")
    assert faults(page, "door-wrong") == []

    for guess in range(10):
        said = {"who": "m", "password": f"guess {guess}"}
        httpx.post(f"{bare.url}/admin/sign-in", data=said, timeout=60)
    _sign_in(page, "one more guess")

    expect(page.get_by_role("alert")).to_contain_text("Too many tries")
    assert faults(page, "door-too-many") == []
