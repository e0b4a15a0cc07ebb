"""`credence serve`: the API and the planner, until stopped."""

from __future__ import annotations

import ipaddress
import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from credence.app.loopback import is_loopback
from credence.cli.admin import link_into
from credence.cli.output import notices
from credence.cli.ports import bound
from credence.cli.refusals import Unusable, refusals

if TYPE_CHECKING:
    from socket import socket

    from credence.app.bootstrap import Application
    from credence.app.settings import Settings


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8000,
    no_keys: Annotated[
        bool,
        typer.Option(
            "--no-keys",
            help="Listen beyond this machine, and answer to any name, although nobody needs a key.",
        ),
    ] = False,
) -> None:
    """Serve the API and the admin pages, and let the planner work in the background.

    On a terminal, and where no password is set, a link into the admin pages is printed.
    """
    with refusals():
        from credence.app.settings import Settings

        settings = Settings()
        if not settings.api_keys and not no_keys and not is_loopback(host):
            raise Unusable(
                f"{host} can be reached from other machines and no API key is needed",
                fix="set CREDENCE_API_KEYS=key=tenant, or say --no-keys if that is meant",
            )
        with bound(host, port) as listening:
            _serve(settings, host, port, listening, any_host=no_keys)


def _serve(
    settings: Settings, host: str, port: int, listening: list[socket], *, any_host: bool
) -> None:
    from credence.app.adapters import embedded_postgres
    from credence.app.main import create_app, server
    from credence.replay.shown.reader import ReplayFolder

    if settings.database_url is None:
        embedded_postgres.start(settings.data_dir / "postgres")
    here = address(host, port)
    web = server(
        create_app(settings, replays=ReplayFolder(settings.replays), any_host=any_host),
        host=host,
        port=port,
        started=partial(_invite, url=here) if _wants_a_link(settings) else None,
    )
    ways = f"API {here}/v1   docs {here}/docs   admin pages {here}/admin"
    notices().print(ways)
    web.run(sockets=listening)


def _wants_a_link(settings: Settings) -> bool:
    """Whether somebody looks on who has no other way into the admin pages; logs get no links."""
    return settings.admin_password is None and sys.stderr.isatty()


async def _invite(application: Application, *, url: str) -> None:
    link = await link_into(application.engine, who="admin", url=url)
    notices().print(
        f"\nThe admin pages, once, within a quarter of an hour (`credence admin link` makes "
        f"others):\n  {link}\n",
        soft_wrap=True,
    )


def address(host: str, port: int) -> str:
    """Where a browser on this machine finds a server that listens there."""
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return f"http://{host}:{port}"
    if ip.is_unspecified:
        ip = ipaddress.ip_address("127.0.0.1" if ip.version == 4 else "::1")
    return f"http://[{ip}]:{port}" if ip.version == 6 else f"http://{ip}:{port}"
