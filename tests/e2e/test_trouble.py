"""Parts of a page that cannot be loaded again: nothing of the page vanishes without a word."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.e2e.places import ROOT, person
from tests.e2e.world import Somebody

FAILURE = "<!doctype html><title>Oh</title><h1>The database is away</h1>"


def _only_parts(answer: Callable[[Route], None]) -> Callable[[Route], None]:
    """Pages as a whole are answered as ever, or not at all while they fail."""

    def handled(route: Route) -> None:
        if route.request.headers.get("hx-request"):
            answer(route)
        else:
            route.fulfill(status=503, content_type="text/html", body=FAILURE)

    return handled


def _fails(route: Route) -> None:
    route.fulfill(status=503, content_type="text/html", body=FAILURE)


def test_an_error_in_the_place_of_a_part_is_shown_as_the_page_that_it_is(
    opened: Callable[..., Page], somebody: Somebody
) -> None:
    page = opened(f"{ROOT}/people", trouble=True)
    page.route(re.compile("order="), _only_parts(_fails))

    page.get_by_label("Order").select_option("uncertain")

    expect(page.get_by_role("heading", name="The database is away")).to_be_visible()
    expect(page).to_have_url(re.compile("order=uncertain"))

    page = opened(person(somebody.user_id), trouble=True)
    page.route(re.compile("revision="), _only_parts(_fails))
    page.get_by_role("link", name="One revision earlier").click()
    expect(page.get_by_role("heading", name="The database is away")).to_be_visible()


def test_a_server_out_of_reach_is_told_and_what_is_shown_stays(
    opened: Callable[..., Page],
) -> None:
    page = opened(f"{ROOT}/people", trouble=True)
    rows = page.locator("#people tbody tr")
    shown = rows.count()
    page.route(re.compile("order="), _only_parts(lambda route: route.abort()))

    page.get_by_label("Order").select_option("uncertain")

    expect(page.get_by_role("alert")).to_have_text(re.compile("could not be reached"))
    expect(page.get_by_role("alert")).to_be_visible()
    expect(rows).to_have_count(shown)

    page.unroute_all()
    page.get_by_label("Order").select_option("id")
    expect(page).to_have_url(re.compile("order=id"))
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(page.get_by_role("status")).to_have_text(re.compile(rf"^{shown} people"))


def test_somebody_who_is_signed_out_meanwhile_comes_to_the_door(
    opened: Callable[..., Page],
) -> None:
    page = opened(f"{ROOT}/people", trouble=True)
    page.context.clear_cookies()

    page.get_by_label("Order").select_option("uncertain")

    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_label("Your name")).to_be_visible()


def test_a_try_that_is_asked_nonsense_says_so_in_its_place(
    opened: Callable[..., Page], somebody: Somebody
) -> None:
    page = opened(person(somebody.user_id, "/try"), trouble=True)
    page.get_by_label("Show", exact=True).fill("many")
    page.get_by_role("button", name="Rank", exact=True).click()

    expect(page.get_by_label("Show", exact=True)).to_have_attribute("aria-invalid", "true")
