"""Line pictures as SVG: a few systems along steps, with bands where their means may lie.

Drawn on the server. A line is told from the others by colour, by the pattern of its strokes and by
the mark at its points, and every figure is in a table beside the picture as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from markupsafe import Markup

from credence.app.replays import Measured

LOOKS = 7  # lines that look different
_FEW = 3  # bands that can lie over one another and still be told apart
_WIDE, _HIGH = 640, 300  # units of the view box
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 12, 28, 44
_FINEST = -2  # powers of ten: no step is below 0.01, which is what the axis can say
_MOST_TICKS = 6


@dataclass(frozen=True, slots=True)
class Point:
    """A mean at some place along the line, and the words for that place."""

    at: float
    words: str
    value: Measured


@dataclass(frozen=True, slots=True)
class Series:
    """One line."""

    name: str
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Legend:
    """How a line is drawn."""

    name: str
    look: int  # 1 to LOOKS: the class of the style sheet
    sample: Markup


@dataclass(frozen=True, slots=True)
class LinePicture:
    """A drawing, what its lines are, and its figures as a table: a row a line."""

    drawing: Markup
    legend: Sequence[Legend]
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Measured | None]]]


def line_picture(
    series: Sequence[Series],
    *,
    across: str,
    up: str,
    what: str,
    level: float | None = None,
    level_name: str = "",
    change_at: float | None = None,
) -> LinePicture | None:
    """The picture; None without any point. `level` is a line to hold the others against."""
    places = dict(sorted({p.at: p.words for one in series for p in one.points}.items()))
    values = [p.value for one in series for p in one.points]
    if not values:
        return None
    scale = _Scale.around(places, values, level)
    parts = [_axes(scale, places, across, up)]
    if level is not None:
        parts.append(_level(scale, level, level_name))
    if change_at is not None:
        parts.append(_line("change", scale.x(change_at), _TOP, scale.x(change_at), _floor()))
    for index, one in enumerate(series):
        parts.append(_band(scale, one.points, _look(index), faint=len(series) > _FEW))
    for index, one in enumerate(series):
        parts.append(_path(scale, one, _look(index)))
    drawing = Markup(
        '<svg class="lines" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    ).format(_WIDE, _HIGH, f"{what}; the figures are in the table below", Markup("").join(parts))
    return LinePicture(
        drawing=drawing,
        legend=[Legend(one.name, _look(i), _sample(_look(i))) for i, one in enumerate(series)],
        columns=list(places.values()),
        rows=[
            (one.name, [{p.at: p.value for p in one.points}.get(at) for at in places])
            for one in series
        ],
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    first: float
    last: float
    low: float
    high: float
    step: float

    @classmethod
    def around(
        cls, places: dict[float, str], values: Sequence[Measured], level: float | None
    ) -> _Scale:
        low = min([v.low for v in values] + ([] if level is None else [level]))
        high = max([v.high for v in values] + ([] if level is None else [level]))
        step = _step(high - low)
        low, high = floor(low / step) * step, ceil(high / step) * step
        return cls(min(places), max(places), low, high if high > low else low + step, step)

    def x(self, at: float) -> float:
        span = self.last - self.first
        share = 0.5 if span == 0 else (at - self.first) / span
        return _LEFT + 8 + share * (_WIDE - _LEFT - _RIGHT - 16)

    def y(self, value: float) -> float:
        return _TOP + (self.high - value) / (self.high - self.low) * (_floor() - _TOP)


def _step(span: float) -> float:
    """1, 2 or 5 of some power of ten: the finest with which no more than a few ticks are drawn."""
    power = max(_FINEST, floor(log10(span / _MOST_TICKS))) if span > 0 else _FINEST
    steps = (float(f"{digit}e{power}") for digit in (1, 2, 5, 10, 20))
    return next(step for step in steps if span / step <= _MOST_TICKS)


def _look(index: int) -> int:
    return index % LOOKS + 1


def _floor() -> float:
    return _HIGH - _BOTTOM


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> Markup:
    return Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(
        kind, x1, y1, x2, y2
    )


def _text(kind: str, x: float, y: float, words: str) -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>').format(kind, x, y, words)


def _axes(scale: _Scale, places: dict[float, str], across: str, up: str) -> Markup:
    parts = []
    for number in range(round((scale.high - scale.low) / scale.step) + 1):
        value = scale.low + number * scale.step
        words = f"{value:.2f}" if scale.step < 1 else f"{value:g}"
        parts.append(_line("grid", _LEFT, scale.y(value), _WIDE - _RIGHT, scale.y(value)))
        parts.append(_text("up", _LEFT - 6, scale.y(value) + 4, words))
    latest = -1e9
    for at, words in places.items():
        room = 7.0 * len(words) / 2 + 4
        if scale.x(at) - room > latest:
            parts.append(_text("across", scale.x(at), _floor() + 16, words))
            latest = scale.x(at) + room
    parts.append(_text("across name", (_LEFT + _WIDE - _RIGHT) / 2, _HIGH - 8, across))
    parts.append(_text("measure", 2, 11, up))
    return Markup("").join(parts)


def _level(scale: _Scale, level: float, name: str) -> Markup:
    y = scale.y(level)
    return _line("level", _LEFT, y, _WIDE - _RIGHT, y) + _text(
        "level", _WIDE - _RIGHT - 2, y - 4, name
    )


def _band(scale: _Scale, points: Sequence[Point], look: int, *, faint: bool) -> Markup:
    if len(points) < 2:
        return Markup("")
    around = [(p.at, p.value.high) for p in points]
    around += [(p.at, p.value.low) for p in reversed(points)]
    corners = " ".join(f"{scale.x(at):.1f},{scale.y(value):.1f}" for at, value in around)
    return Markup('<polygon class="band look{}{}" points="{}"/>').format(
        look, " faint" if faint else "", corners
    )


def _path(scale: _Scale, one: Series, look: int) -> Markup:
    at = [(scale.x(p.at), scale.y(p.value.mean), p) for p in one.points]
    line = Markup('<polyline class="line look{}" points="{}"/>').format(
        look, " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in at)
    )
    marks = [
        Markup("<g><title>{}</title>{}</g>").format(
            f"{one.name}, {p.words}: {p.value.mean:.3f} [{p.value.low:.3f}, {p.value.high:.3f}]",
            _mark(x, y, look),
        )
        for x, y, p in at
    ]
    return line + Markup("").join(marks)


def _mark(x: float, y: float, look: int) -> Markup:
    """Circle, square, diamond or triangle, in turn."""
    shapes = (
        Markup('<circle class="mark look{0}" cx="{1:.1f}" cy="{2:.1f}" r="3.2"/>'),
        Markup('<path class="mark look{0}" d="M{1:.1f} {2:.1f}m-3 -3h6v6h-6z"/>'),
        Markup(
            '<path class="mark look{0}" d="M{1:.1f} {2:.1f}m0 -4.2l4.2 4.2l-4.2 4.2l-4.2 -4.2z"/>'
        ),
        Markup('<path class="mark look{0}" d="M{1:.1f} {2:.1f}m0 -4l4 7h-8z"/>'),
    )
    return shapes[(look - 1) % len(shapes)].format(look, x, y)


def _sample(look: int) -> Markup:
    return Markup(
        '<svg class="lines sample" viewBox="0 0 32 12" width="32" height="12" aria-hidden="true">'
        '<polyline class="line look{}" points="1,6 31,6"/>{}</svg>'
    ).format(look, _mark(16, 6, look))
