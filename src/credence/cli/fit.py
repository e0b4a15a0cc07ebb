"""`credence fit`: weights of the ranker from a tenant's own people."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from credence.cli.options import Json
from credence.cli.output import harmless, notices, print_json, results
from credence.cli.refusals import Unusable, refusals

if TYPE_CHECKING:
    from credence.cli.own_weights import Measured, Outcome

_FIGURES = (("log-loss", "log_loss"), ("HR@1", "hit_rate_at_1"))


def fit(
    tenant: Annotated[str, typer.Option(help="Whose weights.")] = "default",
    *,
    seed: Annotated[int, typer.Option(help="Decides halves, lists and intervals.")] = 0,
    people: Annotated[int, typer.Option(help="Look at no more than so many.", min=1)] = 2_000,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Store nothing.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Store even what is no better on people held out.")
    ] = False,
    reset: Annotated[
        bool, typer.Option("--reset", help="Go back to the weights that ship with Credence.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Fit the ranker's weights on what a tenant's own people chose.

    Half of the people are learnt from and the others held out; new weights are stored where those
    do better than with the weights in use. Running servers take them up within a minute or two.
    """
    with refusals():
        if reset and (dry_run or force):
            raise Unusable("--reset fits nothing", fix="leave out --dry-run and --force")
        if reset:
            _say_reset(tenant, asyncio.run(_reset(tenant)), as_json=as_json)
            return
        made = asyncio.run(_fitted(tenant, seed=seed, people=people, force=force, dry_run=dry_run))
    if as_json:
        print_json(_as_json(tenant, made, seed=seed, dry_run=dry_run))
    else:
        _show(tenant, made, seed=seed, dry_run=dry_run)


async def _fitted(tenant: str, *, seed: int, people: int, force: bool, dry_run: bool) -> Outcome:
    from credence.app.bootstrap import running
    from credence.app.clock import utc_now
    from credence.app.settings import Settings
    from credence.cli.own_weights import fit_tenant

    async with running(Settings(worker=False)) as app:
        with Progress(console=notices(), transient=True) as progress:
            bar = progress.add_task("people", total=None)
            return await fit_tenant(
                tenant,
                app,
                seed=seed,
                people=people,
                now=utc_now(),
                force=force,
                dry_run=dry_run,
                done=lambda count: progress.update(bar, completed=count),
            )


async def _reset(tenant: str) -> bool:
    from credence.app.bootstrap import running
    from credence.app.settings import Settings
    from credence.memory.unit_of_work import unit_of_work

    async with running(Settings(worker=False)) as app, unit_of_work(app.engine) as uow:
        return await uow.ranker_weights.delete(tenant)


def _say_reset(tenant: str, there: bool, *, as_json: bool) -> None:
    if as_json:
        print_json({"tenant": tenant, "reset": there})
    elif there:
        results().print("the weights that ship with Credence are used again")
    else:
        results().print("there were no weights of this tenant's own")


def _as_json(tenant: str, made: Outcome, *, seed: int, dry_run: bool) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "seed": seed,
        "questions": made.questions,
        "with_instruction": made.with_instruction,
        "before": made.before,
        "after": made.after,
        "held_out": {table: asdict(one) for table, one in made.learnt.trials.items()},
        "kept": list(made.learnt.kept),
        "stored": made.stored,
        "dry_run": dry_run,
        "weights": dict(made.learnt.document),
    }


def _show(tenant: str, made: Outcome, *, seed: int, dry_run: bool) -> None:
    console = results()
    console.print(Text(f"{made.questions} questions of tenant {harmless(tenant)}, seed {seed}"))
    for name, trial in made.learnt.trials.items():
        console.print(
            f"\nweights {name.replace('_', ' ')}: fitted on {trial.fitted_on} people, tried on "
            f"{trial.tried_on} others"
        )
        table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
        for heading in ("", "before", "after", "difference"):
            table.add_column(heading, no_wrap=True)
        for label, figure in _FIGURES:
            table.add_row(label, *_cells(getattr(trial, figure)))
        console.print(table)
    console.print(f"\n{_verdict(made, dry_run=dry_run)}")


def _verdict(made: Outcome, *, dry_run: bool) -> str:
    if made.stored:
        return f"stored: semantic-{made.after}, in place of semantic-{made.before}"
    if dry_run and made.learnt.kept:
        return "nothing is stored, as --dry-run says"
    return f"no better on people held out: semantic-{made.before} stays in use"


def _cells(measured: Measured) -> list[str]:
    return [
        f"{one.mean:{sign}.3f} [{one.low:{sign}.3f}, {one.high:{sign}.3f}]"
        for one, sign in (
            (measured.before, ""),
            (measured.after, ""),
            (measured.difference, "+"),
        )
    ]
