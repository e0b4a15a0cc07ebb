"""What chunks share is read where they become one, and nowhere else."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pytest

from credence.memory.lifecycle.correction import merge, reject
from credence.memory.lifecycle.draft import Rules
from credence.memory.model import Evidence, Person
from credence.memory.planner_run import PlannerRun
from credence.planner.correct import Correction, correct
from credence.planner.graph import build_graph
from credence.planner.run import run_planner
from tests.fakes import NOW, MemoryInMind, a_context, says
from tests.unit.planner.test_restored import Checkpoints, Killed, go

ADA = Person("default", "ada")
GRAPH = build_graph()


async def run(store: MemoryInMind) -> PlannerRun:
    context = a_context(store)
    return await run_planner(
        ADA, run_id="run", lease="own", forced=True, graph=GRAPH, context=context
    )


@dataclass
class CountsAsked(MemoryInMind):
    asked: int = 0  # how often for what chunks share

    async def shared_evidence(
        self, person: Person, *, also: Collection[int] = ()
    ) -> tuple[Evidence, ...]:
        self.asked += 1
        return await super().shared_evidence(person, also=also)


async def test_a_run_reads_what_chunks_share_only_where_they_become_one() -> None:
    store = CountsAsked(events=[says(1, "bee farms 0.9; paper mills 0.8")])
    await run(store)
    store.events.append(says(2, "bee farms 0.7"))
    again = await run(store)
    assert again.operations[0] == "reinforcement"
    assert store.asked == 0

    store.vectors[2] = store.vectors[1]  # they say the same now
    merging = await run(store)

    assert "consolidation" in merging.operations
    assert store.asked == 1
    (kept,) = store.belief.active
    assert kept.likes == 2  # the event of both counts once
    assert kept.liking == pytest.approx(1.6)


async def test_a_correction_reads_what_chunks_share_only_where_they_become_one() -> None:
    store = CountsAsked(events=[says(1, "heists 0.9; puns 0.8; spies 0.7")])
    await run(store)

    async def corrected(correction: Correction) -> None:
        await correct(ADA, correction, actor="ada", why="", lease="own", context=a_context(store))

    await corrected(lambda draft: reject(draft, 3, why="not me"))
    assert store.asked == 0
    await corrected(lambda draft: merge(draft, 2, into=1, now=NOW, rules=Rules(), why="the same"))
    assert store.asked == 1
    (kept,) = store.belief.active
    assert kept.likes == 1
    assert kept.liking == pytest.approx(0.9)
    assert [revision.number for revision in store.revisions] == [1, 2, 3]


async def about_to_merge() -> CountsAsked:
    """Two chunks of one event that say the same now, and more to be learnt."""
    store = CountsAsked(events=[says(1, "bee farms 0.9; paper mills 0.8")])
    await run(store)
    store.vectors[2] = store.vectors[1]
    store.events.append(says(2, "bee farms 0.9"))
    return store


async def test_a_run_killed_after_a_merge_goes_on_with_what_the_chunks_shared() -> None:
    whole, expected = Checkpoints(), await about_to_merge()
    await go(build_graph(whole), a_context(expected), run_id="merging")
    assert [chunk.likes for chunk in expected.belief.active] == [2]
    again = 0
    for after in range(1, whole.written):
        store, saver = await about_to_merge(), Checkpoints(killed_after=after)
        with pytest.raises(Killed):
            await go(build_graph(saver), a_context(store), run_id="merging")
        saver.left = None

        await go(build_graph(saver), a_context(store), run_id="merging")

        assert store.belief == expected.belief
        again += store.asked > 1
    assert again  # somewhere between the merge and the end
