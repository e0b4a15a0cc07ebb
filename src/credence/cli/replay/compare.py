"""`credence replay compare`: two systems, or two runs, person by person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from credence.cli.options import Json
from credence.cli.output import harmless, print_json, results, working
from credence.cli.refusals import refusals

if TYPE_CHECKING:
    from credence.replay.bootstrap import Interval
    from credence.replay.figures.compare import Comparison, Contender


def compare(
    a: Annotated[str, typer.Argument(help="A run's folder, RUN/SYSTEM, or a system with --run.")],
    b: Annotated[str, typer.Argument(help="The same, of the other.")],
    *,
    run: Annotated[
        Path | None, typer.Option(help="The run that systems named alone belong to.")
    ] = None,
    seed: Annotated[
        int, typer.Option(help="Decides what people are resampled, and what signs flipped.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Hold A against B on the same people: A less B, with 95% intervals and p.

    Two runs are compared system by system. Answers to different exams are refused.
    """
    with refusals():
        from credence.replay.figures.compare import compare as held_against
        from credence.replay.figures.contenders import contenders
        from credence.replay.runner.reading import read_run

        with working("10,000 resamples"):
            found = held_against(contenders(a, b, run=run, read=read_run), seed=seed)
    if as_json:
        print_json([_as_json(one, seed=seed) for one in found])
    else:
        _show(found)


def _as_json(one: Comparison, *, seed: int) -> dict[str, Any]:
    return {
        "exam_sha256": one.a.run.exam.sha256,
        "a": _who(one.a),
        "b": _who(one.b),
        "people": one.people,
        "a_ranks_better": one.better,
        "same_rank": one.same,
        "a_ranks_worse": one.worse,
        "bootstrap_seed": seed,
        "measures": [asdict(gap) for gap in one.gaps],
    }


def _who(contender: Contender) -> dict[str, str]:
    return {"run": str(contender.run.folder), "system": contender.system}


def _show(found: Sequence[Comparison]) -> None:
    console = results()
    for one in found:
        exam = one.a.run.exam
        console.print(Text(harmless(f"{exam.title}: {one.people} people, {exam.sha256[:12]}")))
        console.print(Text(harmless(f"A {one.a.label}")))
        console.print(Text(harmless(f"B {one.b.label}")))
        table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
        table.add_column("")
        for heading in ("A", "B", "A less B", "p", "p, Holm"):
            table.add_column(heading, no_wrap=True)
        for gap in one.gaps:
            table.add_row(
                gap.measure,
                _cell(gap.a),
                _cell(gap.b),
                _cell(gap.difference, "+"),
                f"{gap.p:.4f}",
                f"{gap.p_holm:.4f}",
            )
        console.print(table)
        console.print(
            f"A ranks the target better for {one.better} people, the same for {one.same}, worse "
            f"for {one.worse}\n"
        )


def _cell(value: Interval, sign: str = "") -> str:
    return f"{value.mean:{sign}.3f} [{value.low:{sign}.3f}, {value.high:{sign}.3f}]"
