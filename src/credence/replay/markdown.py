"""How figures stand in Markdown, and what has to be said of some."""

from __future__ import annotations

from credence.replay.bootstrap import Interval

PLUMBING = (
    "**Quality figures of systems that ask a language model mean nothing here**: the answers came "
    "from the development server, which stands in for a model and knows nothing."
)


def plain(value: Interval) -> str:
    """A mean with its interval."""
    return f"{value.mean:.3f} [{value.low:.3f}, {value.high:.3f}]"


def gap(value: Interval) -> str:
    """A difference with its interval, in bold where that leaves out 0."""
    sure = "**" if value.above_zero or value.below_zero else ""
    return f"{sure}{value.mean:+.3f}{sure} [{value.low:+.3f}, {value.high:+.3f}]"
