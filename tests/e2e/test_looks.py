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
    _looked_at(name, opened, somebody)


@pytest.mark.parametrize("name", NAMES)
def test_hostile_words_are_text_and_break_no_layout(
    name: str, opened: Callable[..., Page], hostile: Somebody
) -> None:
    page = _looked_at(name, opened, hostile, prefix="hostile-", themes=("light",))

    assert page.evaluate("window.attacked") is None
    assert page.locator("img[src='x'], script:not([src])").count() == 0


def _looked_at(
    name: str,
    opened: Callable[..., Page],
    who: Somebody,
    *,
    prefix: str = "",
    themes: tuple[str, ...] = ("light", "dark"),
) -> Page:
    page = opened(who.pages[name])
    SHOTS.mkdir(parents=True, exist_ok=True)
    for theme in themes:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(150)  # charts follow the width
            page.screenshot(path=SHOTS / f"{prefix}{name}-{width}-{theme}.png", full_page=True)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} at {width} is {wide} wide"
        _accessible(page, f"{name}, {theme}")
    return page


def _accessible(page: Page, what: str) -> None:
    found = Axe().run(page)
    serious = [
        f"{violation['id']}: {violation['help']}: "
        + "; ".join(str(node["target"]) for node in violation["nodes"][:3])
        for violation in found.response["violations"]
        if violation["impact"] in _SERIOUS
    ]
    assert serious == [], what
