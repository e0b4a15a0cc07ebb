"""`credence replay run`: systems sit exams."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress, TextColumn
from rich.table import Table

from credence.cli.options import Json
from credence.cli.output import harmless, print_json, results
from credence.cli.refusals import Unusable, refusals
from credence.cli.replay.asked import Cache, Processes, command_line, names
from credence.cli.replay.bars import bars, spent_words

if TYPE_CHECKING:
    from credence.replay.exam.paper import FrozenExam
    from credence.replay.runner.folder import FinishedRun
    from credence.replay.runner.record import Record
    from credence.replay.runner.run import Watcher


class Engine(StrEnum):
    """What spreads people over processes."""

    LOCAL = "local"
    RAY = "ray"


def run(
    exams: Annotated[list[Path], typer.Argument(help="Files that `credence replay exam` made.")],
    data: Annotated[Path, typer.Option(help="The data that the exams were drawn from.")],
    out: Annotated[Path, typer.Option(help="Folder of the run; an exam's answers below its name.")],
    systems: Annotated[
        str, typer.Option(help="Names, comma-separated; `credence replay systems` lists them.")
    ],
    *,
    workers: Annotated[
        int,
        typer.Option(
            help="People asked at a time, by as many processes with --engine ray; the results are "
            "the same.",
            min=1,
            max=64,
        ),
    ] = 4,
    engine: Annotated[
        Engine,
        typer.Option(help="Where people are asked: on this machine, or over Ray's processes."),
    ] = Engine.LOCAL,
    processes: Processes = None,
    ray_address: Annotated[
        str | None,
        typer.Option(help="A Ray cluster that runs; without it one is started here."),
    ] = None,
    keep_memory: Annotated[
        bool, typer.Option("--keep-memory", help="Leave the memories' schemas in the database.")
    ] = False,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Have systems sit exams; run again after a failure, it goes on where it stopped.

    Memories are built from what people did before their targets, in schemas of their own, and
    Postgres refuses writes while the exam is sat.
    """
    with refusals():
        if engine is Engine.RAY and processes is not None:
            raise Unusable(
                "--processes takes domains at a time, and --engine ray spreads people instead",
                fix="leave --processes out; --workers says over how many of Ray's processes",
            )
        if engine is not Engine.RAY and ray_address is not None:
            raise Unusable(
                "--ray-address names a Ray cluster, and people are asked on this machine",
                fix="add --engine ray, or leave --ray-address out",
            )
        from credence.app.database import database_url
        from credence.app.settings import Settings
        from credence.replay.bundled import encode
        from credence.replay.exam.files import read_exam
        from credence.replay.runner.abreast import run_abreast
        from credence.replay.runner.reading import read_run
        from credence.replay.runner.run import Run, known
        from credence.replay.runner.spread import cluster

        named = names(systems)
        known(named)
        frozen = {path.stem: read_exam(path) for path in exams}
        if len(frozen) < len(exams):
            raise Unusable("two exams have one file name", fix="rename one: runs are named so")
        _check_once(list(zip(exams, frozen.values(), strict=True)))
        settings = Settings()
        asked = Run(
            exams=frozen,
            systems=named,
            data=data,
            out=out,
            database=database_url(settings),
            settings=settings,
            command=command_line(),
            at_once=workers,
            keep_memory=keep_memory,
            encode=encode,
            cache=cache,
            started_at=datetime.now(UTC),
        )
        with ExitStack() as stack:
            if engine is Engine.RAY:
                desks = stack.enter_context(cluster(processes=workers, address=ray_address))
                asked = replace(asked, desks=desks)
            shown = stack.enter_context(bars(TextColumn("{task.fields[spent]}")))
            folders = run_abreast(asked, _watcher(shown), processes=processes or _processors())
        _show([read_run(folder) for folder in folders], as_json=as_json)


def _check_once(exams: Sequence[tuple[Path, FrozenExam]]) -> None:
    """Raises Unusable for one exam in two files: every system would sit it twice."""
    first: dict[str, Path] = {}
    for path, exam in exams:
        other = first.setdefault(exam.sha256, path)
        if other != path:
            raise Unusable(
                f"{other} and {path} are one exam ({exam.sha256[:12]})",
                fix="delete one of them; names of exams carry their seed by now",
            )


def _watcher(shown: Progress) -> Watcher:
    from credence.replay.asking.spent import NOTHING, Spent
    from credence.replay.runner.run import Watcher

    def building(memory: str, people: int) -> Callable[[], None]:
        bar = shown.add_task(f"memory of {memory}", total=people, spent="")
        return lambda: shown.advance(bar)

    def exam(name: str, frozen: FrozenExam) -> Callable[[str, Record | None], None]:
        open_bars = {}
        spent = {}

        def told(system: str, record: Record | None) -> None:
            if system not in open_bars:
                title = f"{harmless(name)}: {system}"
                open_bars[system] = shown.add_task(title, total=len(frozen.papers), spent="")
                spent[system] = NOTHING
            if record is not None:
                spent[system] += Spent(
                    tokens_in=record.tokens_in,
                    tokens_out=record.tokens_out,
                    cost=record.cost,
                    unpriced=record.unpriced,
                )
            words = spent_words(spent[system].tokens, spent[system].price)
            shown.update(open_bars[system], advance=1, spent=words)

        return told

    return Watcher(exam=exam, building=building)


def _show(runs: Sequence[FinishedRun], *, as_json: bool) -> None:
    """HR@1 of each system, as a first look; the report has the rest."""
    if as_json:
        print_json(
            [
                {
                    "folder": str(run.folder),
                    "exam_sha256": run.exam.sha256,
                    "people": len(run.exam.papers),
                    "systems": {
                        name: {"hr_at_1": _first(records), "failures": _failures(records)}
                        for name, records in run.records.items()
                    },
                }
                for run in runs
            ]
        )
        return
    for run in runs:
        table = Table(
            title=f"{harmless(run.exam.title)}: {len(run.exam.papers)} people, "
            f"exam {run.exam.sha256[:12]}",
            title_justify="left",
            box=None,
            pad_edge=False,
            padding=(0, 3, 0, 0),
        )
        for heading in ("system", "HR@1", "failures"):
            table.add_column(heading, justify="left" if heading == "system" else "right")
        for name, records in run.records.items():
            table.add_row(name, f"{_first(records):.3f}", str(_failures(records)))
        results().print(table)
        results().print(f"answers: {harmless(str(run.folder))}\n")


def _first(records: Sequence[Record]) -> float:
    return sum(record.rank == 1 for record in records) / len(records)


def _failures(records: Sequence[Record]) -> int:
    return sum(bool(record.failure) for record in records)


def _processors() -> int:
    """Those that this process may use, where the system tells."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
