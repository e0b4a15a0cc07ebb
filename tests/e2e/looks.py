"""How a page looks: what sticks out of it, what axe minds, and pictures of it for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.e2e.conftest import SHOTS

WIDTHS = (1440, 1024, 390)
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_HIDDEN = """() => [...document.querySelectorAll("main .card"), document.documentElement]
    .filter((one) => one.scrollWidth > one.clientWidth + 1)
    .map((one) => one.querySelector("h1, h2, th")?.textContent ?? one.className)"""
_SERIOUS = {"serious", "critical"}


def faults(page: Page, picture: str) -> list[str]:
    """What is wrong with a page: its widths, and what axe minds in either theme.

    Where pictures are asked for, one at every width in both themes.
    """
    found = []
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        if theme == THEMES[0] or SHOTS is not None:  # no theme changes a width
            found += sticking_out(page, f"{picture}-{{width}}-{theme}")
        found += minded(page)
    return found


def sticking_out(page: Page, picture: str) -> list[str]:
    """The widths at which the page can be scrolled sideways; it is left at the last, a phone's."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(150)  # charts follow the width
        if SHOTS is not None:
            SHOTS.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=SHOTS / f"{picture.format(width=width)}.png", full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{wide} at {width}")
    return found


def cut_off(page: Page, widths: Sequence[int]) -> list[str]:
    """The widths at which a card hides a part of its table, or a page can be scrolled sideways."""
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(150)  # charts follow the width
        found += [f"{what} at {width}" for what in page.evaluate(_HIDDEN)]
    return found


def minded(page: Page) -> list[str]:
    """What axe finds serious."""
    return [
        f"{violation['id']}: {violation['help']}: "
        + "; ".join(str(node["target"]) for node in violation["nodes"][:3])
        for violation in Axe().run(page).response["violations"]
        if violation["impact"] in _SERIOUS
    ]
