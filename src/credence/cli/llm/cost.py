"""`credence llm cost`: what a tenant's calls to language models cost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
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
from credence.memory.llm_call import Grouping, Total

_HEADINGS = ("calls", "failed", "tokens in", "cached", "out", "price", "share")
_NOBODY = {Grouping.PERSON: "nobody", Grouping.RUN: "no run"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Costs:
    """What is shown: groups, and all calls of the time together."""

    tenant: str
    by: tuple[Grouping, ...]
    since: datetime
    groups: tuple[Total, ...]
    whole: Total

    @property
    def share_is_of(self) -> str:
        """Tokens tell how calls compare where some have no price."""
        return "tokens" if self.whole.unpriced or not self.whole.price else "price"

    def share(self, one: Total) -> float:
        if self.share_is_of == "price":
            return one.price / self.whole.price
        return _tokens(one) / (_tokens(self.whole) or 1)


def cost(
    *,
    by: Annotated[
        list[Grouping] | None,
        typer.Option(
            help="Tell calls apart by this; may be given several times. Without it: by day and "
            "role.",
            show_default=False,
        ),
    ] = None,
    since: Since = None,
    days: Days = None,
    most: Annotated[int, typer.Option(help="Show at most so many lines.", min=1)] = 200,
    tenant: Annotated[str, typer.Option(help="Whose calls.")] = "default",
    as_json: Json = False,
) -> None:
    """Say what calls to language models cost, and what for.

    A failed call gave no clean answer: it was refused, late or malformed, or its check found a
    fault.
    """
    chosen = tuple(by) if by else (Grouping.DAY, Grouping.ROLE)
    with refusals():
        begun = start(since, days, now=datetime.now(UTC))
        costs = asyncio.run(_costs(tenant, chosen, begun, most))
    if as_json:
        print_json(_as_json(costs))
    else:
        console = results()
        title = harmless(f"Calls of tenant {tenant} since {begun:%Y-%m-%d} (UTC)")
        console.print(section(title, _view(costs), console=console))


async def _costs(tenant: str, by: tuple[Grouping, ...], since: datetime, most: int) -> _Costs:
    from credence.app.schema import current_database
    from credence.app.settings import Settings
    from credence.memory.unit_of_work import unit_of_work

    async with current_database(Settings()) as engine, unit_of_work(engine) as uow:
        groups = await uow.llm_calls.totals(tenant, by=by, since=since, most=most)
        (whole,) = await uow.llm_calls.totals(tenant, by=(), since=since)
    return _Costs(tenant=tenant, by=by, since=since, groups=groups, whole=whole)


def _as_json(costs: _Costs) -> dict[str, Any]:
    return {
        "tenant": costs.tenant,
        "since": costs.since.isoformat(),
        "by": list(costs.by),
        "share_is_of": costs.share_is_of,
        "groups": [_figures(one) | {"share": costs.share(one)} for one in costs.groups],
        "total": _figures(costs.whole),
    }


def _figures(one: Total) -> dict[str, Any]:
    return {**one.group} | {
        "calls": one.calls,
        "failed": one.failed,
        "tokens_in": one.tokens_in,
        "tokens_cached": one.tokens_cached,
        "tokens_out": one.tokens_out,
        "price": one.price,
        "unpriced": one.unpriced,
    }


def _view(costs: _Costs) -> RenderableType:
    whole = costs.whole
    if not whole.calls:
        return Text("no model was called")
    table = Table(box=None, pad_edge=False, header_style="dim", show_edge=False)
    for grouping in costs.by:
        table.add_column(grouping.value, overflow="fold")
    for heading in _HEADINGS:
        table.add_column(heading, justify="right", no_wrap=True)
    for one in costs.groups:
        names = [harmless(one.group[g] or _NOBODY.get(g, "")) for g in costs.by]
        table.add_row(*names, *_cells(one), f"{costs.share(one):.0%}")
    names = ["all", *[""] * (len(costs.by) - 1)]
    table.add_row(*names, *_cells(whole), "100%", style="bold")
    return Group(table, *_remarks(costs))


def _remarks(costs: _Costs) -> Sequence[Text]:
    whole, shown = costs.whole, sum(one.calls for one in costs.groups)
    said = []
    if shown < whole.calls:
        said.append(f"and {whole.calls - shown} calls in lines not shown (--most)")
    if whole.unpriced:
        said.append(
            f"{whole.unpriced} of {whole.calls} calls have no price, so prices are too low and "
            "shares are of tokens: set CREDENCE_LLM_PRICES for calls to come"
        )
    return [Text(one, style="dim") for one in said]


def _cells(one: Total) -> tuple[str, ...]:
    price = "unknown" if one.unpriced == one.calls else f"${one.price:.4f}"
    counts = (one.calls, one.failed, one.tokens_in, one.tokens_cached, one.tokens_out)
    return (*(f"{count:,}" for count in counts), price)


def _tokens(one: Total) -> int:
    return one.tokens_in + one.tokens_out
