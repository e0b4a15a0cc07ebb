"""`credence llm`: what language models cost, and a server to try them without one."""

from __future__ import annotations

import typer

from credence.cli.llm.cost import cost
from credence.cli.llm.dev_server import dev_server

app = typer.Typer(no_args_is_help=True, help="Language models: what they cost, and a stand-in.")
app.command()(cost)
app.command()(dev_server)
