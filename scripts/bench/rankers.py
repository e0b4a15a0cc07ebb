"""What the routed model costs: recommending through it over recommending by the semantic ranker."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, replace

from credence.app.bootstrap import assemble
from credence.app.rankers import default_ranker
from credence.app.settings import Settings
from credence.demo.content import demo_items
from credence.inference.encoder import SentenceEncoder
from credence.planner.counter import Ask
from credence.planner.ranking.case import Ranker
from scripts.bench.asking import in_turns
from scripts.bench.figure import Figure, percentile
from scripts.bench.recommend import instructions
from scripts.bench.worlds import events, fill, fresh_database

_PEOPLE = 40
_LONGER = "<= 2"


@dataclass(frozen=True)
class _Everybody:
    """The same ranker for all tenants."""

    ranker: Ranker

    async def of(self, tenant: str) -> Ranker:
        return self.ranker


def rankers(server: str, encoder: SentenceEncoder, *, quick: bool) -> list[Figure]:
    """In process, encoder and database included: candidates named or found, reasons or none."""
    database = fresh_database(server, "bench_rankers")
    asyncio.run(fill(database, encoder, events(_PEOPLE, 18, seed=1), advance=True))
    return asyncio.run(_compared(database, encoder, turns=2 if quick else 6))


async def _compared(database: str, encoder: SentenceEncoder, *, turns: int) -> list[Figure]:
    app = assemble(Settings(worker=False), database, encoder)
    routed, semantic = (default_ranker(which, None) for which in ("routed", "semantic"))
    sides = (
        replace(app.counter, rankers=_Everybody(routed)),
        replace(app.counter, rankers=_Everybody(semantic)),
    )
    dice, items = random.Random(4), [item.item_id for item in demo_items()]
    words = instructions(dice)
    figures = []
    for named in (True, False):
        for explain in (False, True):

            def an_ask(named: bool = named, explain: bool = explain) -> Ask:
                return Ask(
                    tenant="default",
                    user_id=f"person-{dice.randrange(_PEOPLE):06d}",
                    instruction=next(words),
                    candidates=tuple(dice.sample(items, 10)) if named else None,
                    explain=explain,
                )

            seconds = await in_turns(sides, an_ask, turns=turns, each=40)
            what = f"{'10' if named else 'found'} candidates{', explained' if explain else ''}"
            figures.append(
                Figure(
                    f"recommend in process, {what}, routed model, p50, over semantic ranker",
                    percentile(seconds[0], 0.5),
                    percentile(seconds[1], 0.5),
                    "ms",
                    _LONGER,
                )
            )
    await app.close()
    return figures
