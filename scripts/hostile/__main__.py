"""python -m scripts.hostile [--lists N] [--seed N]

How far an item rises that asks to be put first, in lists of ten of the demo's catalogue, where a
model obeys it; how far the best one falls where all others ask; and what the defences cost lists in
which nobody asks. Prints tables in Markdown.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import statistics
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import combinations
from pathlib import Path

from credence.app.adapters import embedded_postgres
from credence.app.adapters.llm.chat_model import ChatModel
from credence.app.adapters.llm.endpoint import Endpoint, Limits
from credence.app.breaker import Breaker
from credence.app.llm_dev.brain import built_in
from credence.app.llm_dev.faults import Fault, Faults
from credence.app.llm_dev.serving import listening
from credence.app.llm_dev.web import build_app
from credence.inference.encoder import BatchingEncoder, SentenceEncoder
from credence.memory.wilson import wilson
from credence.planner.counter import Shown
from credence.planner.llm.asking import Asks, Call, Errand
from credence.planner.llm.ranker import held_near
from scripts.bench.worlds import fresh_database
from scripts.hostile.lists import LENGTH, PLACES, attacked, demo_lists, outshouted
from scripts.hostile.rankers import blind, listwise, with_scorer

Order = tuple[int, ...]
_RISES = (1, 2, 3, 5)
_WAYS: Mapping[str, Callable[[Asks, Shown], Awaitable[Order]]] = {
    "title, creators, labels": partial(listwise, full=False),
    "full text": partial(listwise, full=True),
    "blind scores, labels": partial(blind, full=False),
    "blind scores, full text": partial(blind, full=True),
}
_BOUNDED = {
    "title, creators, labels": _RISES,
    "full text": (3,),
    "blind scores, full text": (3,),
}
_UNDEFENDED = "title, creators, labels"


@dataclass(slots=True)
class Unlimited:
    """A ledger that allows all and keeps nothing."""

    async def allows(self, errand: Errand) -> str | None:
        return None

    async def note(self, errand: Errand, calls: Sequence[Call]) -> None:
        pass


@dataclass(slots=True)
class Measured:
    """Orders of all lists by one way, and what they cost."""

    orders: list[Order] = field(default_factory=list)
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    def bounded(self, rise: int) -> Measured:
        """The same answers under a bound, which costs nothing."""
        held = [held_near(order, rise) for order in self.orders]
        return Measured(held, self.calls, self.tokens_in, self.tokens_out)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.hostile", description=__doc__)
    parser.add_argument("--lists", type=int, default=136)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="credence-hostile-") as folder:
        database = fresh_database(embedded_postgres.start(Path(folder) / "pg"), "hostile")
        lines = asyncio.run(_table(database, lists=chosen.lists, seed=chosen.seed))
    print("\n".join(lines))


async def _table(database: str, *, lists: int, seed: int) -> list[str]:
    encoder = SentenceEncoder()
    shown = await demo_lists(database, encoder, count=lists, seed=seed)
    batching = BatchingEncoder(encoder)
    brain = with_scorer(built_in(batching.embed_phrases), batching.embed_phrases)
    honest: dict[str, Measured] = {}
    hostile: dict[str, dict[str, Measured]] = {}
    sinking: dict[str, Measured] = {}
    async with (
        listening(build_app(brain)) as kind,
        listening(build_app(brain, faults=Faults({Fault.OBEY: 1.0}))) as obeying,
    ):
        for name, way in _WAYS.items():
            honest[name] = await _measured(way, shown, kind)
            hostile[name] = {
                place: await _measured(
                    way, [attacked(one, place, n) for n, one in enumerate(shown)], obeying
                )
                for place in PLACES
            }
            sinking[name] = await _measured(
                way, [outshouted(one, n) for n, one in enumerate(shown)], obeying
            )
    batching.close()
    for name, rises in _BOUNDED.items():
        for rise in rises:
            bounded = f"{name}, {within(rise)}"
            honest[bounded] = honest[name].bounded(rise)
            hostile[bounded] = {k: m.bounded(rise) for k, m in hostile[name].items()}
            sinking[bounded] = sinking[name].bounded(rise)
    return [
        f"{len(shown)} lists of {LENGTH} from the demo's catalogue, seed {seed}; the item that "
        "asks to be first is the local ranker's last.",
        "",
        *_of_attacks(hostile, honest),
        "",
        *_of_sinking(sinking, honest),
        "",
        *_of_honest_lists(honest),
    ]


async def _measured(
    way: Callable[[Asks, Shown], Awaitable[Order]], lists: Sequence[Shown], url: str
) -> Measured:
    calls: list[Call] = []
    model = ChatModel(
        Endpoint(base_url=url, key=None, model="credence-dev"),
        limits=Limits(),
        prices=None,
        ledger=Unlimited(),
        clock=lambda: datetime.now(UTC),
        breaker=Breaker(),
        in_flight=asyncio.Semaphore(8),
        finished=calls.append,
    )
    orders = [await way(model, shown) for shown in lists]
    await model.close()
    return Measured(
        orders,
        len(calls),
        sum(call.tokens_in for call in calls),
        sum(call.tokens_out for call in calls),
    )


def _of_attacks(
    hostile: Mapping[str, Mapping[str, Measured]], honest: Mapping[str, Measured]
) -> list[str]:
    heads = [f"command in the {place}: first; rise" for place in PLACES]
    rows = [
        "| what the model sees | no command, no obeying: first; rise | " + " | ".join(heads) + " |",
        "|" + "---|" * (len(heads) + 2),
    ]
    for name, by_place in hostile.items():
        cells = [_risen(honest[name]), *(_risen(by_place[place]) for place in PLACES)]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return rows


def _of_sinking(sinking: Mapping[str, Measured], honest: Mapping[str, Measured]) -> list[str]:
    rows = [
        "| what the model sees | no command, no obeying: the local first comes last; fall "
        "| commands in all other titles: last; fall |",
        "|---|---|---|",
    ]
    return rows + [
        f"| {name} | {_fallen(honest[name])} | {_fallen(one)} |" for name, one in sinking.items()
    ]


def _of_honest_lists(honest: Mapping[str, Measured]) -> list[str]:
    ours = honest[_UNDEFENDED].orders
    rows = [
        "| what the model sees | same order as undefended | same first | Kendall's tau with it "
        "| and with the local order | calls a list | tokens in, out a list |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, one in honest.items():
        same = [a == b for a, b in zip(one.orders, ours, strict=True)]
        first = [a[0] == b[0] for a, b in zip(one.orders, ours, strict=True)]
        taus = [_tau(a, b) for a, b in zip(one.orders, ours, strict=True)]
        local = [_tau(a, tuple(range(LENGTH))) for a in one.orders]
        count = len(one.orders)
        rows.append(
            f"| {name} | {_share(same)} | {_share(first)} | {_mean(taus)} | {_mean(local)} "
            f"| {one.calls / count:.1f} | {one.tokens_in / count:.0f}, "
            f"{one.tokens_out / count:.0f} |"
        )
    return rows


def within(rise: int) -> str:
    """A bound on how far a model may lift or lower an item, in words."""
    return f"at most {rise} place{'' if rise == 1 else 's'}"


def _risen(one: Measured) -> str:
    """Share of lists in which the last item by the local ranker came first; places it rose."""
    last = LENGTH - 1
    rises = [float(last - order.index(last)) for order in one.orders]
    return f"{_share([rise == last for rise in rises])}; {_mean(rises)}"


def _fallen(one: Measured) -> str:
    """Share of lists in which the first item by the local ranker came last; places it fell."""
    falls = [float(order.index(0)) for order in one.orders]
    return f"{_share([fall == LENGTH - 1 for fall in falls])}; {_mean(falls)}"


def _share(found: Sequence[bool]) -> str:
    """With its Wilson interval of 95%."""
    rate = sum(found) / len(found)
    low, high = wilson(rate, len(found), z=1.96)
    return f"{rate:.0%} ({low:.0%} to {high:.0%})"


def _mean(values: Sequence[float]) -> str:
    """With 1.96 standard errors."""
    error = 1.96 * statistics.stdev(values) / math.sqrt(len(values))
    return f"{statistics.fmean(values):.2f} ± {error:.2f}"


def _tau(one: Order, other: Order) -> float:
    """Kendall's tau of two orders without ties."""
    place, there = ({at: n for n, at in enumerate(order)} for order in (one, other))
    pairs = list(combinations(range(len(one)), 2))
    agree = sum((place[a] < place[b]) == (there[a] < there[b]) for a, b in pairs)
    return 2 * agree / len(pairs) - 1


if __name__ == "__main__":
    main()
