"""Templates and the words that they put figures and moments into."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from credence.app.admin import drawings

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_MINUS = "\N{MINUS SIGN}"


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
        "clip": clip,
        "milliseconds": milliseconds,
    }
    made.globals |= {"drawings": drawings}
    return made


def rendered(template: str, context: Mapping[str, Any]) -> str:
    """A whole page."""
    return environment().get_template(template).render(context)


def signed(value: float, digits: int = 2) -> str:
    """A figure with its sign, the minus as wide as the plus."""
    text = f"{value:+.{digits}f}"
    return "0." + "0" * digits if float(text) == 0 else text.replace("-", _MINUS)


def count(value: int) -> str:
    """A whole number, in groups of three."""
    return f"{value:,}".replace("-", _MINUS)


def percent(value: float) -> str:
    """A share of 1."""
    return f"{100 * value:.0f}%"


def milliseconds(value: float) -> str:
    """A duration in the unit that reads best."""
    if value < 1_000:
        return f"{value:.0f} ms" if value >= 1 else f"{value:.2g} ms"
    seconds = value / 1_000
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.1f} min"


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


def ago(moment: datetime, now: datetime) -> str:
    """How long ago, or how soon: "3 h ago", "in 2 d"; a date where it is over a year."""
    distance = now - moment
    if abs(distance) > timedelta(days=365):
        return moment.astimezone(UTC).strftime("%b %Y")
    seconds = abs(distance.total_seconds())
    if seconds < _MINUTE:
        return "just now"
    words = (
        f"{seconds / _MINUTE:.0f} min"
        if seconds < _HOUR
        else f"{seconds / _HOUR:.0f} h"
        if seconds < _DAY
        else f"{seconds / _DAY:.0f} d"
    )
    return f"{words} ago" if distance > timedelta(0) else f"in {words}"


@pass_context
def _ago_here(context: Context, moment: datetime) -> str:
    return ago(moment, context["desk"].now)
