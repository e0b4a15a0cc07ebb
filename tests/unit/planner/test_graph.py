from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from credence.memory.errors import StaleBelief
from credence.memory.ledger import rebuilt
from credence.memory.lifecycle.correction import reject, reword
from credence.memory.model import Belief, Operation, Person, Status
from credence.memory.planner_run import PlannerRun
from credence.memory.strength import statement
from credence.planner.correct import correct
from credence.planner.extraction.said import Extraction
from credence.planner.extraction.witnessed import Witnessed
from credence.planner.graph import build_graph
from credence.planner.policies.plain import FixedIntervalPolicy
from credence.planner.run import run_planner
from tests.fakes import NOW, MemoryInMind, SaidOutright, a_context, says

ADA = Person("default", "ada")
GRAPH = build_graph()


async def run(store: MemoryInMind, *, interval: int | None = None) -> PlannerRun:
    policy = FixedIntervalPolicy(interval) if interval else None
    context = a_context(store, policy=policy)
    return await run_planner(
        ADA, run_id="run", lease="own", forced=True, graph=GRAPH, context=context
    )


async def test_events_become_chunks_and_a_profile_in_one_revision() -> None:
    store = MemoryInMind(
        events=[says(1, "heists 0.9"), says(2, "heists 0.8; puns -0.7"), says(3, "spies 0.9")]
    )

    made = await run(store)

    assert [statement(c) for c in store.belief.active] == [
        "likes heists",
        "dislikes puns",
        "likes spies",
    ]
    assert store.belief.profile is not None
    assert (made.outcome, made.revision, made.events_consumed) == ("committed", 1, 3)
    assert store.belief.watermark == 3
    assert made.signals["novel"] == 3


async def test_a_second_run_without_new_events_skips_and_says_why() -> None:
    store = MemoryInMind(events=[says(1, "heists 0.9")])
    await run(store)

    again = await run(store)

    assert again.outcome == "skipped"
    assert again.reason
    assert len(store.revisions) == 1


async def test_a_change_of_taste_turns_the_chunk_and_is_seen_as_contradiction() -> None:
    store = MemoryInMind(events=[says(1, "heists 0.9", days_ago=200)])
    await run(store)
    store.events += [says(2, "heists -0.9"), says(3, "heists -0.8")]

    made = await run(store)

    assert Operation.WEAKENING.value in made.operations
    assert [statement(c) for c in store.belief.active] == ["dislikes heists"]


class SaysMore(SaidOutright):
    """An extractor that also reads what the built-in one does not: words in brackets."""

    async def __call__(self, belief: Belief, events: Sequence[Witnessed]) -> Extraction:
        return await super().__call__(belief, [_with_text(w, "[]", "; ") for w in events])


class SaysLess(SaidOutright):
    async def __call__(self, belief: Belief, events: Sequence[Witnessed]) -> Extraction:
        told = [w for w in events if "[" not in w.event.text]
        return await super().__call__(belief, told)


def _with_text(one: Witnessed, signs: str, instead: str) -> Witnessed:
    text = one.event.text
    for sign in signs:
        text = text.replace(sign, instead)
    return replace(one, event=replace(one.event, text=text))


@pytest.mark.parametrize("models_read", [True, False])
async def test_what_another_extractor_finds_is_counted_whatever_the_policy_saw(
    models_read: bool,
) -> None:
    store = MemoryInMind(events=[says(1, "heists 0.9"), says(2, "heists 0.9"), says(3, "puns 0.9")])
    await run(store)
    store.events += [says(4, "heists 0.9; puns 0.9"), says(5, "[puns -0.9][spies 0.8]")]
    context = replace(a_context(store), reader=SaysLess())
    context = replace(context, extractor=SaysMore() if models_read else context.reader)

    made = await run_planner(
        ADA, run_id="run", lease="own", forced=False, graph=GRAPH, context=context
    )

    weighed = {c.text: (c.likes, c.dislikes) for c in store.belief.active}
    assert store.belief.watermark == 5
    if models_read:
        assert made.operations[:3] == ("extraction", "reinforcement", "weakening")
        assert made.reason == (
            "2 findings agree; events are read once, so extraction and weakening ran as well"
        )
        assert weighed == {"heists": (3, 0), "puns": (2, 1), "spies": (1, 0)}
    else:
        assert made.operations == ("reinforcement",)
        assert weighed == {"heists": (3, 0), "puns": (2, 0)}


async def test_the_ledger_alone_rebuilds_the_belief_at_every_revision() -> None:
    store = MemoryInMind()
    seen = [store.belief]
    for batch in range(5):
        store.events += [
            says(batch * 3 + i + 1, f"topic {(batch + i) % 4} {0.9 - batch * 0.4:.1f}")
            for i in range(3)
        ]
        await run(store, interval=3)
        seen.append(store.belief)

    assert [rebuilt(store.revisions[:n]) for n in range(len(seen))] == seen


async def test_the_planner_stays_off_what_a_person_rejected() -> None:
    store = MemoryInMind(events=[says(1, "heists 0.9"), says(2, "spies 0.9"), says(3, "puns 0.9")])
    await run(store)
    await correct(
        ADA,
        lambda draft: reject(draft, 1, why="not me"),
        actor="ada",
        why="not me",
        lease="own",
        context=a_context(store),
    )
    store.events += [says(4, "heists 0.9"), says(5, "heists 0.9"), says(6, "spies 0.5")]

    await run(store)

    assert "heists" not in {c.text for c in store.belief.active}
    assert store.belief.chunks[0].status is Status.REJECTED
    assert store.belief.profile is not None
    assert "heists" not in store.belief.profile.narrative


async def test_a_correction_is_a_revision_by_its_actor_with_a_vector_for_new_words() -> None:
    store = MemoryInMind(events=[says(1, "heists 0.9")])
    await run(store)
    old = store.vectors[1]

    revision = await correct(
        ADA,
        lambda draft: reword(draft, 1, text="clever heists", category=None, why="exact"),
        actor="ada",
        why="exact",
        lease="own",
        context=a_context(store),
    )

    assert (revision.number, revision.actor, revision.reason) == (2, "ada", "exact")
    assert store.belief.chunks[0].edited
    assert (store.vectors[1] != old).any()


async def test_what_speaks_of_a_chunks_earlier_words_speaks_of_the_reworded_chunk() -> None:
    store = MemoryInMind(events=[says(1, "heists 0.9")])
    await run(store)
    await correct(
        ADA,
        lambda draft: reword(draft, 1, text="clever capers", category=None, why="exact"),
        actor="ada",
        why="exact",
        lease="own",
        context=a_context(store),
    )
    store.events += [says(2, "heists 0.9")]

    await run(store)

    assert [(c.text, c.likes) for c in store.belief.active] == [("clever capers", 2)]


async def test_a_revision_is_of_the_time_of_its_commit_not_of_the_start_of_its_run() -> None:
    store = MemoryInMind(events=[says(1, "heists 0.9")])
    ticks = count()
    context = replace(a_context(store), clock=lambda: NOW + timedelta(minutes=next(ticks)))

    made = await run_planner(
        ADA, run_id="run", lease="own", forced=True, graph=GRAPH, context=context
    )

    (revision,) = store.revisions
    assert made.started_at == NOW < revision.at


async def test_a_run_on_a_belief_that_moved_meanwhile_writes_nothing() -> None:
    class Moving(MemoryInMind):
        async def observe(self, person: Person) -> object:  # type: ignore[override]
            snapshot = await super().observe(person)
            self.belief = rebuilt([])  # as erased and begun anew, now
            object.__setattr__(self.belief, "revision", 7)
            return snapshot

    store = Moving(events=[says(1, "heists 0.9")])

    with pytest.raises(StaleBelief):
        await run(store)

    assert store.revisions == []
    assert store.runs == []
