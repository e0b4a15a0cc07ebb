"""Contradictions that a plan meant to end: what the record says, and that they are seen again."""

from __future__ import annotations

from dataclasses import replace

from credence.memory.lifecycle.draft import Draft
from credence.planner.given_way import given_way
from credence.planner.graph import build_graph
from credence.planner.state import Plan
from tests.fakes import MemoryInMind, says
from tests.unit.planner.llm.test_policy import (
    CAPERS,
    FORGETTING,
    HEISTS,
    NO_CAPERS,
    READING,
    a_policy,
    answer,
    done_by,
    planned,
    step,
    verdict,
)
from tests.unit.planner.llm.world import (
    Scripted,
    a_belief,
    a_chunk,
    a_situation,
    about,
    an_event,
    proposals,
    vectors_for,
)
from tests.unit.planner.test_restored import Checkpoints, Models, a_process, go


def told(plan: Plan) -> tuple[str, ...]:
    assert plan.told is not None
    return plan.told.notes


async def test_a_pair_that_stands_though_it_was_to_end_is_looked_at_again() -> None:
    before = a_belief(a_chunk(1, "heists", liking=1.5), NO_CAPERS)
    grown = a_belief(a_chunk(1, "heists", liking=1.5), replace(NO_CAPERS, disliking=2.0))
    look = a_situation(
        grown, an_event(1, "x"), before=before, alike={2: 1}, done=(*READING, FORGETTING)
    )
    model = Scripted([answer(verdicts=[verdict("c1", "c2", "c1", reason="it turned")])])

    unmeant = await a_policy(Scripted([]))(look)
    plan = await a_policy(model)(replace(look, refutes=((1, 2),)))

    assert unmeant.told is None
    assert plan.operations == (FORGETTING,)
    assert plan.refutes == ((2, 1),)
    assert [chunk.text for chunk in done_by(plan, look).active] == ["capers"]


async def test_a_pair_that_was_found_to_stand_is_not_asked_about_twice() -> None:
    before = a_belief(HEISTS, NO_CAPERS)
    turned = a_belief(replace(HEISTS, liking=0.5), NO_CAPERS)
    look = a_situation(turned, before=before, alike={2: 1}, done=READING)
    model = Scripted([answer()])

    await a_policy(model)(look)

    assert model.asked == []


async def test_reasons_of_pairs_that_stand_are_kept_however_many_notes_there_are() -> None:
    likes = [a_chunk(n, f"thing {n}", liking=4) for n in range(1, 31)]
    against = [
        a_chunk(n + 50, f"Thing {n}", liking=0, disliking=3, category="genre") for n in range(1, 31)
    ]
    bad = answer(*(step(f"burn{n}") for n in range(12)))

    plan = await planned(bad, bad, of=a_situation(a_belief(*likes, *against)))

    standing = [note for note in told(plan) if "both stand: " in note]
    assert len(standing) == 30
    assert any("is no operation" in note for note in told(plan))
    assert told(plan)[-1] == "and 4 more"


def test_what_became_of_a_pair_is_told_as_it_is() -> None:
    before = Draft.of(a_belief(HEISTS, NO_CAPERS))
    plan = Plan(operations=(FORGETTING,), reason="", refutes=((1, 2),))

    def after(*ids: int) -> Draft:
        return replace(
            before, belief=a_belief(*(c for c in before.belief.chunks if c.chunk_id in ids))
        )

    agreed = replace(before, belief=a_belief(HEISTS, CAPERS))
    assert given_way(plan, before, after(1)) == ["c2 was forgotten"]
    assert given_way(plan, before, after(2)) == ["c2 stands: c1 was forgotten itself"]
    assert given_way(plan, before, after(1, 2)) == [
        "c2 and c1 both stand: c1 has no more behind it by now"
    ]
    for chosen in (replace(NO_CAPERS, pinned=True), replace(NO_CAPERS, edited=True)):
        hers = replace(before, belief=a_belief(HEISTS, chosen))
        assert given_way(plan, hers, hers) == ["c2 stands: the person said so"]
    assert given_way(plan, agreed, agreed) == [
        "c2 and c1 both stand: they contradict each other no more"
    ]


async def test_the_record_of_a_run_says_what_forgetting_did_and_not_what_was_meant() -> None:
    store = MemoryInMind(
        belief=replace(a_belief(a_chunk(1, "heists", liking=1.5), NO_CAPERS), watermark=4),
        events=[says(5, "capers -0.9")],
        vectors=vectors_for(a_belief(HEISTS, NO_CAPERS), {2: 1}),
    )
    store.belief = replace(store.belief, revision=0)
    models = Models(
        planner=Scripted([
            answer(step("extraction"), verdicts=[verdict("c1", "c2", "c2", reason="one slip")]),
            answer(verdicts=[verdict("c1", "c2", reason="films, not books")]),
        ]),
        extractor=Scripted([proposals(about("e5", "c2", "capers -0.9", clarity="emphatic"))]),
        synthesizer=Scripted([]),
    )  # fmt: skip

    made = await go(build_graph(Checkpoints()), a_process(store, models))

    assert [chunk.chunk_id for chunk in store.belief.active] == [1, 2]
    noted = [part["notes"] for part in made.detail["roles"] if part["role"] == "planner"]
    assert noted[:2] == [
        [
            "c2 is to give way: one slip",
            "events are read once, so reinforcement and weakening ran as well",
            "c2 and c1 both stand: c1 has no more behind it by now",
        ],
        ["c2 and c1 both stand: films, not books"],
    ]
