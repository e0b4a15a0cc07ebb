"""Templates and the words that they put figures and moments into."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from credence.app.admin import drawings
from credence.app.admin.acts.told import fate
from credence.app.admin.figures import count, milliseconds, percent, signed

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Everything is escaped; a name that a page was not given is an error, not an empty place."""
    made = Environment(
        loader=PackageLoader(__package__),
        auto_reload=False,  # no look at every file for every page
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.policies["json.dumps_kwargs"] = {"sort_keys": True, "allow_nan": False}
    made.filters |= {
        "signed": signed,
        "count": count,
        "percent": percent,
        "ago": _ago_here,
        "exact": exact,
        "minute": minute,
        "clip": clip,
        "fate": fate,
        "milliseconds": milliseconds,
    }
    made.globals |= {"drawings": drawings}
    return made


def rendered(template: str, context: Mapping[str, Any]) -> str:
    """A whole page."""
    return environment().get_template(template).render(context)


def clip(text: str, most: int = 300) -> str:
    """So much of a text as has its place; the rest is behind an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def sentence(text: str) -> str:
    """What begins small and ends without a stop, as errors do, as a sentence."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if not text or text.endswith((".", "!", "?")) else ".")


def exact(moment: datetime) -> str:
    """A moment to the second, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def minute(moment: datetime) -> str:
    """A moment to the minute, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def ago(moment: datetime, now: datetime) -> str:
    """How long ago, or how soon, in whole units: "3 h ago", "in 2 d"; a month over a year away."""
    distance = now - moment
    if abs(distance) > timedelta(days=365):
        return moment.astimezone(UTC).strftime("%b %Y")
    seconds = int(abs(distance.total_seconds()))
    if seconds < _MINUTE:
        return "just now"
    words = (
        f"{seconds // _MINUTE} min"
        if seconds < _HOUR
        else f"{seconds // _HOUR} h"
        if seconds < _DAY
        else f"{seconds // _DAY} d"
    )
    return f"{words} ago" if distance > timedelta(0) else f"in {words}"


@pass_context
def _ago_here(context: Context, moment: datetime) -> str:
    return ago(moment, context["desk"].now)
