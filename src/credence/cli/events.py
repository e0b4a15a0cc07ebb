"""`credence events`: record what people did, from JSON lines."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from credence.cli.api import connected, in_batches
from credence.cli.faults import telling
from credence.cli.lines import Lines, fault_of_line, read_lines
from credence.cli.once import keyed
from credence.cli.options import Json, Key, Url
from credence.cli.output import notices, print_json, results
from credence.cli.refusals import REFUSED, refusals

_BATCH = 1_000  # events a request: as many as the API takes
_OUTCOMES = ("recorded", "duplicate", "rejected")


def events(
    file: Annotated[
        Path,
        typer.Argument(
            help="JSON lines: user_id, action, item_id, rating, text, occurred_at, "
            "idempotency_key; - is stdin."
        ),
    ],
    url: Url = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Record events; a bad row is named and does not stop the others (exit code 2 if any).

    A file that was sent before, in part, or before some of its lines were mended is known: nothing
    of it is recorded twice, and no row that came in another file. What somebody did once more
    needs an occurred_at or idempotency_key of its own, or to stand in the file once more.
    """
    with refusals():
        lines = read_lines(file)
        faults = [*lines.faults]
        counts = {**dict.fromkeys(_OUTCOMES, 0), "rejected": len(faults), "faults": faults}
        with telling(faults, lambda: _said(counts)):
            asyncio.run(_send(lines, counts, url, key))
    if as_json:
        print_json(counts)
    else:
        results().print(_said(counts) or "no events are in the file")
        if counts["recorded"] and url is None:
            notices().print(
                "The planner reads them when a server runs (credence serve), or for one person "
                "with: credence belief USER --advance"
            )
    if counts["rejected"]:
        raise typer.Exit(REFUSED)


async def _send(lines: Lines, counts: dict[str, Any], url: str | None, key: str | None) -> None:
    """Counts what becomes of the rows; `row` of a fault is the line of the file."""
    sent = 0
    async with connected(url, key) as api:
        for batch in in_batches(keyed(lines.rows, of="events"), _BATCH):
            answer = await api.post("/v1/events", {"events": batch})
            for name in _OUTCOMES:
                counts[name] += answer[name]
            counts["faults"] += [
                fault_of_line(lines.numbers[sent + result["index"]], **result["error"])
                for result in answer["results"]
                if result["status"] == "rejected"
            ]
            sent += len(batch)


def _said(counts: dict[str, Any]) -> str:
    """Empty where nothing came of anything."""
    if not any(counts[name] for name in _OUTCOMES):
        return ""
    return (
        f"{counts['recorded']} recorded, {counts['duplicate']} known before, "
        f"{counts['rejected']} rejected"
    )
