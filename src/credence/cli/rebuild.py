"""`credence rebuild`: collaborative memory made anew from the event log."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.progress import Progress

from credence.cli.options import Json
from credence.cli.output import notices, print_json, results
from credence.cli.refusals import refusals


def rebuild(
    tenant: Annotated[str, typer.Option(help="Whose items.")] = "default",
    as_json: Json = False,
) -> None:
    """Make what people together say of items anew from the event log.

    Needed after CREDENCE_COLLABORATIVE was off for a while, or after an upgrade whose notes say so.
    A running server may go on meanwhile.
    """
    with refusals():
        people = asyncio.run(_rebuilt(tenant))
    if as_json:
        print_json({"tenant": tenant, "people": people})
    else:
        results().print(f"the events of {people} people were read again")


async def _rebuilt(tenant: str) -> int:
    from credence.app.bootstrap import running
    from credence.app.rebuild import rebuild as rebuild_memory
    from credence.app.settings import Settings
    from credence.inference.words import WordEncoder

    async with running(Settings(worker=False)) as app:
        with Progress(console=notices(), transient=True) as progress:
            bar = progress.add_task("people", total=None)
            return await rebuild_memory(
                tenant,
                app,
                words=WordEncoder().encode,
                done=lambda people: progress.update(bar, completed=people),
            )
