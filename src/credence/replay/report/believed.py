"""A system's belief as lines to read, whatever form the system keeps it in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_SAYING = (
    "statement",
    "narrative",
    "topic",
    "text",
    "summary",
    "words",
)  # keys that hold what is believed
_MOST = 40  # lines of one belief


@dataclass(frozen=True, slots=True)
class Line:
    """One thing believed, and what else is known of it."""

    text: str
    note: str = ""
    strength: float | None = None  # -1 .. 1, where it has one


def believed(belief: Any) -> tuple[Line, ...]:
    """The first lines of a belief; what is cut off is counted in a last one."""
    lines = list(_lines(belief))
    if len(lines) <= _MOST:
        return tuple(lines)
    return (*lines[:_MOST], Line(text=f"and {len(lines) - _MOST} more"))


def _lines(belief: Any) -> Iterator[Line]:
    if isinstance(belief, Mapping):
        said = next(
            (key for key in _SAYING if isinstance(belief.get(key), str) and belief[key]), None
        )
        if said is not None:
            yield _said(belief, said)
        rest = {key: value for key, value in belief.items() if key != said}
        for key, value in rest.items():
            if isinstance(value, Mapping | list):
                yield from _lines(value)
            elif said is None and isinstance(value, str) and value:
                yield Line(text=f"{key}: {_plain(value)}")
    elif isinstance(belief, list):
        for one in belief:
            yield from _lines(one)
    elif belief not in (None, ""):
        yield Line(text=_plain(belief))


def _said(belief: Mapping[str, Any], key: str) -> Line:
    strength = belief.get("strength")
    known = isinstance(strength, int | float) and -1 <= strength <= 1
    notes = (
        f"{name} {_plain(value)}"
        for name, value in belief.items()
        if name not in (key, "strength") and isinstance(value, str | int | float) and value != ""
    )
    return Line(
        text=str(belief[key]),
        note=", ".join(notes),
        strength=float(strength) if known and strength is not None else None,
    )


def _plain(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
