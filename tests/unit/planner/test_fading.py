"""What fades is told as faded, though nothing happens; and what waits is not used up by that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from credence.memory.lifecycle.draft import Rules
from credence.memory.model import Person, Status
from credence.memory.planner_run import PlannerRun
from credence.planner.graph import build_graph
from credence.planner.run import run_planner
from tests.fakes import NOW, MemoryInMind, a_context, says

ADA = Person("default", "ada")
GRAPH = build_graph()


async def a_look(store: MemoryInMind, *, days: float, forced: bool = False) -> PlannerRun:
    """One run so many days from now."""
    context = replace(a_context(store), clock=lambda: NOW + timedelta(days=days))
    run_id = f"run-{len(store.runs)}"
    return await run_planner(
        ADA, run_id=run_id, lease="own", forced=forced, graph=GRAPH, context=context
    )


def with_a_belief() -> MemoryInMind:
    loved = [says(n, "heists +0.9; puns +0.9; gore -0.9") for n in range(1, 5)]
    return MemoryInMind(events=loved)


def told(store: MemoryInMind) -> str:
    assert store.belief.profile is not None
    return store.belief.profile.narrative


async def test_a_profile_fades_at_a_look_that_nobody_asked_for() -> None:
    store = with_a_belief()
    await a_look(store, days=0)
    vivid = told(store)
    half = Rules().half_life / timedelta(days=2)

    early = await a_look(store, days=half)
    late = await a_look(store, days=8 * half)

    assert early.outcome == "skipped"
    assert (late.outcome, late.operations) == ("committed", ("resynthesis",))
    assert told(store) != vivid
    assert (await a_look(store, days=8 * half + 1)).outcome == "skipped"


async def test_whoever_asks_reads_the_profile_as_it_stands_now() -> None:
    store = with_a_belief()
    await a_look(store, days=0)
    vivid = told(store)

    again = await a_look(store, days=0, forced=True)
    assert (again.outcome, told(store)) == ("skipped", vivid)

    soon = await a_look(store, days=29, forced=True)
    assert (soon.outcome, told(store)) == ("skipped", vivid)

    later = await a_look(store, days=170, forced=True)
    assert (later.outcome, later.operations) == ("committed", ("resynthesis",))
    assert store.belief.profile is not None
    assert store.belief.profile.written_at == NOW + timedelta(days=170)  # in the same words or not


async def test_faint_events_go_on_waiting_while_something_is_forgotten() -> None:
    store = with_a_belief()
    await a_look(store, days=0)
    store.events.append(says(5, "trains +0.1"))
    store.belief = replace(
        store.belief,
        chunks=tuple(
            replace(chunk, liking=0.01, disliking=0.0) if chunk.text == "puns" else chunk
            for chunk in store.belief.chunks
        ),
    )

    upkeep = await a_look(store, days=1)

    assert "forgetting" in upkeep.operations
    assert (upkeep.outcome, upkeep.events_consumed) == ("committed", 0)
    assert upkeep.reason.endswith("waiting for more")
    assert store.belief.watermark == 4
    assert {c.text for c in store.belief.chunks if c.status is Status.FORGOTTEN} == {"puns"}

    store.events.append(says(6, "trains +0.3"))
    await a_look(store, days=1)

    (trains,) = [chunk for chunk in store.belief.active if chunk.text == "trains"]
    assert trains.likes == 2
