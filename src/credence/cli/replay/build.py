"""`credence replay build`: a domain to examine from raw interactions, or from one's own people."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress
from rich.text import Text

from credence.cli.options import Json
from credence.cli.output import harmless, notices, print_json, results
from credence.cli.refusals import Unusable, refusals

if TYPE_CHECKING:
    from credence.replay.build.domain import Asked, Built


def build(
    out: Annotated[Path, typer.Option(help="A new folder for the domain, in Parquet.")],
    name: Annotated[str, typer.Option(help="Of the domain; decides halves with the user ids.")],
    *,
    interactions: Annotated[
        Path | None,
        typer.Option(
            help="JSON lines, CSV or Parquet of user, item and perhaps time, rating (0 to 5), "
            "review, action and instruction.",
            show_default=False,
        ),
    ] = None,
    items: Annotated[
        Path | None,
        typer.Option(
            help="Likewise item, title and perhaps description, categories, creators.",
            show_default=False,
        ),
    ] = None,
    tenant: Annotated[
        str | None,
        typer.Option(
            help="Instead of files: the people and items of this tenant of the database.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides negatives and their order.")] = 0,
    fewest: Annotated[
        int, typer.Option(help="Leave out who dealt with fewer items, the target included.", min=2)
    ] = 4,
    liked: Annotated[
        float, typer.Option(help="Rating from which on something is liked.", min=0, max=5)
    ] = 4.0,
    as_json: Json = False,
) -> None:
    """Make an InstructRec-form domain: the last thing each person liked is held out.

    The instruction is what they had asked for, or the end of their own review of it, without title
    and names. Negatives are drawn at random and alike in popularity; none is anything the person
    ever dealt with. What is made of a tenant is a copy: whoever is erased later stays in it.
    """
    with refusals():
        from credence.replay.build.domain import Asked

        asked = Asked(out=out, name=name, seed=seed, fewest=fewest, liked=liked)
        asked.check()
        if tenant is None:
            built = _of_files(asked, interactions, items)
        elif interactions is not None or items is not None:
            raise Unusable(
                "--tenant is named beside files", fix="leave out either it or the two files"
            )
        else:
            built = asyncio.run(_of_tenant(asked, tenant))
    if as_json:
        print_json(_as_json(built, out=out, seed=seed))
    else:
        _show(built, out=out)


def _of_files(asked: Asked, interactions: Path | None, items: Path | None) -> Built:
    from credence.replay.build.domain import build as built_of
    from credence.replay.build.raw import read_files

    if interactions is None or items is None:
        raise Unusable(
            "nothing says what to build of",
            fix="name --interactions and --items, or a --tenant of the database",
        )
    return built_of(asked, read_files(interactions, items))


async def _of_tenant(asked: Asked, tenant: str) -> Built:
    from credence.app.schema import current_database
    from credence.app.settings import Settings
    from credence.replay.build.domain import write
    from credence.replay.build.exams import Exams
    from credence.replay.build.tenant import tenant_items, tenant_stories

    async with current_database(Settings()) as engine:
        exams = Exams(await tenant_items(engine, tenant), liked=asked.liked, fewest=asked.fewest)
        with Progress(console=notices(), transient=True) as progress:
            bar = progress.add_task("people", total=None)
            read = tenant_stories(
                engine,
                tenant,
                exams.items,
                done=lambda people: progress.update(bar, completed=people),
            )
            async for user_id, story in read:
                exams.take(user_id, story)
    return write(asked, exams, whence=f"tenant {tenant!r}")


def _as_json(built: Built, *, out: Path, seed: int) -> dict[str, object]:
    people = built.domain.people
    return {
        "domain": built.domain.name,
        "out": str(out),
        "seed": seed,
        "people": len(people),
        "items": len(built.domain.items),
        "interactions": sum(len(person.history) for person in people),
        "with_instruction": sum(person.instruction is not None for person in people),
        "left_out": dict(built.left_out),
    }


def _show(built: Built, *, out: Path) -> None:
    people = built.domain.people
    asked = sum(person.instruction is not None for person in people)
    console = results()
    console.print(
        Text(
            f"{harmless(built.domain.name)}: {len(people):,} people, {asked:,} with an "
            f"instruction, {len(built.domain.items):,} items, written to {harmless(str(out))}"
        ),
        soft_wrap=True,
    )
    for reason, count in built.left_out.items():
        console.print(Text(f"left out: {count:,} people with {reason}"))
