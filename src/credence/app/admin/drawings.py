"""Small drawings as SVG whose every figure is an attribute: they need neither script nor style.

Colours come from classes of the style sheet, so that light and dark fit by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from credence.app.admin.figures import signed

_BAR, _HIGH = 120, 12  # units of the view box
_SPARK_WIDE, _SPARK_HIGH = 96, 20
_STEP_WIDE, _STEP_HIGH = 120, 14


def strength_bar(strength: float, low: float, high: float) -> Markup:
    """Strength from -1 to 1 about a middle line, and one standard deviation to both sides."""
    middle = _BAR / 2
    begin, length = _span(0.0, strength)
    least, spread = _span(low, high)
    side = "like" if strength >= 0 else "dislike"
    return Markup(
        '<svg class="bar" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
        'role="img" aria-label="{label}" preserveAspectRatio="none">'
        '<rect class="track" x="0" y="4" width="{wide}" height="4" rx="2"/>'
        '<rect class="{side}" x="{begin:.2f}" y="3" width="{length:.2f}" height="6" rx="1.5"/>'
        '<rect class="spread" x="{least:.2f}" y="5.25" width="{spread:.2f}" height="1.5"/>'
        '<line class="zero" x1="{middle}" x2="{middle}" y1="0" y2="{high}"/>'
        "</svg>"
    ).format(
        wide=_BAR,
        high=_HIGH,
        side=side,
        begin=begin,
        length=max(length, 1.0),
        least=least,
        spread=spread,
        middle=middle,
        label=f"strength {signed(strength)}, between {signed(low)} and {signed(high)}",
    )


def sparkline(strengths: Sequence[float]) -> Markup:
    """How a strength went, from -1 at the bottom to 1 at the top, with a dot where it is now."""
    if not strengths:
        return Markup("")
    step = (_SPARK_WIDE - 6) / max(1, len(strengths) - 1)
    points = [
        (3 + i * step, _SPARK_HIGH / 2 - value * (_SPARK_HIGH / 2 - 3))
        for i, value in enumerate(strengths)
    ]
    if len(points) == 1:
        points = [(3.0, points[0][1]), (_SPARK_WIDE - 3.0, points[0][1])]
    return Markup(
        '<svg class="spark" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
        'role="img" aria-label="{label}">'
        '<line class="zero" x1="0" x2="{wide}" y1="{middle}" y2="{middle}"/>'
        '<polyline points="{points}"/><circle cx="{x:.1f}" cy="{y:.1f}" r="2.25"/></svg>'
    ).format(
        wide=_SPARK_WIDE,
        high=_SPARK_HIGH,
        middle=_SPARK_HIGH / 2,
        points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points),
        x=points[-1][0],
        y=points[-1][1],
        label=f"from {signed(strengths[0])} to {signed(strengths[-1])} in {len(strengths)} steps",
    )


def step(before: float | None, after: float | None) -> Markup:
    """From a hollow dot, where a strength was, to a full one, where it is, on a line from -1 to 1.

    None: there was no belief before, or there is none any more.
    """
    if before is None and after is None:
        return Markup("")
    begin = _along(before or 0.0)
    end = _along(after) if after is not None else begin
    way = "like" if end >= begin else "dislike"
    hollow = Markup('<circle class="from" cx="{:.2f}" cy="7" r="3"/>').format(begin)
    side = "like" if (after or 0.0) >= 0 else "dislike"
    full = Markup('<circle class="to {}" cx="{:.2f}" cy="7" r="3.5"/>').format(side, end)
    return Markup(
        '<svg class="bar step" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
        'role="img" aria-label="{label}">'
        '<rect class="track" x="0" y="6" width="{wide}" height="2" rx="1"/>'
        '<line class="zero" x1="{middle}" x2="{middle}" y1="1" y2="13"/>'
        '<rect class="{way}" x="{least:.2f}" y="5.5" width="{length:.2f}" height="3"/>'
        "{hollow}{full}</svg>"
    ).format(
        wide=_STEP_WIDE,
        high=_STEP_HIGH,
        middle=_STEP_WIDE / 2,
        way=way,
        least=min(begin, end),
        length=abs(end - begin),
        hollow=hollow if before is not None else Markup(""),
        full=full if after is not None else Markup(""),
        label=_went(before, after),
    )


def change_bar(change: float, widest: float) -> Markup:
    """What something adds (to the right) or takes (to the left), of the widest one beside it."""
    share = 0.0 if widest <= 0 else max(-1.0, min(1.0, change / widest))
    begin, length = _span(0.0, share)
    return Markup(
        '<svg class="bar" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
        'role="img" aria-label="{label}" preserveAspectRatio="none">'
        '<rect class="{side}" x="{begin:.2f}" y="2" width="{length:.2f}" height="8" rx="1.5"/>'
        '<line class="zero" x1="{middle}" x2="{middle}" y1="0" y2="{high}"/></svg>'
    ).format(
        wide=_BAR,
        high=_HIGH,
        side="like" if change >= 0 else "dislike",
        begin=begin,
        length=max(length, 1.0),
        middle=_BAR / 2,
        label=f"{'adds' if change >= 0 else 'takes'} {abs(change):.3f}",
    )


def share_bar(share: float) -> Markup:
    """A share of 1, from the left."""
    return Markup(
        '<svg class="bar" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
        'role="img" aria-label="{label}" preserveAspectRatio="none">'
        '<rect class="track" x="0" y="3" width="{wide}" height="6" rx="2"/>'
        '<rect class="part" x="0" y="3" width="{part:.2f}" height="6" rx="2"/></svg>'
    ).format(
        wide=_BAR, high=_HIGH, part=_BAR * max(0.0, min(1.0, share)), label=f"{100 * share:.0f}%"
    )


def _went(before: float | None, after: float | None) -> str:
    if before is None:
        return f"new, at {signed(after or 0.0)}"
    if after is None:
        return f"gone, from {signed(before)}"
    return f"from {signed(before)} to {signed(after)}"


def _along(strength: float) -> float:
    return 4 + (max(-1.0, min(1.0, strength)) + 1) / 2 * (_STEP_WIDE - 8)


def _span(one: float, other: float) -> tuple[float, float]:
    """Where a stretch between two values of [-1, 1] begins, and how long it is."""
    low, high = sorted((one, other))
    return _BAR * (low + 1) / 2, _BAR * (high - low) / 2
