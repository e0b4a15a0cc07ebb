"""The small drawing of what a run did to one belief."""

from __future__ import annotations

from markupsafe import Markup

_WIDE, _HIGH = 120, 14  # units of the view box
_MIDDLE = _HIGH / 2


def step(before: float | None, after: float | None) -> Markup:
    """From a ring, where the strength was, to a dot, where it is; from -1 to 1.

    None: there was no belief before, or there is none any more.
    """
    marks = [
        Markup('<line class="track" x1="4" x2="{}" y1="{}" y2="{}"/>').format(
            _WIDE - 4, _MIDDLE, _MIDDLE
        ),
        Markup('<line class="zero" x1="{0}" x2="{0}" y1="1" y2="{1}"/>').format(
            _WIDE / 2, _HIGH - 1
        ),
    ]
    if before is not None and after is not None:
        side = "like" if after >= before else "dislike"
        marks.append(
            Markup('<line class="way {}" x1="{:.1f}" x2="{:.1f}" y1="{}" y2="{}"/>').format(
                side, _x(before), _x(after), _MIDDLE, _MIDDLE
            )
        )
    if before is not None:
        marks.append(
            Markup('<circle class="was" cx="{:.1f}" cy="{}" r="3"/>').format(_x(before), _MIDDLE)
        )
    if after is not None:
        side = "like" if after >= 0 else "dislike"
        marks.append(
            Markup('<circle class="is {}" cx="{:.1f}" cy="{}" r="3.5"/>').format(
                side, _x(after), _MIDDLE
            )
        )
    return Markup(
        '<svg class="step" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
        'role="img" aria-label="{label}">{marks}</svg>'
    ).format(wide=_WIDE, high=_HIGH, label=_label(before, after), marks=Markup("").join(marks))


def _label(before: float | None, after: float | None) -> str:
    if before is None:
        return "nothing drawn" if after is None else f"new, at {after:+.2f}"
    return f"gone, from {before:+.2f}" if after is None else f"from {before:+.2f} to {after:+.2f}"


def _x(strength: float) -> float:
    return 4 + (_WIDE - 8) * (max(-1.0, min(1.0, strength)) + 1) / 2
