"""Every page at three widths in both themes: nothing sticks out, nothing that axe minds, a picture
of each for people to look at."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.e2e.conftest import SHOTS
from tests.e2e.places import pages
from tests.e2e.world import Somebody

WIDTHS = (1440, 1024, 390)
NAMES = tuple(pages("", "", "", 0))
_SERIOUS = {"serious", "critical"}


@pytest.mark.parametrize("name", NAMES)
def test_a_page_fits_is_accessible_and_has_its_picture_taken(
    name: str, opened: Callable[..., Page], somebody: Somebody
) -> None:
    page = opened(somebody.pages[name])

    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert _sticking_out(page, f"{name}-{{width}}-{theme}") == []
        assert _minded(page) == []


@pytest.mark.parametrize("name", NAMES)
def test_hostile_words_are_text_and_break_no_layout(
    name: str, opened: Callable[..., Page], hostile: Somebody
) -> None:
    page = opened(hostile.pages[name])

    assert _sticking_out(page, f"hostile-{name}-{{width}}-light") == []
    assert _minded(page) == []
    assert page.evaluate("window.attacked") is None
    assert page.locator("img[src='x'], script:not([src])").count() == 0


def _sticking_out(page: Page, picture: str) -> list[str]:
    """Take a picture at every width; the widths at which the page can be scrolled sideways."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(150)  # charts follow the width
        page.screenshot(path=SHOTS / f"{picture.format(width=width)}.png", full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{wide} at {width}")
    return found


def _minded(page: Page) -> list[str]:
    """What axe finds serious."""
    return [
        f"{violation['id']}: {violation['help']}: "
        + "; ".join(str(node["target"]) for node in violation["nodes"][:3])
        for violation in Axe().run(page).response["violations"]
        if violation["impact"] in _SERIOUS
    ]
