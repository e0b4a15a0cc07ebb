"""How a page looks: what sticks out of it, what axe minds, and pictures of it for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.e2e.conftest import SHOTS

WIDTHS = (1440, 1024, 390)
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_HIDDEN = """() => [...document.querySelectorAll("main .card"), document.documentElement]
    .filter((one) => one.scrollWidth > one.clientWidth + 1)
    .map((one) => one.querySelector("h1, h2, th")?.textContent ?? one.className)"""
# Charts follow the width in the frame after it changed, and are drawn in the one after that.
_DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
_SERIOUS = {"serious", "critical"}
_MINDED = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations"""
# Five visible elements of each look: colours of words and of all that lies below them, and sizes.
_OF_EACH_LOOK = """async (rules) => {
    const below = (one) => {
        if (!one) return "";
        const style = getComputedStyle(one);
        const own = [style.backgroundColor, style.backgroundImage, style.opacity, style.position,
            style.filter, style.mixBlendMode].join();
        return below(one.parentElement) + (own === "rgba(0, 0, 0, 0),none,1,static,none,normal"
            ? "" : `|${own}`);
    };
    const looks = new Map();
    for (const one of document.body.querySelectorAll("*")) {
        const words = [...one.childNodes].filter((part) => part.nodeType === Node.TEXT_NODE)
            .map((part) => part.data.trim()).join("");
        const field = one.matches("input, select, textarea");
        if (!(words || field) || !one.checkVisibility({visibilityProperty: true})) continue;
        const style = getComputedStyle(one), outer = getComputedStyle(one.parentElement);
        const look = [below(one), one.localName, field || /[\\p{L}\\p{N}]{2}/u.test(words),
            style.color, style.fontSize, style.fontWeight, style.textShadow, style.clipPath,
            style.textDecorationLine, outer.color, outer.fontWeight,
            one.closest(":disabled, [aria-disabled=true], [aria-hidden=true]") !== null].join();
        const alike = looks.get(look) ?? looks.set(look, []).get(look);
        if (alike.length < 5) alike.push(one);
    }
    const found = await axe.run({include: [...looks.values()].flat()},
        {resultTypes: ["violations"], runOnly: rules});
    return found.violations;
}"""
_ABOUT_COLOURS = ["color-contrast", "link-in-text-block"]


def faults(page: Page, picture: str) -> list[str]:
    """What is wrong with a page: its widths, and what axe minds in either theme.

    A theme changes colours alone, and so all that is drawn alike: in the second, what is about
    colours is asked of some elements of each look. Where pictures are asked for, one at every
    width in both themes.
    """
    found = []
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        if theme == THEMES[0] or SHOTS is not None:  # no theme changes a width
            found += sticking_out(page, f"{picture}-{{width}}-{theme}")
        found += minded(page) if theme == THEMES[0] else minded_of_colours(page)
    return found


def sticking_out(page: Page, picture: str) -> list[str]:
    """The widths at which the page can be scrolled sideways; it is left at the last, a phone's."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(_DRAWN)
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
        page.evaluate(_DRAWN)
        found += [f"{what} at {width}" for what in page.evaluate(_HIDDEN)]
    return found


def minded(page: Page) -> list[str]:
    """What axe finds serious."""
    return _told(page, _MINDED)


def minded_of_colours(page: Page) -> list[str]:
    """What axe finds serious in the colours of every look that words have on the page."""
    return _told(page, _OF_EACH_LOOK, _ABOUT_COLOURS)


def _told(page: Page, asking: str, *given: object) -> list[str]:
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return [
        f"{violation['id']}: {violation['help']}: "
        + "; ".join(str(node["target"]) for node in violation["nodes"][:3])
        for violation in page.evaluate(asking, *given)
        if violation["impact"] in _SERIOUS
    ]
