"""Drawings of how strengths moved: SVG whose every figure is an attribute."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from credence.memory.strength import Standing

_WIDE, _HIGH = 120, 14  # of a step, in units of the view box
_COURSE_WIDE, _COURSE_HIGH, _EDGE = 640, 150, 8


def step(before: float | None, after: float | None) -> Markup:
    """From a hollow dot to a full one, on a line from -1 to 1; without `before`, from nothing."""
    if before is None and after is None:
        return Markup("")
    begin = _along(before or 0.0)
    end = _along(after if after is not None else before or 0.0)
    way = "like" if end >= begin else "dislike"
    hollow = (
        Markup('<circle class="from" cx="{x:.2f}" cy="7" r="3"/>').format(x=begin)
        if before is not None
        else Markup("")
    )
    return Markup(
        '<svg class="bar step" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
        'role="img" aria-label="{label}">'
        '<rect class="track" x="0" y="6" width="{wide}" height="2" rx="1"/>'
        '<line class="zero" x1="{middle}" x2="{middle}" y1="1" y2="13"/>'
        '<rect class="{way}" x="{least:.2f}" y="5.5" width="{length:.2f}" height="3"/>'
        '{hollow}<circle class="to {way}" cx="{end:.2f}" cy="7" r="3.5"/></svg>'
    ).format(
        wide=_WIDE,
        high=_HIGH,
        middle=_WIDE / 2,
        way=way,
        least=min(begin, end),
        length=abs(end - begin),
        hollow=hollow,
        end=end,
        label=_in_words(before, after),
    )


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
        label=f"strength from {points[0].strength:+.2f} "
        f"to {points[-1].strength:+.2f} in {len(points)} steps",
    )


def _in_words(before: float | None, after: float | None) -> str:
    if before is None:
        return f"new, at {after:+.2f}"
    return f"from {before:+.2f}" + ("" if after is None else f" to {after:+.2f}")


def _along(strength: float) -> float:
    return 4 + (strength + 1) / 2 * (_WIDE - 8)


def _up(strength: float) -> float:
    return _COURSE_HIGH / 2 - strength * (_COURSE_HIGH / 2 - _EDGE)


def _joined(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
