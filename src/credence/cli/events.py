"""`credence events`: record what people did, from JSON lines."""

from __future__ import annotations

import asyncio
import hashlib
from operator import itemgetter
from pathlib import Path
from typing import Annotated, Any

import typer

from credence.cli.api import as_sent, connected, in_batches
from credence.cli.faults import tell_faults, telling_so_far
from credence.cli.lines import Lines, fault_of_line, read_lines
from credence.cli.options import Json, Key, Url
from credence.cli.output import notices, print_json, results
from credence.cli.refusals import REFUSED, refusals

_BATCH = 1_000  # events a request: as many as the API takes
_OUTCOMES = ("recorded", "duplicate", "rejected")


def events(
    file: Annotated[
        Path,
        typer.Argument(
            help="JSON lines: user_id, action, item_id, rating, text, occurred_at; - is stdin."
        ),
    ],
    url: Url = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Record events; a bad row is named and does not stop the others (exit code 2 if any).

    A file that was sent before, or in part, is known: nothing of it is recorded twice.
    """
    with refusals():
        counts: dict[str, Any] = {"recorded": 0, "duplicate": 0, "rejected": 0, "faults": []}
        lines = read_lines(file)
        with telling_so_far(lambda: _said(counts)):
            asyncio.run(_send(lines, counts, url, key))
    counts["rejected"] += len(lines.faults)
    counts["faults"] = sorted([*lines.faults, *counts["faults"]], key=itemgetter("row"))
    tell_faults(counts["faults"])
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
    file = hashlib.sha256(b"\n".join(as_sent(row) for row in lines.rows)).hexdigest()
    sent = 0
    async with connected(url, key) as api:
        for number, batch in enumerate(in_batches(lines.rows, _BATCH)):
            answer = await api.post("/v1/events", {"events": batch}, once=f"{file}:{number}")
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
