"""Every page at three widths in both themes: nothing sticks out, nothing that axe minds, a picture
of each for people to look at."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.e2e.looks import cut_off, faults, minded, sticking_out
from tests.e2e.places import pages
from tests.e2e.world import Somebody

NAMES = tuple(pages("", "", "", 0, ""))


@pytest.mark.parametrize("name", NAMES)
def test_a_page_fits_is_accessible_and_has_its_picture_taken(
    name: str, opened: Callable[..., Page], somebody: Somebody
) -> None:
    page = opened(somebody.pages[name])

    assert faults(page, name) == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_cut_off_at_widths_between_with_everything_open(
    name: str, opened: Callable[..., Page], somebody: Somebody
) -> None:
    page = opened(somebody.pages[name])
    page.evaluate(
        "document.querySelectorAll('details').forEach((one) => {"
        " one.removeAttribute('name'); one.open = true; })"
    )

    assert cut_off(page, (1280, 1100, 683, 320)) == []


@pytest.mark.parametrize("name", NAMES)
def test_hostile_words_are_text_and_break_no_layout(
    name: str, opened: Callable[..., Page], hostile: Somebody
) -> None:
    page = opened(hostile.pages[name])

    assert sticking_out(page, f"hostile-{name}-{{width}}-light") == []
    assert minded(page) == []
    assert page.evaluate("window.attacked") is None
    assert page.locator("img[src='x'], script:not([src])").count() == 0
