"""`credence replay study`: exams, run, audit and report in one go."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from credence.cli.output import harmless, notices
from credence.cli.refusals import refusals
from credence.cli.replay.asked import Cache, Processes
from credence.cli.replay.audit import audit
from credence.cli.replay.exam import Instruction, exam
from credence.cli.replay.report import report
from credence.cli.replay.run import run
from credence.replay.exam.paper import Negatives

_SYSTEMS = (
    "random,popularity,recency,tfidf,bm25,item-knn,als,sasrec,encoder-instruction,encoder-history,"
    "credence,credence:semantic,credence:fixed-3,credence:no-chunks,credence:no-events,"
    "credence:no-others,credence:no-instruction"
)


def study(
    out: Annotated[Path, typer.Option(help="Folder for exams, runs and report.html.")],
    *,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Folder of a domain, or of several. Without it: the simulated people of the "
            "demo, which show how it works and nothing else.",
            show_default=False,
        ),
    ] = None,
    users: Annotated[
        int,
        typer.Option(
            help="At most so many people of a domain. With sixty, five domains of some hundred "
            "people and some thousand items take less than ten minutes on two cores.",
            min=1,
        ),
    ] = 60,
    systems: Annotated[str, typer.Option(help="Names, comma-separated.")] = _SYSTEMS,
    seed: Annotated[int, typer.Option(help="Decides people and orders.")] = 0,
    workers: Annotated[int, typer.Option(help="People asked at a time.", min=1, max=64)] = 4,
    processes: Processes = None,
    cache: Cache = None,
) -> None:
    """Freeze exams, have systems sit them, audit the runs and write a report.

    A first look: `exam`, `run`, `audit` and `report` do the same one by one, with more choice. Run
    again after a failure, it goes on where it stopped.
    """
    with refusals():
        people = data if data is not None else _simulated(out / "people")
        texts = cache if cache is not None else out / "texts"
    frozen = exam(
        people,
        out / "exams",
        negatives=_lists(people),
        instruction=Instruction.BOTH,
        seed=seed,
        users=users,
        cache=texts,
    )
    run(frozen, people, out / "runs", systems, workers=workers, processes=processes, cache=texts)
    runs = [out / "runs" / path.stem for path in frozen]
    failed = [folder for folder in runs if not _passes(folder, people, texts)]
    report(runs, out / "report.html")
    if failed:
        notices().print(f"{len(failed)} audits failed: their figures are worth nothing")
        raise typer.Exit(1)


def _passes(folder: Path, data: Path, cache: Path) -> bool:
    try:
        audit(folder, data, cache=cache)
    except typer.Exit as ended:
        if ended.exit_code != 1:
            raise
        return False
    return True


def _lists(data: Path) -> list[Negatives]:
    """The release's lists alike in popularity where every domain has some; else those it has."""
    with refusals():
        from credence.replay.loaders.instructrec import load_domains

        matched = all(
            any(person.candidates_matched is not None for person in domain.people)
            for domain in load_domains(data)
        )
    return [Negatives.RELEASED_MATCHED if matched else Negatives.RELEASED]


def _simulated(folder: Path) -> Path:
    """The demo's people as a domain, made once."""
    from credence.replay.build.demo import NAME, build_demo

    made = folder / NAME
    if not made.exists():
        built = build_demo(made)
        notices().print(
            harmless(f"no --data: {len(built.domain.people)} simulated people of the demo")
        )
    return made
