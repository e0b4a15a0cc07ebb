"""Events that are read once more: what the first reading counted is not counted again."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from credence.memory.lifecycle.bearing import Bearing, counted_before, pending
from credence.memory.lifecycle.consolidation import consolidate
from credence.memory.lifecycle.draft import Draft, Rules
from credence.memory.lifecycle.extraction import extract
from credence.memory.looked import Looked
from credence.memory.model import Belief, Finding, Item, Person, Status
from credence.memory.planner_run import PlannerRun
from credence.planner.context import Policy
from credence.planner.extraction.witnessed import Witnessed
from credence.planner.graph import build_graph
from credence.planner.matching import alike
from credence.planner.policies.plain import FixedIntervalPolicy
from credence.planner.run import run_planner
from credence.planner.state import Plan, Situation
from tests.fakes import NOW, MemoryInMind, SaidOutright, a_context, embed, says

ADA = Person("default", "ada")
GRAPH = build_graph()


async def run(
    store: MemoryInMind, *, forced: bool = True, policy: Policy | None = None
) -> PlannerRun:
    return await run_planner(
        ADA,
        run_id="run",
        lease="own",
        forced=forced,
        graph=GRAPH,
        context=a_context(store, policy=policy),
    )


async def consumed(*words: str) -> MemoryInMind:
    """A memory after one run over events that say these words."""
    store = MemoryInMind(events=[says(seq, text) for seq, text in enumerate(words, start=1)])
    await run(store, policy=FixedIntervalPolicy(1))
    store.counted = frozenset(
        (piece.chunk_id, piece.event_seq)
        for change in store.revisions[0].changes
        for piece in change.evidence
    )
    return store


def comes_late(store: MemoryInMind, seq: int, text: str) -> None:
    """The event's item is known by now, and with it the event says this."""
    event = says(seq, text)
    item = Item(item_id="late", title="Late")
    store.late.append(Witnessed(event=event, item=item, item_vector=None))


def likes(store: MemoryInMind) -> dict[str, int]:
    return {chunk.text: chunk.likes for chunk in store.belief.active}


def chunk_changed(store: MemoryInMind, chunk_id: int, **into: object) -> None:
    chunks = tuple(
        replace(chunk, **into) if chunk.chunk_id == chunk_id else chunk  # type: ignore[arg-type]
        for chunk in store.belief.chunks
    )
    store.belief = replace(store.belief, chunks=chunks)


async def test_only_what_the_first_reading_did_not_count_is_learnt() -> None:
    store = await consumed("heists 0.9", "puns 0.9")
    comes_late(store, 1, "heists 0.9; spies 0.8; puns 0.7")

    made = await run(store)

    assert likes(store) == {"heists": 1, "puns": 2, "spies": 1}
    assert store.belief.watermark == 2
    assert store.looked == Looked(at=NOW, to=2, shared_to=2, late=(1,), read=(1,))
    assert (made.outcome, made.events_consumed) == ("committed", 0)


async def test_late_events_are_pending_and_make_the_profile_older() -> None:
    store = await consumed("heists 0.9", "puns 0.9", "spies 0.9")
    before = (await run(store, forced=False)).signals
    comes_late(store, 1, "dragons 0.9")

    signals = (await run(store, forced=False)).signals

    assert (before["pending"], before["late"], before["since_profile"]) == (0, 0, 0)
    assert (signals["pending"], signals["late"], signals["since_profile"]) == (1, 1, 1)
    assert signals["novel"] == 1


async def test_a_topic_whose_chunk_joined_another_is_not_counted_for_that_one() -> None:
    store = await consumed("heists 0.9", "capers 0.9")
    draft = consolidate(Draft.of(store.belief), [(1, 2)], now=NOW, rules=Rules())
    store.belief = draft.belief
    comes_late(store, 2, "capers 0.9; heists 0.5")

    await run(store)

    assert likes(store) == {"heists": 2}


async def test_a_late_event_counts_once_where_what_it_founds_joins_what_it_counted_for() -> None:
    @dataclass(frozen=True)
    class Merging(FixedIntervalPolicy):
        async def __call__(self, situation: Situation) -> Plan:
            return replace(await super().__call__(situation), merges=((1, 2),))

    store = await consumed("heists 0.9")
    comes_late(store, 1, "heists 0.9; spies 0.8")

    await run(store, policy=Merging(1))

    (kept,) = store.belief.active
    assert kept.likes == 1
    assert kept.liking == pytest.approx(0.9)


async def test_an_event_does_not_bring_back_what_it_said_of_a_forgotten_chunk() -> None:
    store = await consumed("heists 0.9", "puns 0.9")
    chunk_changed(store, 1, status=Status.FORGOTTEN)
    comes_late(store, 1, "heists 0.9")

    await run(store)

    assert likes(store) == {"puns": 1}


async def test_another_event_may_bring_a_forgotten_chunk_back() -> None:
    store = await consumed("heists 0.9", "puns 0.9")
    chunk_changed(store, 1, status=Status.FORGOTTEN)
    comes_late(store, 2, "heists 0.9")

    await run(store)

    assert likes(store) == {"puns": 1, "heists": 2}


async def test_a_reworded_chunk_is_known_by_its_earlier_words() -> None:
    store = await consumed("heists 0.9")
    chunk_changed(store, 1, text="capers", aliases=("heists",), status=Status.FORGOTTEN)
    comes_late(store, 1, "heists 0.9")

    await run(store)

    assert likes(store) == {}


async def test_late_events_that_say_nothing_new_are_read_all_the_same() -> None:
    store = await consumed("heists 0.9")
    comes_late(store, 1, "heists 0.9")

    made = await run(store)

    assert made.outcome == "skipped"
    assert len(store.revisions) == 1
    assert store.looked == Looked(at=NOW, to=1, shared_to=1, late=(1,), read=(1,))


async def test_late_events_that_say_little_wait_with_the_policy() -> None:
    store = await consumed("heists 0.9")
    comes_late(store, 1, "spies 0.2")

    made = await run(store, forced=False)

    assert made.reason.startswith("1 event pending say little")
    assert store.looked == Looked(at=NOW, to=1, shared_to=1, late=(1,))


async def test_a_fixed_interval_counts_late_events() -> None:
    store = await consumed("heists 0.9")
    comes_late(store, 1, "spies 0.9")

    assert (await run(store, policy=FixedIntervalPolicy(2))).outcome == "skipped"
    store.events.append(says(2, "puns 0.9"))
    assert (await run(store, policy=FixedIntervalPolicy(2))).outcome == "committed"

    assert likes(store) == {"heists": 1, "puns": 1, "spies": 1}


async def test_an_extractor_of_its_own_reads_late_events_by_the_same_rule() -> None:
    store = await consumed("heists 0.9")
    comes_late(store, 1, "heists 0.9; spies 0.9")
    context = replace(a_context(store), extractor=SaidOutright())

    await run_planner(ADA, run_id="run", lease="own", forced=True, graph=GRAPH, context=context)

    assert likes(store) == {"heists": 1, "spies": 1}


async def test_events_consumed_without_their_item_are_named() -> None:
    store = MemoryInMind(events=[replace(says(1, "heists 0.9"), item_id="unknown"), says(2, "")])

    await run(store)

    assert store.looked == Looked(at=NOW, to=2, shared_to=2, unlinked=((1, "unknown"),))


def test_an_event_counted_for_a_merged_chunk_is_counted_for_where_it_went() -> None:
    chunks = extract(Draft.of(Belief()), _about("a", "b", "c"), rules=Rules()).belief.chunks
    one, two, three = chunks
    belief = Belief(
        chunks=(
            one,
            replace(two, status=Status.MERGED, merged_into=1),
            replace(three, status=Status.MERGED, merged_into=2),
        )
    )

    assert counted_before(7, [1], belief, frozenset({(3, 7)}))
    assert not counted_before(7, [3], belief, frozenset({(1, 7)}))
    assert not counted_before(8, [1], belief, frozenset({(3, 7)}))


def test_the_lifecycle_counts_nothing_twice_even_if_asked_to() -> None:
    belief = extract(Draft.of(Belief(), consumed_to=3), _about("a"), rules=Rules()).belief
    forgotten = replace(belief, chunks=(replace(belief.chunks[0], status=Status.FORGOTTEN),))
    again = Draft.of(forgotten, late=[1], counted_before=frozenset({(1, 1)}))

    assert extract(again, _about("a"), rules=Rules()).changes == ()
    assert pending(again, [replace(_about("a")[0], chunk_id=1)]) == ()
    assert pending(again, [replace(_about("a")[0], chunk_id=2)]) != ()
    assert pending(Draft.of(forgotten), _about("a")) == ()


async def test_chunks_of_a_topic_are_found_whatever_became_of_them() -> None:
    store = await consumed("heists 0.9", "puns 0.9", "spies 0.9")
    chunk_changed(store, 1, status=Status.FORGOTTEN)
    chunk_changed(store, 2, status=Status.REJECTED, text="wordplay", aliases=("puns",))
    findings = [bearing.finding for bearing in _about("heists", "puns", "dragons")]
    rows = await embed([finding.topic for finding in findings])

    found = alike(findings, rows, store.belief, store.vectors)

    assert found == (frozenset({1}), frozenset({2}), frozenset())
    assert alike(findings, rows, Belief(), {}) == (frozenset(),) * 3
    assert alike([], rows[:0], store.belief, store.vectors) == ()


def _about(*topics: str) -> tuple[Bearing, ...]:
    """One event a topic, from 1."""
    return tuple(
        Bearing(
            finding=Finding(
                event_seq=seq,
                occurred_at=NOW,
                category="trope",
                topic=topic,
                weight=0.9,
                words=topic,
            ),
            chunk_id=None,
        )
        for seq, topic in enumerate(topics, start=1)
    )
