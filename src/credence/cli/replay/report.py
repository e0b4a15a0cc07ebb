"""`credence replay report`: what runs came to, as one HTML file, JSON, CSV and Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from credence.cli.options import Json
from credence.cli.output import harmless, notices, print_json, results
from credence.cli.refusals import Unusable, refusals

if TYPE_CHECKING:
    from credence.replay.figures.draws import Draws
    from credence.replay.figures.exam import ExamFigures
    from credence.replay.figures.quality import Figure


def report(
    runs: Annotated[list[Path], typer.Argument(help="Folders of runs, or a folder of such.")],
    out: Annotated[
        Path, typer.Option(help="The HTML file; figures.json, csv and md go beside it.")
    ],
    *,
    reference: Annotated[
        str | None,
        typer.Option(help="System that the others are held against; by default Credence."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            help="System to lay beside the reference person by person; by default the best other."
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(help="Decides what people are resampled, and what signs flipped.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Write one report about all these runs: it opens from disk and needs no network.

    Runs of one exam are shown together; runs of the same questions in other orders show how much
    the order decides. Exams of the same people with other drawn lists are counted together too.
    """
    with refusals():
        from credence.replay.figures.draws import count_draws
        from credence.replay.figures.exam import count_exams
        from credence.replay.figures.writing import write_figures
        from credence.replay.report.folders import run_folders
        from credence.replay.report.write import write_report
        from credence.replay.runner.reading import read_run

        if not out.parent.is_dir():
            raise Unusable(f"there is no folder {out.parent}", fix="make it, or name another --out")
        folders = run_folders(runs)
        with Progress(console=notices(), transient=True) as progress:
            reading = progress.add_task("reading runs", total=len(folders))
            read = []
            for folder in folders:
                read.append(read_run(folder))
                progress.advance(reading)
            counting = progress.add_task("counting exams", total=None)
            counted = count_exams(
                read, reference=reference, seed=seed, counted=lambda: progress.advance(counting)
            )
            draws = count_draws(counted)
        write_report(counted, draws, out, against=against)
        written = (out, *write_figures(counted, draws, out.parent))
    if as_json:
        print_json(_as_json(counted, draws, written))
    else:
        _show(counted, draws, written)


def _as_json(
    counted: Sequence[ExamFigures], draws: Draws, written: Sequence[Path]
) -> dict[str, Any]:
    from credence.replay.figures.writing import draws_json, figures_json

    html, whole, tidy, told = map(str, written)
    return {
        "report": html,
        "json": whole,
        "csv": tidy,
        "markdown": told,
        "exams": [figures_json(one) for one in counted],
        **draws_json(draws),
    }


def _show(counted: Sequence[ExamFigures], draws: Draws, written: Sequence[Path]) -> None:
    from credence.replay.metrics.measures import headlines

    console = results()
    for one in counted:
        title = f"{one.sat.exam.title}: {len(one.sat.exam.papers)} people"
        told = headlines(one.sat.exam.longest)
        _table(title, told, one.sat.systems, partial(one.figure, part="all"))
    for pool in draws.pools:
        drawn = f"{len(pool.sats)} draws ({pool.draws_in_words}) for {pool.people} people"
        _table(f"{pool.title}: {drawn}", pool.headlines, pool.systems, pool.figure)
        if pool.left:
            left_out = f"not counted over these draws: {pool.left_in_words}"
            console.print(Text(harmless(left_out)), soft_wrap=True)
    for left in draws.unpooled:
        console.print(Text(harmless(f"not counted together: {left.in_words}")), soft_wrap=True)
    for path in written:
        console.print(Text(harmless(f"wrote {path}")), soft_wrap=True)


def _table(
    title: str,
    measures: Sequence[str],
    systems: Sequence[str],
    figure: Callable[[str, str], Figure],
) -> None:
    """These measures, a row a system."""
    console = results()
    console.print(Text(harmless(title), style="bold"))
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for heading in ("", *measures):
        table.add_column(heading, no_wrap=True)
    for system in systems:
        values = [figure(system, measure).value for measure in measures]
        cells = [f"{v.mean:.3f} [{v.low:.3f}, {v.high:.3f}]" for v in values]
        table.add_row(Text(harmless(system)), *cells)
    console.print(table)
    console.print()
