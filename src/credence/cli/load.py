"""`credence load`: a catalogue, and if wanted the histories, into the database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from credence.cli.api import connected, in_batches, user_path
from credence.cli.lines import read_lines
from credence.cli.options import Json, Key, Url
from credence.cli.output import notices, print_json, results
from credence.cli.refusals import refusals

_ITEMS = 200  # a request; each is embedded before it is answered
_EVENTS = 1_000


def load(
    source: Annotated[
        Path, typer.Argument(help="JSON lines of items, or a folder in InstructRec form.")
    ],
    *,
    with_events: Annotated[
        bool, typer.Option("--events", help="Load people's histories from the folder too.")
    ] = False,
    people: Annotated[
        int | None, typer.Option(help="At most so many people.", min=1, show_default=False)
    ] = None,
    url: Url = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Load items into the catalogue (replacing those with the same id)."""
    with refusals():
        items, users, events = _read(source, with_events=with_events, people=people)
        counts = asyncio.run(_send(items, users, events, url, key))
    if as_json:
        print_json(counts)
        return
    results().print(
        f"{counts['items_created']} items created, {counts['items_replaced']} replaced, "
        f"{counts['items_rejected']} rejected"
    )
    if with_events:
        results().print(
            f"{counts['people']} people, {counts['events_recorded']} events recorded, "
            f"{counts['events_rejected']} rejected"
        )


def _read(
    source: Path, *, with_events: bool, people: int | None
) -> tuple[list[dict[str, Any]], list[str], list[dict[str, Any]]]:
    """Bodies of items, ids of people, bodies of events."""
    from credence.cli.histories import of_a_folder

    if not source.is_dir():
        return read_lines(source), [], []
    found = of_a_folder(source, now=datetime.now(UTC), most_people=people, most_items=None)
    if not with_events:
        return list(found.items), [], []
    return list(found.items), list(found.people), list(found.events)


async def _send(
    items: list[dict[str, Any]],
    users: list[str],
    events: list[dict[str, Any]],
    url: str | None,
    key: str | None,
) -> dict[str, int]:
    counts = dict.fromkeys(
        ("items_created", "items_replaced", "items_rejected", "events_recorded", "events_rejected"),
        0,
    )
    counts["people"] = len(users)
    async with connected(url, key) as api:
        with Progress(console=notices(), transient=True) as progress:
            bar = progress.add_task("items", total=len(items))
            for batch in in_batches(items, _ITEMS):
                answer = await api.post("/v1/items", {"items": list(batch)})
                for name in ("created", "replaced", "rejected"):
                    counts[f"items_{name}"] += answer[name]
                progress.advance(bar, len(batch))
            for user in users:
                await api.put(user_path(user), {})
            bar = progress.add_task("events", total=len(events))
            for batch in in_batches(events, _EVENTS):
                answer = await api.post("/v1/events", {"events": list(batch)})
                for name in ("recorded", "rejected"):
                    counts[f"events_{name}"] += answer[name]
                progress.advance(bar, len(batch))
    return counts
