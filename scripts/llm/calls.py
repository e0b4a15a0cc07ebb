"""The calls of one measurement, as the application wrote them down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import psycopg


@dataclass(frozen=True, slots=True)
class Calls:
    """When each began and ended, in seconds."""

    spans: Sequence[tuple[float, float]]

    @property
    def answering(self) -> float:
        """Seconds of all of them together."""
        return sum(end - begin for begin, end in self.spans)

    def share_in_the_middle(self, *, latency: float, in_flight: int) -> float | None:
        """Of the pace that the latency alone would let through, from the first time that so many
        calls were in flight until the last; None if they never were twice.

        Leaves out how a run begins and ends, when there is not enough to ask. Of a call that
        reaches beyond, the part inside counts.
        """
        changes = sorted(
            [(begin, 1) for begin, _ in self.spans] + [(end, -1) for _, end in self.spans]
        )
        now = accumulate(change for _, change in changes)
        full = [at for (at, _), calls in zip(changes, now, strict=True) if calls >= in_flight]
        if not full or full[-1] == full[0]:
            return None
        first, last = full[0], full[-1]
        inside = sum(
            max(0.0, min(end, last) - max(begin, first)) / (end - begin)
            for begin, end in self.spans
        )
        return inside * latency / in_flight / (last - first)


def calls_of(database: str) -> Calls:
    """All that are written there."""
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT extract(epoch FROM started_at)::float8, latency_ms / 1000 FROM llm_calls"
        ).fetchall()
    return Calls([(begin, begin + seconds) for begin, seconds in rows])
