"""The `credence` command. Heavy imports wait inside the commands, so that --help is quick."""

from __future__ import annotations

import atexit
import gc
from importlib.metadata import version
from typing import Annotated

import typer

from credence.cli import admin, database
from credence.cli.belief import belief
from credence.cli.demo.command import demo
from credence.cli.doctor import doctor
from credence.cli.events import events
from credence.cli.fit import fit
from credence.cli.llm import app as llm
from credence.cli.load import load
from credence.cli.outcomes import outcomes
from credence.cli.rebuild import rebuild
from credence.cli.recommend import recommend
from credence.cli.replay import app as replay
from credence.cli.serve import serve
from credence.cli.serve_ranker import serve_ranker
from credence.cli.train import train
from credence.cli.train_heads import train_heads
from credence.cli.work import work

app = typer.Typer(
    name="credence",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Keeps what it believes about people, with strength, evidence and reasons, and recommends "
    "by it.",
    epilog="Settings come from CREDENCE_* variables or .env (see `credence doctor`). Exit codes: "
    "0 done; 1 a check failed, or something unforeseen; 2 refused, with the reason and the fix on "
    "stderr.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("credence"))
        raise typer.Exit


@app.callback()
def _options(
    wanted: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Options of `credence` itself.

    What commands import stays until they end: looking for garbage among it at every step, and once
    more at the end, would be a quarter of what a start costs.
    """
    gc.set_threshold(20_000)
    atexit.register(gc.freeze)


for _command in (
    demo,
    serve,
    work,
    serve_ranker,
    load,
    events,
    belief,
    recommend,
    rebuild,
    outcomes,
    fit,
    train,
    train_heads,
    doctor,
):
    app.command()(_command)
app.add_typer(admin.app, name="admin")
app.add_typer(database.app, name="db")
app.add_typer(llm.app, name="llm")
app.add_typer(replay, name="replay")
