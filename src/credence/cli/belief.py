"""`credence belief`: what is believed of one person."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from credence.cli.api import connected, user_path
from credence.cli.options import Json, Key, Url
from credence.cli.output import print_json, results
from credence.cli.refusals import refusals


def belief(
    user: Annotated[str, typer.Argument(help="Whose belief state.")],
    *,
    revision: Annotated[
        int | None, typer.Option(help="As it was at this revision.", min=0, show_default=False)
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(help="As it was at this time, say 2026-05-01T12:00:00Z.", show_default=False),
    ] = None,
    advance: Annotated[
        bool, typer.Option("--advance", help="Let the planner look at pending events first.")
    ] = False,
    url: Url = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Show what is believed of a person: latest events, beliefs with evidence, profile."""
    with refusals():
        found = asyncio.run(_belief(user, url, key, revision=revision, at=at, advance=advance))
        if as_json:
            print_json(found)
            return
        from credence.cli.view import belief_view

        console = results()
        console.print(belief_view(found, console=console))


async def _belief(
    user: str,
    url: str | None,
    key: str | None,
    *,
    revision: int | None,
    at: str | None,
    advance: bool,
) -> dict[str, Any]:
    async with connected(url, key) as api:
        if advance:
            await api.post(user_path(user, "belief/advance"))
        return await api.get(user_path(user, "belief"), revision=revision, at=at)
