"""Finding somebody, moving through their revisions, and asking why, as a person would."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Served, api
from tests.e2e.places import ROOT, item, person
from tests.e2e.world import Somebody


def test_people_are_found_while_typing_and_in_other_orders(
    opened: Callable[..., Page], somebody: Somebody
) -> None:
    page = opened(f"{ROOT}/people")
    everybody = page.locator("#people tbody tr").count()
    assert everybody > 5

    page.get_by_label("Id begins with").press_sequentially(somebody.user_id.upper())

    expect(page.locator("#people tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(f"q={somebody.user_id.upper()}"))
    page.get_by_label("Id begins with").fill("nobody-of-that-name")
    expect(page.get_by_text("Nobody's id begins with that")).to_be_visible()
    page.get_by_label("Id begins with").fill("")
    page.get_by_label("Order").select_option("uncertain")
    expect(page.locator("#people tbody tr")).to_have_count(everybody)
    shares = page.locator("td[data-label=Sure]").all_inner_texts()
    figures = [int(share.rstrip("%")) for share in shares if share != "–"]
    assert figures == sorted(figures)
    page.get_by_label("Id begins with").fill("nobody-of-that-name")
    page.get_by_role("link", name="Everybody").click()
    expect(page.locator("#people tbody tr")).to_have_count(everybody)
    expect(page.get_by_label("Id begins with")).to_have_value("")
    expect(page).to_have_url(re.compile(r"/people(\?order=\w+)?$"))


def test_another_tenant_shows_its_own_people_and_none_of_the_others(
    opened_bare: Callable[..., Page], bare: Served
) -> None:
    for tenant, names in (("north", ("astrid", "bjorn")), ("south", ("carlo", "dora"))):
        with api(bare, tenant) as theirs:
            for name in names:
                theirs.put(f"/v1/users/{name}", json={}).raise_for_status()
    page = opened_bare("/admin/t/north/people")
    expect(page.locator("#people tbody a")).to_have_text(["astrid", "bjorn"])

    page.get_by_role("link", name="Planner").click()
    page.get_by_label("Tenant").select_option("south")
    page.get_by_role("button", name="Go", exact=True).click()

    expect(page).to_have_url(re.compile("/admin/t/south/people$"))
    expect(page.get_by_label("Tenant")).to_have_value("south")
    expect(page.locator("#people tbody a")).to_have_text(["carlo", "dora"])
    expect(page.locator("main")).not_to_contain_text("astrid")
    page.goto("/admin/t/south/people/@astrid")
    expect(page.get_by_role("heading", name="There is nobody with the id astrid")).to_be_visible()


def test_the_slider_moves_all_three_tiers_by_keyboard_and_keeps_the_focus(
    opened: Callable[..., Page], somebody: Somebody
) -> None:
    page = opened(person(somebody.user_id))
    slider = page.get_by_role("slider", name="Revision")
    latest = int(slider.get_attribute("max") or 0)
    assert latest >= 2
    now = page.locator("#tier-preferences").inner_text()

    slider.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")

    expect(page.get_by_role("heading", name="As of revision 1", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("revision=1"))
    assert page.locator("#tier-preferences").inner_text() != now
    assert page.evaluate("document.activeElement.name") == "revision"
    expect(page.get_by_text("extraction").first).to_be_visible()
    page.keyboard.press("End")
    expect(page.get_by_role("heading", name="Now", exact=True)).to_be_visible()
    expect(page.locator("#tier-preferences")).to_have_text(re.compile(r"\S"))


def test_the_ways_along_the_slider_keep_the_focus_at_its_ends(
    opened: Callable[..., Page], somebody: Somebody
) -> None:
    page = opened(person(somebody.user_id, "?revision=1"))
    focused = "document.activeElement.id"
    page.locator("#earlier").focus()

    page.keyboard.press("Enter")
    expect(page.locator("#moment")).to_have_text("As of revision 0")
    at_the_end = page.evaluate(focused)
    page.keyboard.press("Enter")  # leads nowhere
    page.locator("#now").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#moment")).to_have_text("Now")

    assert (at_the_end, page.evaluate(focused)) == ("earlier", "now")
    expect(page.locator("#now")).to_have_attribute("aria-disabled", "true")


def test_a_sentence_of_the_profile_lights_up_what_it_rests_on(
    opened: Callable[..., Page], somebody: Somebody
) -> None:
    page = opened(person(somebody.user_id))
    sentence = page.locator("#tier-profile [data-chunks]").first
    before = page.locator("#tier-preferences .lit").count()

    sentence.hover()

    expect(page.locator("#tier-preferences .lit").first).to_be_visible()
    assert before == 0


def test_filters_of_beliefs_are_cleared_but_not_the_revision(
    opened: Callable[..., Page], somebody: Somebody
) -> None:
    page = opened(person(somebody.user_id, "?revision=1"))
    rows = page.locator("#tier-preferences .chunk-row")
    believed = rows.count()
    assert believed > 0
    page.get_by_label("Side", exact=True).select_option("likes")
    expect(page).to_have_url(re.compile("side=likes"))
    page.get_by_label("Text contains").fill("no such words")
    expect(rows).to_have_count(0)

    page.get_by_role("link", name="Clear the filters").click()

    expect(rows).to_have_count(believed)
    expect(page).to_have_url(re.compile(r"\?revision=1$"))
    expect(page.get_by_label("Text contains")).to_have_value("")
    expect(page.get_by_label("Side", exact=True)).to_have_value("")


def test_a_belief_opens_to_the_very_words_it_rests_on(
    opened: Callable[..., Page], somebody: Somebody
) -> None:
    page = opened(person(somebody.user_id))
    page.locator("#tier-preferences a[href*='/chunks/']").first.click()

    expect(page.get_by_role("heading", name="Evidence")).to_be_visible()
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    expect(page.get_by_role("heading", name="Put it right")).to_be_visible()


def test_the_picture_over_time_says_the_same_in_figures(
    opened: Callable[..., Page], somebody: Somebody
) -> None:
    page = opened(person(somebody.user_id, "/time"))

    expect(page.locator("canvas").first).to_be_visible()
    page.get_by_text("The same in figures").click()
    expect(page.locator("details[open] table").first).to_be_visible()


def test_a_try_tells_why_and_what_if_and_keeps_nothing(
    opened: Callable[..., Page], somebody: Somebody, served: Served
) -> None:
    whose = f"{served.url}/v1/users/{somebody.user_id}"
    before = httpx.get(f"{whose}/export", timeout=60).json()
    page = opened(person(somebody.user_id, "/try"))
    page.get_by_label("Instruction").fill("something with dragons")
    page.get_by_role("button", name="Rank", exact=True).click()
    expect(page).to_have_url(re.compile("dragons"))
    expect(page.locator("#result svg.bar").first).to_be_visible()
    expect(page.get_by_role("heading", name="Routing")).to_be_visible()

    page.locator("input[name^='strength-']").first.fill("-0.9")
    page.get_by_role("button", name="Rank", exact=True).click()

    expect(page).to_have_url(re.compile("strength-"))
    expect(page.locator("#result")).to_contain_text("changed")
    after = httpx.get(f"{whose}/export", timeout=60).json()
    del before["exported_at"], after["exported_at"]
    assert before == after


def test_a_list_that_was_shown_is_ranked_again_with_reasons(
    opened: Callable[..., Page], somebody: Somebody
) -> None:
    page = opened(person(somebody.user_id))
    page.get_by_role("link", name="Lists", exact=True).click()
    page.locator(f"a[href$='/lists/{somebody.list_id}']").click()
    titles = page.locator("li[id^='place-'] h3").all_inner_texts()
    assert len(titles) == 10

    page.get_by_role("link", name="Rank these items again").click()

    expect(page.get_by_label("Instruction")).to_have_value("something quiet")
    expect(page.locator(".lines > li")).to_have_count(10)
    assert sorted(page.locator(".lines h3").all_inner_texts()) == sorted(titles)
    expect(page.locator("#result svg.bar").first).to_be_visible()


def test_nonsense_in_a_try_is_told_beside_its_field(
    opened: Callable[..., Page], somebody: Somebody
) -> None:
    page = opened(person(somebody.user_id, "/try?k=many&revision=99999"))

    expect(page.get_by_label("Show", exact=True)).to_have_value("many")
    expect(page.get_by_label("Show", exact=True)).to_have_attribute("aria-invalid", "true")


def test_runs_are_filtered_and_open(opened: Callable[..., Page]) -> None:
    page = opened(f"{ROOT}/planner")
    everything = page.locator("#runs tbody tr").count()
    assert everything > 0
    page.get_by_label("Operation", exact=True).select_option("forgetting")
    expect(page).to_have_url(re.compile("operation=forgetting"))
    page.get_by_label("Policy").fill("no-such-policy")
    expect(page.get_by_text("No run is like that")).to_be_visible()
    page.get_by_role("link", name="Clear the filters").click()
    expect(page).to_have_url(re.compile("/planner$"))
    expect(page.get_by_label("Operation", exact=True)).to_have_value("")
    expect(page.get_by_label("Policy")).to_have_value("")
    expect(page.get_by_role("link", name="Clear the filters")).to_have_count(0)
    assert page.locator("#runs tbody tr").count() == everything
    page.locator("main a[href*='/planner/']").first.click()

    expect(page.get_by_role("heading", name="Signals")).to_be_visible()
    expect(page.get_by_role("heading", name="What it changed")).to_be_visible()


def test_the_catalogue_is_searched_by_meaning_and_leads_to_people(
    opened: Callable[..., Page], somebody: Somebody
) -> None:
    page = opened(f"{ROOT}/catalogue?q=a+love+story+in+a+small+town&by=meaning")
    page.locator("main table a[href*='/catalogue/item']").first.click()
    expect(page.get_by_role("heading", name="Nearest in meaning")).to_be_visible()

    page.goto(item(somebody.item_id))
    page.locator(f"a[href*='@{somebody.user_id}']").first.click()

    expect(page.get_by_role("heading", level=1)).to_have_text(somebody.user_id)


def test_replays_are_listed_compared_and_opened(opened: Callable[..., Page], replays: Path) -> None:
    assert (replays / "one").is_dir()
    page = opened(f"{ROOT}/replays")
    expect(page.get_by_role("link", name="one", exact=True)).to_be_visible()

    page.goto(f"{ROOT}/replays/compare?left=one&right=other")
    expect(page.locator("main table").first).to_be_visible()
    page.goto(f"{ROOT}/replays/@evolving")
    expect(page.locator("main svg").first).to_be_visible()
    page.goto(f"{ROOT}/replays/@one/report")
    expect(page.locator("main figure svg").first).to_be_visible()


def test_pages_work_with_scripts_off(
    chromium: Browser, served: Served, opened: Callable[..., Page], somebody: Somebody
) -> None:
    page = opened(person(somebody.user_id), java_script_enabled=False)
    page.get_by_role("link", name="One revision earlier").click()
    expect(page.get_by_role("heading", name=re.compile("As of revision"))).to_be_visible()

    page.goto(f"{ROOT}/people")
    page.get_by_label("Order").select_option("id")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("order=id"))
    page.goto(person(somebody.user_id, "/try"))
    page.get_by_label("Instruction").fill("dragons")
    page.get_by_role("button", name="Rank", exact=True).click()
    expect(page).to_have_url(re.compile("instruction=dragons"))
    expect(page.locator("#result svg.bar").first).to_be_visible()


def test_a_keyboard_alone_gets_past_the_menu_and_to_a_person(
    opened: Callable[..., Page],
) -> None:
    page = opened(f"{ROOT}/people")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the page itself")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(8):
        page.keyboard.press("Tab")
        if "/people/@" in (page.evaluate("document.activeElement.href") or ""):
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")

    expect(page.get_by_role("slider", name="Revision")).to_be_visible()


def test_what_the_pages_say_is_what_the_api_says(
    opened: Callable[..., Page], somebody: Somebody, served: Served
) -> None:
    answer = httpx.get(f"{served.url}/v1/users/{somebody.user_id}/belief", timeout=30)
    belief = json.loads(answer.text)
    page = opened(person(somebody.user_id))

    listed = page.locator("#tier-preferences").inner_text()
    for chunk in belief["chunks"]:
        assert chunk["text"] in listed
    assert f"{len(belief['chunks'])} believed" in listed
