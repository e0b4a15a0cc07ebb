"""The drawing of how a strength moved: SVG whose every figure is an attribute."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from credence.app.admin.figures import signed
from credence.memory.strength import Standing

_COURSE_WIDE, _COURSE_HIGH, _EDGE = 640, 150, 8  # units of the view box


def course(points: Sequence[Standing]) -> Markup:
    """Strength change by change, with one standard deviation to both sides as a band."""
    if not points:
        return Markup("")
    step = (_COURSE_WIDE - 2 * _EDGE) / max(1, len(points) - 1)
    line = [(_EDGE + i * step, _up(one.strength)) for i, one in enumerate(points)]
    high = [(_EDGE + i * step, _up(one.high)) for i, one in enumerate(points)]
    low = [(_EDGE + i * step, _up(one.low)) for i, one in enumerate(points)]
    dots = Markup("").join(
        Markup('<circle class="{side}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>').format(
            side="like" if one.strength >= 0 else "dislike", x=x, y=y
        )
        for one, (x, y) in zip(points, line, strict=True)
    )
    return Markup(
        '<svg class="course" viewBox="0 0 {wide} {high}" role="img" aria-label="{label}">'
        '<line class="zero" x1="0" x2="{wide}" y1="{middle}" y2="{middle}"/>'
        '<polygon class="band" points="{band}"/><polyline points="{line}"/>{dots}</svg>'
    ).format(
        wide=_COURSE_WIDE,
        high=_COURSE_HIGH,
        middle=_COURSE_HIGH / 2,
        band=_joined([*high, *reversed(low)]),
        line=_joined(line),
        dots=dots,
        label=f"strength from {signed(points[0].strength)} "
        f"to {signed(points[-1].strength)} in {len(points)} steps",
    )


def _up(strength: float) -> float:
    return _COURSE_HIGH / 2 - strength * (_COURSE_HIGH / 2 - _EDGE)


def _joined(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
