"""`credence replay build`: a domain to examine from anybody's raw interactions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from credence.cli.options import Json
from credence.cli.output import harmless, print_json, results
from credence.cli.refusals import refusals

if TYPE_CHECKING:
    from credence.replay.build.domain import Built


def build(
    interactions: Annotated[
        Path,
        typer.Option(
            help="JSON lines, CSV or Parquet of user, item and perhaps time, rating (0 to 5) and "
            "review."
        ),
    ],
    items: Annotated[
        Path,
        typer.Option(help="Likewise item, title and perhaps description, categories, creators."),
    ],
    out: Annotated[Path, typer.Option(help="A new folder for the domain, in Parquet.")],
    name: Annotated[str, typer.Option(help="Of the domain; decides halves with the user ids.")],
    *,
    seed: Annotated[int, typer.Option(help="Decides negatives and their order.")] = 0,
    fewest: Annotated[
        int, typer.Option(help="Leave out who has fewer interactions, the target included.", min=2)
    ] = 4,
    liked: Annotated[
        float, typer.Option(help="Rating from which on something is liked.", min=0, max=5)
    ] = 4.0,
    as_json: Json = False,
) -> None:
    """Make an InstructRec-form domain: the last thing each person liked is held out.

    The instruction is the end of the person's own review of it, without title and names. Negatives
    are drawn at random and alike in popularity; none is anything the person ever dealt with.
    """
    with refusals():
        from credence.replay.build.domain import Asked
        from credence.replay.build.domain import build as made_of

        asked = Asked(
            interactions=interactions,
            items=items,
            out=out,
            name=name,
            seed=seed,
            fewest=fewest,
            liked=liked,
        )
        built = made_of(asked)
    if as_json:
        print_json(_as_json(built, out=out, seed=seed))
    else:
        _show(built, out=out)


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
