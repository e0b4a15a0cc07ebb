"""`credence outcomes`: what came of the lists that a tenant was shown."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from credence.cli.options import Json
from credence.cli.output import harmless, print_json, results, section
from credence.cli.refusals import refusals
from credence.cli.since import Days, Since, start
from credence.memory.outcome import ListOutcome, Telling

_HEADINGS = ("lists", "people", "cited", "taken", "refused", "HR", "95%", "MRR")
_NONE = {Telling.EXPERT: "not routed"}
_SAYS = (
    "HR: lists of which something was bought, liked or rated 4 or more, by events that cite the "
    "list (impression_id). Rankers that were at work on other days or for other people are not "
    "compared by this: for that there is `credence replay build --tenant`."
)


def outcomes(
    *,
    by: Annotated[
        list[Telling] | None,
        typer.Option(
            help="Tell lists apart by this; may be given several times. Without it: by ranker.",
            show_default=False,
        ),
    ] = None,
    since: Since = None,
    days: Days = None,
    most: Annotated[int, typer.Option(help="Show at most so many lines.", min=1)] = 200,
    tenant: Annotated[str, typer.Option(help="Whose lists.")] = "default",
    as_json: Json = False,
) -> None:
    """Say what people took of the lists they were shown, by ranker, day, expert or request."""
    chosen = tuple(by) if by else (Telling.RANKER,)
    with refusals():
        begun = start(since, days, now=datetime.now(UTC))
        found = asyncio.run(_found(tenant, chosen, begun, most))
    if as_json:
        print_json(_as_json(tenant, chosen, begun, found))
    else:
        console = results()
        title = harmless(f"Lists shown by tenant {tenant} since {begun:%Y-%m-%d} (UTC)")
        console.print(section(title, _view(chosen, found), console=console))


async def _found(
    tenant: str, by: Sequence[Telling], since: datetime, most: int
) -> tuple[ListOutcome, ...]:
    from credence.app.schema import current_database
    from credence.app.settings import Settings
    from credence.memory.unit_of_work import unit_of_work

    async with current_database(Settings()) as engine, unit_of_work(engine) as uow:
        return await uow.outcomes.of(tenant, by=by, since=since, most=most)


def _as_json(
    tenant: str, by: Sequence[Telling], since: datetime, found: Sequence[ListOutcome]
) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "since": since.isoformat(),
        "by": list(by),
        "groups": [
            {**one.group}
            | {
                "lists": one.lists,
                "people": one.people,
                "cited": one.cited,
                "taken": one.taken,
                "refused": one.refused,
                "hit_rate": _rate(one),
                "mrr": one.mrr,
            }
            for one in found
        ],
    }


def _rate(one: ListOutcome) -> dict[str, float]:
    low, high = one.interval
    return {"mean": one.hit_rate, "low": low, "high": high}


def _view(by: Sequence[Telling], found: Sequence[ListOutcome]) -> RenderableType:
    if not found:
        return Text("no list was shown")
    table = Table(box=None, pad_edge=False, header_style="dim", show_edge=False)
    for telling in by:
        table.add_column(telling.value, overflow="fold")
    for heading in _HEADINGS:
        table.add_column(heading, justify="right", no_wrap=True)
    for one in found:
        names = [harmless(one.group[t] or _NONE.get(t, "")) for t in by]
        table.add_row(*names, *_cells(one))
    return Group(table, Text(_SAYS, style="dim"))


def _cells(one: ListOutcome) -> tuple[str, ...]:
    low, high = one.interval
    counts = (one.lists, one.people, one.cited, one.taken, one.refused)
    return (
        *(f"{count:,}" for count in counts),
        f"{one.hit_rate:.3f}",
        f"[{low:.3f}, {high:.3f}]",
        f"{one.mrr:.3f}",
    )
