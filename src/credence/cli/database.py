"""`credence db`: the schema of the configured database."""

from __future__ import annotations

import typer

from credence.cli.options import Json
from credence.cli.output import print_json, results
from credence.cli.refusals import refusals

app = typer.Typer(no_args_is_help=True, help="Look at the database schema, or bring it up to date.")


@app.command()
def upgrade(as_json: Json = False) -> None:
    """Bring the schema to the version that this code needs.

    What was found is more than the version before: the planner's threads may lack beside that.
    """
    with refusals():
        from credence.app import schema

        url = _url()
        before, found = schema.version(url), schema.present(url)
        schema.upgrade(url)
        after = schema.version(url)
    if as_json:
        print_json({"before": before, "found": found, "after": after})
    elif found == after:
        results().print(f"already at {after}")
    else:
        results().print(f"from {found or 'empty'} to {after}")


@app.command()
def status(as_json: Json = False) -> None:
    """Say which version the schema has and which one is needed (exit code 1 if they differ).

    The planner's threads are tables of their own, which may lack beside the newest version.
    """
    with refusals():
        from credence.app import schema

        url = _url()
        version, found, needed = schema.version(url), schema.present(url), schema.newest()
    if as_json:
        says = {"version": version, "found": found, "needed": needed, "current": found == needed}
        print_json(says)
    else:
        state = "up to date" if found == needed else "run `credence db upgrade`"
        results().print(f"schema {found or 'empty'}, needed {needed}: {state}")
    if found != needed:
        raise typer.Exit(1)


def _url() -> str:
    from credence.app.database import database_url
    from credence.app.settings import Settings

    return database_url(Settings())
