"""Where a report goes, and how figures stand in it."""

from __future__ import annotations

from pathlib import Path

from credence.replay.bootstrap import Interval


def publish(header: str, body: str, *, out: Path | None) -> None:
    """Write the report to `out`, or print it."""
    text = f"{header}\n{body}"
    if out is None:
        print(text)
    else:
        out.write_text(text + "\n", encoding="utf-8")


def plain(value: Interval) -> str:
    """A mean with its interval."""
    return f"{value.mean:.3f} [{value.low:.3f}, {value.high:.3f}]"


def gap(value: Interval) -> str:
    """A difference with its interval, in bold where that leaves out 0."""
    sure = "**" if value.above_zero or value.below_zero else ""
    return f"{sure}{value.mean:+.3f}{sure} [{value.low:+.3f}, {value.high:+.3f}]"
