"""`credence replay evolve`: people's timelines walked, systems asked before each step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markdown import Markdown
from rich.progress import Progress, TextColumn

from credence.cli.options import Json
from credence.cli.output import harmless, print_json, results, working
from credence.cli.refusals import refusals
from credence.cli.replay.asked import Cache, command_line, names
from credence.cli.replay.bars import bars, spent_words

if TYPE_CHECKING:
    from credence.replay.asking.spent import Spent
    from credence.replay.evolving.run import Watcher
    from credence.replay.evolving.walker import Asking

_POLICIES = ("adaptive", "fixed-1", "fixed-3", "fixed-5", "fixed-10", "never")
_EVERY_POLICY = ",".join(f"credence:{policy}" for policy in _POLICIES)


def evolve(
    data: Annotated[Path, typer.Option(help="Folder of recorded people.")],
    domain: Annotated[str, typer.Option(help="Whose people are followed.")],
    out: Annotated[Path, typer.Option(help="Folder of the study.")],
    *,
    systems: Annotated[
        str, typer.Option(help="Variants of Credence, comma-separated.")
    ] = _EVERY_POLICY,
    spliced: Annotated[
        bool,
        typer.Option("--spliced", help="One person's first half, then another's second half."),
    ] = False,
    users: Annotated[
        int | None, typer.Option(help="Timelines, drawn by the seed; all unless given.", min=1)
    ] = None,
    stride: Annotated[int, typer.Option(help="Steps from question to question.", min=1)] = 1,
    seed: Annotated[
        int, typer.Option(help="Decides on timelines, candidates and their order.")
    ] = 0,
    workers: Annotated[
        int, typer.Option(help="People followed at a time; same results.", min=1, max=64)
    ] = 4,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Walk timelines and ask before each step; run again after a failure, it goes on.

    A system knows of the person what came before the step, and of others the training half. What
    a language model answered is not asked again.
    """
    with refusals():
        from credence.app.database import database_url
        from credence.app.settings import Settings
        from credence.inference.encoder import SentenceEncoder
        from credence.replay.evolving.figures.found import found
        from credence.replay.evolving.figures.tables import tables
        from credence.replay.evolving.figures.writing import as_document, write
        from credence.replay.evolving.run import Evolve, known
        from credence.replay.evolving.run import evolve as follow
        from credence.replay.report.walks import write_walk_report

        named = names(systems)
        known(named)
        settings = Settings()
        asked = Evolve(
            data=data,
            domain=domain,
            out=out,
            systems=named,
            spliced=spliced,
            most=users,
            stride=stride,
            seed=seed,
            at_once=workers,
            database=database_url(settings),
            settings=settings,
            command=command_line(),
            encode=SentenceEncoder().encode,
            cache=cache,
            started_at=datetime.now(UTC),
        )
        with bars(TextColumn("{task.fields[spent]}")) as shown:
            study = asyncio.run(follow(asked, _watcher(shown)))
        with working("10,000 resamples"):
            figures = found(study)
        write(figures, out)
        report = write_walk_report(figures, out)
        if as_json:
            print_json(as_document(figures))
            return
        results().print(Markdown(tables(figures)))
        results().print(f"steps and figures: {harmless(str(out))}")
        results().print(f"report: {harmless(str(report))}")


def _watcher(shown: Progress) -> Watcher:
    from credence.replay.asking.spent import NOTHING
    from credence.replay.evolving.run import Watcher

    def building(system: str, people: int) -> Callable[[], None]:
        bar = shown.add_task(f"others, for {system}", total=people, spent="")
        return lambda: shown.advance(bar)

    def walking(system: str, questions: int) -> Asking:
        bar = shown.add_task(system, total=questions, spent="")
        spent: dict[str, Spent] = {}

        def asking(user_id: str, step: int, so_far: Spent) -> None:
            spent[user_id] = so_far
            together = sum(spent.values(), NOTHING)
            shown.update(bar, advance=1, spent=spent_words(together.tokens, together.price))

        return asking

    return Watcher(building=building, walking=walking)
