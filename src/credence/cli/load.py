"""`credence load`: a catalogue, and if wanted the histories, into the database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from credence.cli.api import Api, connected, in_batches, user_path
from credence.cli.faults import Fault, telling
from credence.cli.lines import fault_of_line, read_lines
from credence.cli.once import keyed
from credence.cli.options import Json, Key, Url
from credence.cli.output import notices, print_json, results
from credence.cli.refusals import REFUSED, Unusable, refusals

_ITEMS = 200  # a request; each is embedded before it is answered
_EVENTS = 1_000
_OF_ITEMS = ("items_created", "items_replaced", "items_rejected")
_COUNTED = (*_OF_ITEMS, "people", "events_recorded", "events_known", "events_rejected")


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
    """Load items into the catalogue (replacing those with the same id).

    A bad row is named and does not stop the others (exit code 2 if any). What was loaded of a
    history before is known: nothing of it is recorded twice.
    """
    with refusals():
        read = _read(source, with_events=with_events, people=people)
        faults = [*read.faults]
        counts = {**dict.fromkeys(_COUNTED, 0), "items_rejected": len(faults), "faults": faults}
        with telling(faults, lambda: _so_far(counts)):
            asyncio.run(_send(read, counts, url, key))
    if as_json:
        print_json(counts)
    else:
        results().print(_of_items(counts))
        if with_events:
            results().print(_of_events(counts))
    if counts["faults"]:
        raise typer.Exit(REFUSED)


@dataclass(frozen=True, slots=True)
class _Read:
    """Bodies of items, ids of people, bodies of events; of a file the lines of the items, and
    what is wrong with the others."""

    items: Sequence[dict[str, Any]]
    people: Sequence[str] = ()
    events: Sequence[dict[str, Any]] = ()
    lines: Sequence[int] = ()
    faults: Sequence[Fault] = ()


def _read(source: Path, *, with_events: bool, people: int | None) -> _Read:
    from credence.cli.histories import of_a_folder

    if not source.is_dir():
        if with_events or people is not None:
            raise Unusable(
                f"--events and --people are for a folder, and {source} is none",
                fix="leave them out, and send events with `credence events FILE`",
            )
        lines = read_lines(source)
        return _Read(lines.rows, lines=lines.numbers, faults=lines.faults)
    found = of_a_folder(source, now=datetime.now(UTC), most_people=people, most_items=None)
    return _Read(found.items, found.people, found.events) if with_events else _Read(found.items)


async def _send(read: _Read, counts: dict[str, Any], url: str | None, key: str | None) -> None:
    """Counts what becomes of it all; `row` of a fault counts from 1, or is the line of a file."""
    async with connected(url, key) as api:
        with Progress(console=notices(), transient=True) as progress:
            bar = progress.add_task("items", total=len(read.items))
            for before, batch in _numbered(in_batches(read.items, _ITEMS)):
                await _send_items(api, batch, read.lines[before:], before, counts)
                progress.advance(bar, len(batch))
            for user in read.people:
                await api.put(user_path(user), {})
                counts["people"] += 1
            bar = progress.add_task("events", total=len(read.events))
            # Their times are made up as they are read.
            events = keyed(read.events, of="load", but_for={"occurred_at"})
            for before, batch in _numbered(in_batches(events, _EVENTS)):
                await _send_events(api, batch, before, counts)
                progress.advance(bar, len(batch))


def _numbered(batches: Iterable[list[Any]]) -> Iterator[tuple[int, list[Any]]]:
    """Each batch with how many rows go before it."""
    before = 0
    for batch in batches:
        yield before, batch
        before += len(batch)


async def _send_items(
    api: Api, batch: list[Any], lines: Sequence[int], before: int, counts: dict[str, Any]
) -> None:
    answer = await api.post("/v1/items", {"items": batch})
    for result in answer["results"]:
        if result["status"] == "rejected":
            index, error = result["index"], result["errors"][0]
            counts["faults"].append(
                fault_of_line(lines[index], **error)
                if lines
                else {"of": "item", "row": before + index + 1, **error}
            )
    for name in _OF_ITEMS:
        counts[name] += answer[name.removeprefix("items_")]


async def _send_events(api: Api, batch: list[Any], before: int, counts: dict[str, Any]) -> None:
    """An event whose key is known under another time was loaded at another time."""
    answer = await api.post("/v1/events", {"events": batch})
    rejected = [result for result in answer["results"] if result["status"] == "rejected"]
    faults = [
        {"of": "event", "row": before + result["index"] + 1, **result["error"]}
        for result in rejected
        if result["error"]["field"] != "idempotency_key"
    ]
    counts["faults"] += faults
    counts["events_recorded"] += answer["recorded"]
    counts["events_known"] += len(batch) - answer["recorded"] - len(faults)
    counts["events_rejected"] += len(faults)


def _so_far(counts: dict[str, Any]) -> str:
    """Empty where nothing came of anything."""
    if not any(counts[name] for name in _COUNTED):
        return ""
    return f"{_of_items(counts)}; {_of_events(counts)}"


def _of_items(counts: dict[str, Any]) -> str:
    return (
        f"{counts['items_created']} items created, {counts['items_replaced']} replaced, "
        f"{counts['items_rejected']} rejected"
    )


def _of_events(counts: dict[str, Any]) -> str:
    return (
        f"{counts['people']} people, {counts['events_recorded']} events recorded, "
        f"{counts['events_known']} known before, {counts['events_rejected']} rejected"
    )
