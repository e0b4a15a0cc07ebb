"""A live view of the stream: what was sent, and what the planner made of it."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from credence.cli.api import connected
from credence.cli.demo.stream import Look, caught_up, send_events, send_items
from credence.cli.histories import Histories


async def watched(
    url: str, histories: Histories, look: Look, *, console: Console
) -> dict[str, Any]:
    """Send everything, wait until the planner has caught up; what it came to, in figures."""
    columns = (
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console) as progress:
        bars = {
            "items": progress.add_task("catalogue", total=len(histories.items), note=""),
            "people": progress.add_task(
                "people", total=len(histories.people), note="", start=False
            ),
            "events": progress.add_task(
                "events", total=len(histories.events), note="", start=False
            ),
        }

        def tell(what: str, through: int) -> None:
            progress.start_task(bars[what])
            note = ""
            if what == "events":
                behind = look()
                note = f"planner: {behind.runs} runs, {behind.chunks} beliefs"
            progress.update(bars[what], completed=through, note=note)

        marks = [time.perf_counter()]
        async with connected(url, None, patient=True) as api:
            items_refused = await send_items(api, histories.items, tell)
            marks.append(time.perf_counter())
            events_refused = await send_events(api, histories, tell, look)
            marks.append(time.perf_counter())
        behind = await caught_up(look)
        marks.append(time.perf_counter())
        tell("events", len(histories.events))
    took = [round(later - earlier, 1) for earlier, later in pairwise(marks)]
    return {
        "items": len(histories.items) - items_refused,
        "people": len(histories.people),
        "events": len(histories.events) - events_refused,
        "refused": items_refused + events_refused,
        "planner_runs": behind.runs,
        "beliefs": behind.chunks,
        "caught_up": behind.waiting == 0,
        "seconds": dict(zip(("catalogue", "stream", "catching_up"), took, strict=True)),
    }
