"""Drawings of movement: in bounds, labelled, and without style or script."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from credence.app.admin.drawings import step
from credence.app.admin.person.drawn import course
from credence.memory.strength import Standing


@pytest.mark.parametrize(
    ("before", "after", "label"),
    [
        (0.2, 0.4, "from +0.20 to +0.40"),
        (0.2, -0.4, "from +0.20 to −0.40"),
        (None, 1.0, "new, at +1.00"),
        (-1.0, None, "gone, from −1.00"),
        (1.5, -1.5, "from +1.50 to −1.50"),
    ],
)
def test_a_step_says_and_draws_where_it_led(
    before: float | None, after: float | None, label: str
) -> None:
    drawn = ElementTree.fromstring(step(before, after))

    assert drawn.get("aria-label") == label
    places = [float(circle.get("cx", "nan")) for circle in drawn.iter("circle")]
    assert len(places) == (before is not None) + (after is not None)
    assert all(0 <= place <= 120 for place in places)
    if before is not None and after is not None:
        assert (places[1] > places[0]) == (after > before)
    assert "style" not in step(before, after)


def test_nothing_to_nothing_is_not_drawn() -> None:
    assert step(None, None) == ""
    assert course([]) == ""


def test_a_course_goes_up_with_the_strength() -> None:
    points = [Standing(-1.0, 0.9, -1.0, -0.5), Standing(0.0, 0.1, -1, 1), Standing(1.0, 0.9, 0, 1)]

    drawn = ElementTree.fromstring(course(points))

    heights = [float(circle.get("cy", "nan")) for circle in drawn.iter("circle")]
    assert heights == sorted(heights, reverse=True)
    assert [c.get("class") for c in drawn.iter("circle")] == ["dislike", "like", "like"]
    band = next(drawn.iter("polygon")).get("points", "")
    assert len(re.findall(r"[\d.]+,[\d.]+", band)) == 6
