"""`credence events`: record what people did, from JSON lines."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from credence.cli.api import connected, in_batches
from credence.cli.lines import read_lines
from credence.cli.options import Json, Key, Url
from credence.cli.output import harmless, notices, print_json, results
from credence.cli.refusals import REFUSED, refusals

_BATCH = 1_000  # events a request: as many as the API takes


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
    """Record events; a bad row is named and does not stop the others (exit code 2 if any)."""
    with refusals():
        counts = asyncio.run(_send(read_lines(file), url, key))
    for fault in counts["faults"]:
        notices().print(
            harmless(f"row {fault['row']}: {fault['message']}; {fault['fix']}"), markup=False
        )
    if as_json:
        print_json(counts)
    else:
        results().print(
            f"{counts['recorded']} recorded, {counts['duplicate']} known before, "
            f"{counts['rejected']} rejected"
        )
        if counts["recorded"] and url is None:
            notices().print(
                "The planner reads them when a server runs (credence serve), or for one person "
                "with: credence belief USER --advance"
            )
    if counts["rejected"]:
        raise typer.Exit(REFUSED)


async def _send(rows: list[dict[str, Any]], url: str | None, key: str | None) -> dict[str, Any]:
    """Counts by what became of the rows; `row` of a fault counts from 1."""
    counts: dict[str, Any] = {"recorded": 0, "duplicate": 0, "rejected": 0, "faults": []}
    async with connected(url, key) as api:
        for number, batch in enumerate(in_batches(rows, _BATCH)):
            answer = await api.post("/v1/events", {"events": list(batch)})
            for name in ("recorded", "duplicate", "rejected"):
                counts[name] += answer[name]
            counts["faults"] += [
                {"row": number * _BATCH + result["index"] + 1, **result["error"]}
                for result in answer["results"]
                if result["status"] == "rejected"
            ]
    return counts
