"""`credence replay exam`: freezes who is asked, in front of what, in which order."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from credence.cli.options import Json
from credence.cli.output import harmless, notices, print_json, results, working
from credence.cli.refusals import REFUSED, Unusable, refusals
from credence.cli.replay.asked import Cache
from credence.replay.exam.paper import Negatives

if TYPE_CHECKING:
    from credence.replay.exam.paper import FrozenExam


class Instruction(StrEnum):
    """Whether people's instructions are shown."""

    WITH = "with"
    WITHOUT = "without"
    BOTH = "both"


_SHOWN = {
    Instruction.WITH: (True,),
    Instruction.WITHOUT: (False,),
    Instruction.BOTH: (True, False),
}


def exam(
    data: Annotated[Path, typer.Option(help="Folder of a domain, or of several.")],
    out: Annotated[Path, typer.Option(help="Folder to write the exams into, a file each.")],
    *,
    domain: Annotated[
        list[str] | None,
        typer.Option(help="Only this domain; may be given several times.", show_default=False),
    ] = None,
    negatives: Annotated[
        list[Negatives] | None,
        typer.Option(
            help="Where candidates come from; may be given several times. Without it: the lists "
            "of the release.",
            show_default=False,
        ),
    ] = None,
    instruction: Annotated[
        Instruction, typer.Option(help="Whether people's instructions are shown.")
    ] = Instruction.BOTH,
    seed: Annotated[
        int,
        typer.Option(help="Decides people, new candidates, what is learnt by chance, and orders."),
    ] = 0,
    order_seed: Annotated[
        int | None,
        typer.Option(
            help="Decides the order of candidates and of ties, and nothing else; by default --seed "
            "does.",
            show_default=False,
        ),
    ] = None,
    users: Annotated[
        int | None, typer.Option(help="At most so many people, by a seeded hash.", min=1)
    ] = None,
    users_from: Annotated[
        Path | None, typer.Option(help="File of user ids, one a line: these and no others.")
    ] = None,
    cache: Cache = None,
    as_json: Json = False,
) -> list[Path]:
    """Freeze exams: equal options and data give equal files, named by their SHA-256.

    Only people of the exam half are asked, of whom nothing that ships was learnt.
    """
    with refusals():
        if users is not None and users_from is not None:
            raise Unusable("--users and --users-from exclude each other", fix="give one of them")
        named = _named(users_from)
        from credence.replay.bundled import encode
        from credence.replay.exam.draft import Wanted, drafts, file_name
        from credence.replay.exam.files import write_exam
        from credence.replay.exam.freeze import NobodyToAsk
        from credence.replay.runner.hall import Hall, domain_names

        wanted = Wanted(
            negatives=negatives or [Negatives.RELEASED, Negatives.RELEASED_MATCHED],
            instructed=_SHOWN[instruction],
            seed=seed,
            order_seed=order_seed,
            most=users,
            named=named,
        )
        frozen: list[tuple[Path, FrozenExam]] = []
        for name in domain or domain_names(data):
            with working(f"reading {harmless(name)}"):
                for made in drafts(Hall.of(data, name, encode=encode, cache=cache), wanted):
                    if isinstance(made, NobodyToAsk):
                        notices().print(harmless(f"left out: {made}"))
                        continue
                    write_exam(made, out / file_name(made))
                    frozen.append((out / file_name(made), made))
    _show(frozen, as_json=as_json)
    if not frozen:
        raise typer.Exit(REFUSED)
    return [path for path, _ in frozen]


def _named(path: Path | None) -> list[str] | None:
    if path is None:
        return None
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(
            f"--users-from {path} cannot be read: {error}", fix="name a text file, an id a line"
        ) from error
    named = [line.strip() for line in lines if line.strip()]
    if not named:
        raise Unusable(f"--users-from {path} names nobody", fix="write one user id a line")
    return named


def _show(frozen: list[tuple[Path, FrozenExam]], *, as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {
                    "file": str(path),
                    "sha256": exam.sha256,
                    "domain": exam.domain,
                    "negatives": exam.negatives.value,
                    "instructed": exam.instructed,
                    "seed": exam.seed,
                    "order_seed": exam.order,
                    "people": len(exam.papers),
                }
                for path, exam in frozen
            ]
        )
        return
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for heading in ("exam", "people", "sha-256"):
        table.add_column(heading, no_wrap=True, justify="right" if heading == "people" else "left")
    for path, exam in frozen:
        table.add_row(harmless(str(path)), f"{len(exam.papers):,}", exam.sha256[:16])
    results().print(table)
