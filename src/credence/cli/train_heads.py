"""`credence train-heads`: weights head and alpha router for one's own language models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from credence.cli.options import Json
from credence.cli.output import harmless, notices, print_json, results
from credence.cli.refusals import Unusable, refusals

if TYPE_CHECKING:
    from credence.replay.bootstrap import Interval
    from credence.replay.heads.train import Learnt

_MEASURE = "HR@1"


def train_heads(
    *,
    data: Annotated[Path, typer.Option(help="Folder of InstructRec domains.", exists=True)],
    out: Annotated[Path, typer.Option(help="Folder for the heads.")],
    checkpoints: Annotated[
        Path | None,
        typer.Option(help="Folder for what the models said; a killed run goes on from there."),
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help="Folder that keeps encoded texts between runs.")
    ] = None,
    domain: Annotated[
        list[str] | None, typer.Option(help="A domain to learn from; repeatable, all by default.")
    ] = None,
    people: Annotated[
        int | None, typer.Option(help="Of a domain at most, drawn by lot.", min=1)
    ] = None,
    each: Annotated[
        int, typer.Option(help="Earlier choices of a person at most.", min=0, max=100)
    ] = 2,
    seed: Annotated[int, typer.Option(help="Decides choices, lists and intervals.")] = 0,
    as_json: Json = False,
) -> None:
    """Learn how to route and steer the language models that CREDENCE_CAUSAL_* name.

    Every model is asked recorded choices as a recommendation would ask it. The weights head is
    learnt where experts are named, the alpha router where a reward model is; both are tried on
    people held out. The models themselves stay as they are.
    """
    from credence.app.causal_ranker import models_of
    from credence.app.settings import Settings
    from credence.replay.heads.lists import Asked
    from credence.replay.heads.train import HeadsTraining
    from credence.replay.heads.train import train_heads as run
    from credence.replay.heads.written import write

    with refusals():
        settings = Settings()
        models = settings.causal
        if models is None or not (models.experts or models.reward):
            raise Unusable(
                "no language models are named whose heads could be learnt",
                fix="set CREDENCE_CAUSAL_ROUTER, and CREDENCE_CAUSAL_EXPERTS or "
                "CREDENCE_CAUSAL_REWARD or both (docs/models.md)",
            )
        told = HeadsTraining(
            asked=Asked(
                data=data,
                only=frozenset(domain or ()),
                people=people,
                each=each,
                event_memory=settings.event_memory,
                seed=seed,
            ),
            models=models_of(replace(models, explanation_tokens=0), untrained=True),
            orders=models.orders,
            checkpoints=checkpoints,
            cache=cache,
        )
        try:
            out.mkdir(parents=True, exist_ok=True)  # what takes hours should not end in a refusal
        except OSError as error:
            raise Unusable(f"{out}: {error.strerror}", fix="name another --out") from error
        with _bars() as bars:
            learnt = run(
                told,
                stage=lambda name: _began(bars, name),
                done=lambda count, of: bars.update(bars.task_ids[-1], completed=count, total=of),
            )
        written = write(learnt, told, out)
    settings_to_make = {f"CREDENCE_CAUSAL_{name}": str(path) for name, path in written.items()}
    if as_json:
        print_json(_as_json(learnt, settings_to_make))
        return
    _show(learnt)
    for name, path in settings_to_make.items():
        results().print(Text(f"{name}={harmless(path)}"), soft_wrap=True)


def _bars() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=notices(),
        transient=True,
    )


def _began(bars: Progress, stage: str) -> None:
    """One bar at a time."""
    for former in bars.task_ids:
        bars.remove_task(former)
    bars.add_task(stage, total=None)


def _as_json(learnt: Learnt, settings: dict[str, str]) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "people": learnt.people,
        "left_out": learnt.left_out,
        "ruled_out": learnt.ruled_out,
        "head": None if learnt.head is None else learnt.head.how,
        "alpha": None if learnt.alpha is None else learnt.alpha.how,
        "trial": asdict(learnt.trial),
        "settings": settings,
    }


def _show(learnt: Learnt) -> None:
    trial, console = learnt.trial, results()
    console.print(
        f"tried on {trial.people} people held out, {trial.lists} lists; {_MEASURE}, 95% over people"
    )
    if learnt.left_out:
        console.print(f"left out: {learnt.left_out} lists longer than the models read")
    if learnt.ruled_out:
        console.print(
            f"alpha learnt nothing from {learnt.ruled_out} lists: a model gives the right item of "
            "them no probability at all"
        )
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for heading in ("", _MEASURE, f"{trial.ours}, less it"):
        table.add_column(heading, no_wrap=True)
    for system, told in trial.figures.items():
        less = "" if system == trial.ours else _cell(told[_MEASURE].ours_less, "+")
        table.add_row(Text(harmless(system)), _cell(told[_MEASURE].mean), less)
    console.print(table)
    if learnt.head is not None:
        console.print(Text(f"the head: {harmless(learnt.head.how)}"))
    if learnt.alpha is not None:
        console.print(Text(f"alpha: {learnt.alpha.how}"))
    if others := trial.not_surely_worse:
        said = ", ".join(harmless(name) for name in others)
        console.print(Text(f"{trial.ours} is not surely better than: {said}"), soft_wrap=True)


def _cell(one: Interval, sign: str = "") -> str:
    return f"{one.mean:{sign}.3f} [{one.low:{sign}.3f}, {one.high:{sign}.3f}]"
