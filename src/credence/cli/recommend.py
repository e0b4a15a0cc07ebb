"""`credence recommend`: a ranked list, with reasons when asked."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from credence.cli.api import connected
from credence.cli.options import Json, Key, Url
from credence.cli.output import harmless, print_json, results
from credence.cli.refusals import refusals


def recommend(
    user: Annotated[
        str | None,
        typer.Argument(help="For whom; leave it out for somebody unknown.", show_default=False),
    ] = None,
    *,
    instruction: Annotated[str, typer.Option(help="What is wanted now, in words.")] = "",
    candidates: Annotated[
        str | None,
        typer.Option(help="Rank these item ids, comma-separated.", show_default=False),
    ] = None,
    k: Annotated[int, typer.Option("--k", help="How many.", min=1, max=100)] = 10,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what raised and lowered every item.")
    ] = False,
    url: Url = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Recommend items to a person, or to anybody by an instruction alone."""
    ask: dict[str, Any] = {"instruction": instruction, "k": k, "explain": explain}
    if user is not None:
        ask["user_id"] = user
    if candidates is not None:
        ask["candidates"] = [part.strip() for part in candidates.split(",") if part.strip()]
    with refusals():
        made = asyncio.run(_recommend(ask, url, key))
        if as_json:
            print_json(made)
            return
        from credence.cli.view import recommendation_view

        console = results()
        title = harmless(f"For {user or 'anybody'}" + (f': "{instruction}"' if instruction else ""))
        console.print(recommendation_view(made, title=title, console=console))


async def _recommend(ask: dict[str, Any], url: str | None, key: str | None) -> dict[str, Any]:
    async with connected(url, key, lists=True) as api:
        return await api.post("/v1/recommendations", ask)
