"""Line pictures: every figure is where its scale says, and in the table."""

from __future__ import annotations

import re

import pytest

from credence.app.admin.lines import LOOKS, Point, Series, line_picture
from credence.app.replays import Measured


def _series(name: str, *means: float) -> Series:
    return Series(
        name,
        [
            Point(n, str(n), Measured(mean, mean - 0.05, mean + 0.05))
            for n, mean in enumerate(means)
        ],
    )


def _drawn(*series: Series, level: float | None = None) -> str:
    found = line_picture(series, across="step", up="NDCG@5", what="quality", level=level)
    assert found is not None
    return str(found.drawing)


def test_higher_figures_are_drawn_higher() -> None:
    (line,) = re.findall(
        r'<polyline class="line look1" points="([^"]+)"', _drawn(_series("a", 0.2, 0.4, 0.3))
    )
    points = [tuple(map(float, point.split(","))) for point in line.split()]

    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert points[1][1] < points[2][1] < points[0][1]  # down the picture, y grows


def test_everything_lies_within_the_picture() -> None:
    text = _drawn(_series("a", 0.0, 1.0, -0.2), _series("b", 0.5, 0.6, 0.4), level=0.1)

    for points in re.findall(r'points="([^"]+)"', text):
        for point in points.split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= 640
            assert 0 <= y <= 300


@pytest.mark.parametrize("largest", [0.003, 0.06, 0.7, 1.0, 4.0, 1e3, 1e5, 1e6])
def test_the_axis_has_a_few_ticks_however_large_the_figures_are(largest: float) -> None:
    text = _drawn(_series("a", 0.0, largest))

    ticks = re.findall(r'<text class="up"[^>]*>([^<]+)</text>', text)
    assert 2 <= len(ticks) <= 9
    assert len(set(ticks)) == len(ticks)
    assert max(map(float, ticks)) >= largest


def test_the_table_holds_what_the_lines_show_and_says_where_there_is_nothing() -> None:
    found = line_picture(
        [_series("a", 0.2, 0.4), _series("b", 0.3)], across="step", up="HR@1", what="quality"
    )

    assert found is not None
    assert found.columns == ["0", "1"]
    assert [(name, [v and v.mean for v in values]) for name, values in found.rows] == [
        ("a", [0.2, 0.4]),
        ("b", [0.3, None]),
    ]


def test_a_point_alone_and_equal_figures_can_be_drawn() -> None:
    flat = Series("a", [Point(5, "5", Measured(0.3, 0.3, 0.3))])

    assert "nan" not in _drawn(flat)
    assert line_picture([], across="", up="", what="") is None
    assert line_picture([Series("a", [])], across="", up="", what="") is None


def test_lines_are_told_apart_by_more_than_colour_and_looks_come_round() -> None:
    found = line_picture(
        [_series(str(n), 0.1 * n, 0.2) for n in range(LOOKS + 1)], across="", up="", what=""
    )

    assert found is not None
    assert [one.look for one in found.legend] == [*range(1, LOOKS + 1), 1]
    marks = [re.sub(r"[\d.]+", "", str(one.sample)) for one in found.legend[:4]]
    assert len(set(marks)) == 4


def test_hostile_names_are_escaped() -> None:
    text = _drawn(_series("</title><script>alert(1)</script>", 0.1, 0.2))

    assert "<script>" not in text
