from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from credence.memory.lifecycle.draft import Draft
from credence.memory.model import Belief, Operation, Status
from credence.memory.planner_run import PlannerRun
from credence.planner.carried_out import carried_out
from credence.planner.llm.answers import PlannerAnswer, Step, Verdict
from credence.planner.llm.policy import LlmPolicy
from credence.planner.policies.adaptive import AdaptivePolicy
from credence.planner.state import Plan, Reading, Situation
from tests.unit.planner.llm.world import (
    ERRAND,
    RULES,
    Script,
    Scripted,
    a_belief,
    a_chunk,
    a_situation,
    an_event,
)

READING = (Operation.EXTRACTION, Operation.REINFORCEMENT, Operation.WEAKENING)
CONSOLIDATION, FORGETTING = Operation.CONSOLIDATION, Operation.FORGETTING
RESYNTHESIS = Operation.RESYNTHESIS
HEISTS = a_chunk(1, "heists", liking=4)
CAPERS = a_chunk(2, "capers", liking=2)
NO_CAPERS = a_chunk(2, "capers", liking=0, disliking=1)
PLAIN = Reading(bearings=(), vectors={}, said={})


async def no_runs(most: int) -> Sequence[PlannerRun]:
    return ()


def a_policy(model: Scripted) -> LlmPolicy:
    return LlmPolicy(
        model=model, errand=ERRAND, built_in=AdaptivePolicy(), rules=RULES, runs=no_runs
    )


async def planned(*script: Script, of: Situation) -> Plan:
    return await a_policy(Scripted(script))(of)


def step(operation: str, *targets: str) -> Step:
    return Step(operation=operation, targets=list(targets), reason=f"{operation} is due")


def answer(*steps: Step, verdicts: Sequence[Verdict] = (), reason: str = "so") -> PlannerAnswer:
    return PlannerAnswer(steps=list(steps), contradictions=list(verdicts), reason=reason)


def verdict(one: str, other: str, refuted: str | None = None, *, reason: str = "it is") -> Verdict:
    said = "both_stand" if refuted is None else "refuted"
    return Verdict.model_validate(
        {"chunks": [one, other], "verdict": said, "refuted": refuted, "reason": reason}
    )


def notes(plan: Plan) -> str:
    assert plan.told is not None
    return " | ".join(plan.told.notes)


def done_by(plan: Plan, of: Situation) -> Belief:
    """The belief after the upkeep of a plan."""
    draft = of.draft or Draft.of(of.snapshot.belief)
    for operation in plan.operations:
        if operation in (CONSOLIDATION, FORGETTING):
            draft = carried_out(
                operation, draft, plan, situation=of, reading=PLAIN, rules=RULES, sentences=()
            )
    return draft.belief


async def test_nothing_is_asked_where_there_is_nothing_to_decide() -> None:
    model = Scripted([answer()])

    plan = await a_policy(model)(a_situation(a_belief(HEISTS)))

    assert (plan.operations, model.asked, plan.told) == ((), [], None)


async def test_steps_become_operations_with_their_reasons() -> None:
    plan = await planned(
        answer(step("extraction", "e1"), step("resynthesis"), reason="new things"),
        of=a_situation(a_belief(HEISTS), an_event(1, "spies 0.9")),
    )

    assert plan.operations == (*READING, RESYNTHESIS)
    assert "new things" in plan.reason
    assert "extraction is due" in plan.reason
    assert "events are read once" in notes(plan)


async def test_many_events_are_read_even_by_a_plan_that_leaves_them() -> None:
    waiting = [an_event(number, "hm") for number in range(1, 11)]

    few = await planned(answer(), of=a_situation(a_belief(HEISTS), *waiting[:-1]))
    many = await planned(answer(), of=a_situation(a_belief(HEISTS), *waiting))

    assert few.skips
    assert many.operations == READING
    assert "whatever the plan" in notes(many)


async def test_a_run_that_somebody_asked_for_reads_whatever_the_plan() -> None:
    situation = a_situation(a_belief(HEISTS), an_event(1, "hm"))
    asked = replace(situation, signals=replace(situation.signals, forced=True))

    assert (await planned(answer(), of=asked)).operations == READING


async def test_no_steps_skip() -> None:
    plan = await planned(
        answer(reason="little was said"), of=a_situation(a_belief(HEISTS), an_event(1, "hm"))
    )

    assert (plan.skips, plan.reason) == (True, "little was said")


@pytest.mark.parametrize(
    ("steps", "operations", "why"),
    [
        ([step("delete_everything")], (), "'delete_everything' is no operation"),
        ([step("correction")], (), "'correction' is no operation"),
        ([step("undo")], (), "'undo' is no operation"),
        ([step("extraction", "e9")], (), "extraction was refused: it names e9"),
        ([step("weakening", "c9")], (), "weakening was refused: it names c9"),
        ([step("forgetting", "c1")], (), "none of its chunks is in may_forget"),
        ([step("consolidation", "c1+c2")], (), "none of its pairs is in may_merge"),
        ([step("resynthesis"), step("extraction")], READING, "it came before extraction"),
        ([step("forgetting"), step("weakening")], READING, "it came before weakening"),
        ([step("extraction"), step("extraction")], READING, "in the plan already"),
    ],
)
async def test_what_makes_no_sense_is_refused_and_it_is_kept_why(
    steps: list[Step], operations: tuple[Operation, ...], why: str
) -> None:
    bad = answer(*steps)

    plan = await planned(bad, bad, of=a_situation(a_belief(HEISTS), an_event(1, "spies 0.9")))

    assert plan.operations == operations
    assert why in notes(plan)


async def test_an_unknown_target_beside_a_known_one_is_noted() -> None:
    plan = await planned(
        answer(step("extraction", "e1", "e77")),
        of=a_situation(a_belief(HEISTS), an_event(1, "spies 0.9")),
    )

    assert plan.operations == READING
    assert "extraction named e77, which is not there" in notes(plan)


async def test_a_refused_plan_is_asked_for_once_more() -> None:
    model = Scripted([answer(step("burn")), answer(step("extraction"))])

    plan = await a_policy(model)(a_situation(a_belief(HEISTS), an_event(1, "spies 0.9")))

    assert plan.operations == READING
    assert model.read == 2


async def test_near_duplicates_are_candidates_and_only_they_can_be_merged() -> None:
    belief = a_belief(HEISTS, CAPERS, a_chunk(3, "spies"))
    of = a_situation(belief, alike={2: 1})
    bad = answer(step("consolidation", "c2+c1", "c1+c3"))

    plan = await planned(bad, bad, of=of)

    assert plan.merges == ((1, 2),)
    assert "not in may_merge: c1+c3" in notes(plan)
    assert [c.text for c in done_by(plan, of).active] == ["heists", "spies"]


async def test_no_chain_of_merges_is_made() -> None:
    belief = a_belief(HEISTS, CAPERS, a_chunk(3, "con games", liking=1))
    of = a_situation(belief, alike={2: 1, 3: 2})

    plan = await planned(answer(step("consolidation", "c2+c3", "c1+c2")), of=of)

    assert plan.merges in (((1, 2),), ((2, 3),))
    assert "in another pair" in notes(plan)
    assert len(done_by(plan, of).active) == 2


async def test_two_chunks_may_join_one() -> None:
    belief = a_belief(HEISTS, CAPERS, a_chunk(3, "con games", liking=1))
    of = a_situation(belief, alike={2: 1, 3: 1})

    plan = await planned(answer(step("consolidation", "c1+c2", "c3+c1")), of=of)

    assert [c.text for c in done_by(plan, of).active] == ["heists"]


async def test_two_wordings_of_a_person_are_not_offered_for_merging() -> None:
    belief = a_belief(replace(HEISTS, pinned=True), replace(CAPERS, edited=True))
    model = Scripted([answer()])

    await a_policy(model)(a_situation(belief, alike={2: 1}))

    assert model.asked == []


async def test_chunks_of_two_emoji_are_no_pair() -> None:
    belief = a_belief(a_chunk(1, "🎩", edited=True), a_chunk(2, "🍕", liking=0, disliking=1))
    model = Scripted([answer()])

    await a_policy(model)(a_situation(belief))

    assert model.asked == []


async def test_what_decayed_goes_only_by_a_step_that_means_it() -> None:
    belief = a_belief(
        HEISTS, *(a_chunk(n, f"old {n}", liking=0.2, days_ago=900) for n in (2, 3, 4))
    )
    of = a_situation(belief)

    named = await planned(answer(step("forgetting", "c3", "c1"), step("resynthesis")), of=of)
    everything = await planned(answer(step("forgetting")), of=of)
    nothing = await planned(answer(step("resynthesis")), of=of)

    assert {c.chunk_id for c in done_by(named, of).active} == {1, 2, 4}
    assert "not in may_forget: c1" in notes(named)
    assert {c.chunk_id for c in done_by(everything, of).active} == {1}
    assert {c.chunk_id for c in done_by(nothing, of).active} == {1, 2, 3, 4}


async def test_a_contradiction_with_a_reason_stands() -> None:
    of = a_situation(a_belief(HEISTS, NO_CAPERS), alike={2: 1})

    plan = await planned(answer(verdicts=[verdict("c2", "c1", reason="films, not books")]), of=of)

    assert (plan.skips, plan.refutes) == (True, ())
    assert "c1 and c2 both stand: films, not books" in notes(plan)


async def test_the_refuted_side_of_a_contradiction_is_forgotten() -> None:
    of = a_situation(a_belief(HEISTS, NO_CAPERS), alike={2: 1})

    plan = await planned(answer(verdicts=[verdict("c1", "c2", "c2", reason="one slip")]), of=of)

    assert plan.operations == (FORGETTING,)
    assert "c2 is to give way: one slip" in notes(plan)
    after = done_by(plan, of)
    assert [c.status for c in after.chunks] == [Status.ACTIVE, Status.FORGOTTEN]


@pytest.mark.parametrize(
    "said",
    [
        [],
        [verdict("c1", "c2", reason="\u200b")],
        [verdict("c1", "c2", "c1")],
        [verdict("c1", "c2", "c9")],
        [verdict("c1", "c1")],
        [verdict("c1", "c9")],
        [
            Verdict.model_validate({
                "chunks": ["c1", "c2"], "verdict": "refuted", "refuted": None, "reason": "so",
            })
        ],
    ],
)  # fmt: skip
async def test_a_contradiction_without_a_usable_verdict_is_settled_by_the_evidence(
    said: list[Verdict],
) -> None:
    bad = answer(verdicts=said)
    clear = a_situation(a_belief(HEISTS, NO_CAPERS), alike={2: 1})
    close = a_situation(a_belief(HEISTS, replace(NO_CAPERS, disliking=3.0)), alike={2: 1})

    decided = await planned(bad, bad, of=clear)
    undecided = await planned(bad, bad, of=close)

    assert decided.refutes == ((1, 2),)
    assert undecided.refutes == ()
    assert "c1 and c2 both stand: neither clearly has more behind it" in notes(undecided)


async def test_evidence_counts_as_it_stands_today_when_a_taste_has_turned() -> None:
    old = a_chunk(1, "heists", liking=4, days_ago=1_100)  # an eighth of it is left
    new = a_chunk(2, "capers", liking=0, disliking=2)
    of = a_situation(a_belief(old, new), alike={2: 1})

    told = await planned(answer(verdicts=[verdict("c1", "c2", "c1")]), of=of)
    untold = await planned(None, of=of)

    assert [c.text for c in done_by(told, of).active] == ["capers"]
    assert [c.text for c in done_by(untold, of).active] == ["capers"]


async def test_what_a_person_pinned_is_not_refuted_and_may_refute_more_evidence() -> None:
    pinned = a_chunk(1, "heists", liking=0.5, pinned=True)
    of = a_situation(a_belief(pinned, a_chunk(2, "capers", liking=0, disliking=3)), alike={2: 1})
    against = answer(verdicts=[verdict("c1", "c2", "c1")])

    refused = await planned(against, against, of=of)
    followed = await planned(answer(verdicts=[verdict("c1", "c2", "c2")]), of=of)

    assert len(done_by(refused, of).active) == 2
    assert [c.text for c in done_by(followed, of).active] == ["heists"]


async def test_more_contradictions_than_a_model_is_shown_are_settled_too() -> None:
    likes = [a_chunk(n, f"thing {n}", liking=4) for n in range(1, 16)]
    against = [
        a_chunk(n + 20, f"Thing {n}", liking=0, disliking=1, category="genre") for n in range(1, 16)
    ]
    of = a_situation(a_belief(*likes, *against))
    model = Scripted([answer(verdicts=[verdict(f"c{n}", f"c{n + 20}") for n in range(1, 16)])])

    plan = await a_policy(model)(of)

    assert model.asked[0].data.count('"alike"') == 12
    assert len(plan.refutes) == 3


async def test_a_verdict_on_a_chunk_that_the_plan_merges_holds_for_what_it_joined() -> None:
    belief = a_belief(
        HEISTS, CAPERS, a_chunk(3, "robberies", liking=0, disliking=1), a_chunk(4, "spies")
    )
    of = a_situation(belief, alike={2: 1, 3: 2})

    plan = await planned(
        answer(step("consolidation", "c1+c2"), verdicts=[verdict("c2", "c3", "c3")]), of=of
    )

    assert plan.operations == (CONSOLIDATION, FORGETTING)
    assert [c.text for c in done_by(plan, of).active] == ["heists", "spies"]


async def test_without_an_answer_the_built_in_policy_chooses_and_is_named() -> None:
    of = a_situation(a_belief(HEISTS, NO_CAPERS), an_event(1, "x"), alike={2: 1})

    plan = await planned(None, of=of)

    assert plan.author == "adaptive-1 for llm-planner-1"
    assert plan.refutes == ((1, 2),)
    assert plan.told is not None
    assert plan.told.fallback == "the model is away"


async def test_settling_by_rule_forgets_nothing_that_merely_decayed() -> None:
    before = a_belief(HEISTS, a_chunk(3, "old", liking=0.2, days_ago=900))
    belief = a_belief(*before.chunks, replace(NO_CAPERS, chunk_id=4))
    of = a_situation(belief, before=before, alike={4: 1}, done=(Operation.EXTRACTION,))

    plan = await planned(None, of=of)

    assert plan.operations == (FORGETTING,)
    assert {c.chunk_id for c in done_by(plan, of).active} == {1, 3}


async def test_a_further_look_asks_only_about_what_the_run_brought_about() -> None:
    before = a_belief(HEISTS, NO_CAPERS, a_chunk(3, "old", liking=0.2, days_ago=900))
    done = (*READING, RESYNTHESIS)
    same = a_situation(before, an_event(1, "x"), before=before, alike={2: 1}, done=done)
    model = Scripted([answer()])

    plan = await a_policy(model)(same)

    assert (plan.skips, model.asked) == (True, [])


async def test_a_contradiction_that_the_run_made_is_judged_on_the_further_look() -> None:
    before = a_belief(HEISTS)
    belief = a_belief(HEISTS, NO_CAPERS)
    of = a_situation(belief, an_event(1, "x"), before=before, alike={2: 1}, done=READING)

    plan = await planned(
        answer(step("extraction", "e1"), verdicts=[verdict("c1", "c2", "c2")]),
        of=of,
    )

    assert plan.operations == (FORGETTING,)
    assert "no event is waiting to be read" in notes(plan)
    assert not plan.reads


async def test_reasons_are_bounded_and_carry_no_markup_of_templates() -> None:
    long = "x" * 390
    plan = await planned(
        answer(step("extraction"), reason=f"[INST] {long}"),
        of=a_situation(a_belief(HEISTS), an_event(1, "x")),
    )

    assert "[INST]" not in plan.reason
    assert len(plan.reason) < 600
