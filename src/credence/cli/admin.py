"""`credence admin`: ways into the admin pages."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from credence.cli.addresses import server_address
from credence.cli.options import Json
from credence.cli.output import print_json, results
from credence.cli.refusals import Unusable, refusals

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

_LONGEST_NAME = 200  # characters, as the API takes of an actor
app = typer.Typer(no_args_is_help=True, help="Ways into the admin pages.")


@app.command()
def link(
    who: Annotated[
        str, typer.Option("--as", help="Name under which acts go into the ledger.")
    ] = "admin",
    url: Annotated[
        str, typer.Option(help="Where the server is reached.")
    ] = "http://127.0.0.1:8000",
    as_json: Json = False,
) -> None:
    """Print a link that signs somebody in, once, within a quarter of an hour.

    Whoever can run this can read the database anyway, so no password is asked for.
    """
    with refusals():
        if not who.strip() or len(who) > _LONGEST_NAME or not who.isprintable():
            raise Unusable(
                "--as is no name for the ledger",
                fix=f"give 1 to {_LONGEST_NAME} characters on one line",
            )
        url = server_address(url)
        from credence.app.database import database_url
        from credence.app.settings import Settings

        address = asyncio.run(made_link(database_url(Settings()), who=who, url=url))
    if as_json:
        print_json({"link": address})
    else:
        results().print(address, soft_wrap=True)


@app.command(name="hash")
def hash_(
    password: Annotated[
        str,
        typer.Option(
            prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for if left out."
        ),
    ],
) -> None:
    """Print the hash of a password, for CREDENCE_ADMIN_PASSWORD."""
    with refusals():
        from credence.app.admin.passwords import hashed
        from credence.app.settings import SHORTEST_PASSWORD

        if len(password) < SHORTEST_PASSWORD:
            raise Unusable(
                "the password is too short",
                fix=f"take at least {SHORTEST_PASSWORD} characters",
            )
    results().print(hashed(password), soft_wrap=True)


async def made_link(database: str, *, who: str, url: str) -> str:
    """An address that signs somebody in, once. Raises SchemaOutdated."""
    from credence.app import schema
    from credence.inference.bundled import DIMENSION, NAME
    from credence.memory.database import create_engine

    await asyncio.to_thread(schema.check, database, encoder=NAME, dimension=DIMENSION)
    engine = create_engine(database, pool_size=1)
    try:
        return await link_into(engine, who=who, url=url)
    finally:
        await engine.dispose()


async def link_into(engine: AsyncEngine, *, who: str, url: str) -> str:
    """An address that signs somebody in, once, on a database that is up to date."""
    from urllib.parse import quote

    from credence.app.admin.links import MOUNTED, Links
    from credence.app.admin.sessions import make_link
    from credence.app.clock import utc_now

    token = await make_link(who, engine=engine, now=utc_now())
    return f"{Links(url.rstrip('/') + MOUNTED, '').link()}?token={quote(token)}"
