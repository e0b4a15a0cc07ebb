"""`credence train`: the routed model from recorded people."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from credence.cli.options import Json
from credence.cli.output import notices, print_json
from credence.cli.refusals import Unusable, refusals
from credence.inference.listwise.stage import Stage


def train(
    stage: Annotated[
        Stage,
        typer.Argument(
            help="How far to go. experts: no model yet, they are kept in --checkpoints. router: "
            "the model that ships. reward: with a reward model beside it, which nothing asks. "
            "taro or all: the reward model steers, too."
        ),
    ] = Stage.ROUTER,
    *,
    data: Annotated[Path, typer.Option(help="Folder of InstructRec domains.", exists=True)],
    out: Annotated[Path, typer.Option(help="Folder for the model.")],
    extra: Annotated[
        Path | None, typer.Option(help="Folder of more readers of the domain `reads`.", exists=True)
    ] = None,
    checkpoints: Annotated[
        Path | None,
        typer.Option(help="Folder for checkpoints, metrics and plots; a killed run goes on there."),
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help="Folder that keeps encoded texts between runs.")
    ] = None,
    leave_out: Annotated[
        list[str] | None, typer.Option(help="A domain that nothing is learnt from; repeatable.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides positions and negatives.")] = 0,
    as_json: Json = False,
) -> None:
    """Train the ranking model, on recorded people; up to `router` it is the one that ships.

    People are split once, by hash; nothing is learnt from those of the exam half.
    """
    from credence.replay.routed.train import Training
    from credence.replay.routed.train import train as run

    began = time.perf_counter()
    seconds: dict[str, float] = {}

    def done(name: str) -> None:
        seconds[name] = round(time.perf_counter() - began - sum(seconds.values()), 1)
        notices().print(f"{name}: {seconds[name]:.0f} s")

    asked = Training(
        data=data,
        extra=extra,
        out=out,
        checkpoints=checkpoints,
        cache=cache,
        leave_out=frozenset(leave_out or ()),
        upto=stage,
        seed=seed,
    )
    with refusals():
        if stage is Stage.EXPERTS and checkpoints is None:
            raise Unusable("experts alone make no model", fix="say --checkpoints to keep them")
        bundle = run(asked, done=done)
    beyond = stage not in {Stage.EXPERTS, Stage.ROUTER}
    if beyond and bundle is not None and bundle.reward is None:
        notices().print("no reward model: of nobody is it known what they disliked")
    if as_json:
        written = None if bundle is None else str(out)
        print_json({"stage": stage, "out": written, "seconds": seconds})
    elif bundle is None:
        notices().print(f"no model yet; the experts are in {checkpoints}")
    else:
        notices().print(f"version {bundle.version} in {out}: {', '.join(bundle.parts)}")
