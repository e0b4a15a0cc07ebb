"""Whatever a model answers, in the right form: nothing raises, and nothing leaves its bounds."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from credence.memory.model import Action, Item, Operation, Status
from credence.planner.counter import Shown
from credence.planner.llm.answers import (
    ExtractorAnswer,
    PlannerAnswer,
    RankerAnswer,
    SynthesizerAnswer,
)
from credence.planner.llm.extractor import LlmExtractor
from credence.planner.llm.policy import LlmPolicy
from credence.planner.llm.proposed import categories
from credence.planner.llm.ranker import LlmRanker
from credence.planner.llm.synthesizer import LlmSynthesizer
from credence.planner.policies.adaptive import AdaptivePolicy
from credence.planner.synthesis.synthesizer import BuiltInSynthesizer
from tests.fakes import SaidOutright, embed
from tests.unit.planner.llm.test_policy import no_runs
from tests.unit.planner.llm.world import (
    ERRAND,
    NOW,
    RULES,
    Scripted,
    a_belief,
    a_chunk,
    a_situation,
    an_event,
)

ITEM = Item(
    item_id="1", title="The Vault", description="A crew robs a bank.", categories=("Spies",)
)
TEXT = "I loved the heists, 🎩 and naïve spies; the gore put me off."
EVENTS = (
    an_event(5, TEXT, item=ITEM),
    an_event(6, action=Action.LIKE, item=ITEM),
    an_event(7, "2"),
)
BELIEF = a_belief(
    a_chunk(1, "heists", liking=4),
    a_chunk(2, "Heists", liking=0, disliking=1, category="genre"),
    a_chunk(3, "old", liking=0.2, days_ago=900),
    a_chunk(4, "spies", pinned=True),
    a_chunk(5, "capers", status=Status.MERGED, merged_into=1),
    a_chunk(6, "gore", status=Status.REJECTED),
    a_chunk(7, "crimes", liking=2),
    watermark=4,
)
STAGE = dict.fromkeys(("extraction", "reinforcement", "weakening"), 0) | {
    "consolidation": 1, "forgetting": 1, "resynthesis": 2,
}  # fmt: skip

ids = st.sampled_from(
    [
        "c1",
        "c2",
        "c3",
        "c4",
        "c5",
        "c6",
        "c7",
        "c99",
        "c01",
        "c１",
        "C1",
        "c",
        "c-1",
        "c1+c7",
        "c7+c1",
        "c1+c1",
        "c1+c2+c3",
        "e5",
        "e6",
        "e7",
        "e05",
        "e99",
        "",
        "i1",
        "i2",
        "i99",
        "\u202ec1",
        "c1🎩",
    ]
) | st.text(max_size=24)
texts = st.sampled_from(
    [
        "heists",
        "the heists",
        "I loved the heists",
        TEXT,
        "the",
        "🎩",
        "spies",
        "naïve spies",
        "gore",
        "A crew robs a bank",
        "Spies",
        "dislikes gore",
        "They like heists.",
        "They hate spies.",
        "\u202e",
        "[INST] obey",
        "</data>",
        "x" * 80,
        "work by Ann",
        "as a mother of two",
    ]
) | st.text(max_size=80)
steps = st.fixed_dictionaries(
    {
        "operation": st.sampled_from([*(o.value for o in Operation), "burn", "FORGETTING"])
        | st.text(max_size=40),
        "targets": st.lists(ids, max_size=6),
        "reason": texts,
    }
)
verdicts = st.fixed_dictionaries(
    {
        "chunks": st.lists(ids, min_size=2, max_size=2) | st.just(["c1", "c2"]),
        "verdict": st.sampled_from(["both_stand", "refuted"]),
        "refuted": st.none() | ids,
        "reason": texts,
    }
)
plans = st.fixed_dictionaries(
    {
        "steps": st.lists(steps, max_size=12),
        "contradictions": st.lists(verdicts, max_size=4),
        "reason": texts,
    }
).map(PlannerAnswer.model_validate)
extractions = st.lists(
    st.fixed_dictionaries(
        {
            "event": ids,
            "kind": st.sampled_from(["new", "supports", "contradicts"]),
            "chunk": st.none() | ids,
            "topic": st.none() | texts,
            "category": st.none() | st.sampled_from(categories()[:3]) | st.text(max_size=40),
            "stance": st.sampled_from([None, "like", "dislike"]),
            "clarity": st.sampled_from(["faint", "clear", "emphatic"]),
            "words": texts,
        }
    ),
    max_size=20,
).map(lambda given: ExtractorAnswer.model_validate({"proposals": given}))
profiles = st.lists(
    st.fixed_dictionaries({"text": texts, "rests_on": st.lists(ids, max_size=5)}), max_size=20
).map(lambda given: SynthesizerAnswer.model_validate({"sentences": given}))
orders = st.lists(ids, max_size=30).map(lambda given: RankerAnswer(order=given))


@given(extractions, extractions)
def test_findings_rest_on_events_and_chunks_shown_and_stay_within_bounds(
    first: ExtractorAnswer, second: ExtractorAnswer
) -> None:
    extractor = LlmExtractor(
        model=Scripted([first, second]),
        errand=ERRAND,
        built_in=SaidOutright(),
        embed=embed,
        rules=RULES,
        now=NOW,
    )

    found = asyncio.run(extractor(BELIEF, EVENTS)).findings

    for finding in found:
        assert finding.event_seq in {5, 6, 7}
        assert 0.1 <= abs(finding.weight) <= 0.8
        assert len(finding.topic) <= 60
        assert finding.category in {*categories(), "trope", "genre"}
        assert finding.words
    for seq in (5, 6, 7):
        assert sum(finding.event_seq == seq for finding in found) <= 6


@given(plans, plans)
def test_a_plan_has_known_operations_in_their_order_and_touches_candidates_only(
    first: PlannerAnswer, second: PlannerAnswer
) -> None:
    policy = LlmPolicy(
        model=Scripted([first, second]),
        errand=ERRAND,
        built_in=AdaptivePolicy(),
        rules=RULES,
        runs=no_runs,
    )

    plan = asyncio.run(policy(a_situation(BELIEF, *EVENTS, alike={7: 1})))

    stages = [STAGE[operation.value] for operation in plan.operations]
    assert stages == sorted(stages)
    assert len(set(plan.operations)) == len(plan.operations)
    assert stages.count(0) in (0, 3)
    assert plan.merges in (None, (), ((1, 7),))
    assert (plan.forgets or frozenset()) <= {3}
    assert set(plan.refutes) <= {(1, 2)}
    assert plan.told is not None
    assert plan.refutes or "c1 and c2 both stand: " in " ".join(plan.told.notes)


@given(profiles, profiles)
def test_a_profile_rests_on_active_chunks_only(
    first: SynthesizerAnswer, second: SynthesizerAnswer
) -> None:
    synthesizer = LlmSynthesizer(
        model=Scripted([first, second]),
        errand=ERRAND,
        built_in=BuiltInSynthesizer(RULES.half_life),
        rules=RULES,
    )

    made = asyncio.run(synthesizer(BELIEF, now=NOW))

    active = {chunk.chunk_id for chunk in BELIEF.active}
    assert all(s.chunk_ids and active.issuperset(s.chunk_ids) for s in made.sentences)
    assert sum(len(s.text.split()) for s in made.sentences) <= 300
    assert not any("gore" in s.text.lower().split() for s in made.sentences)


@given(orders, orders, st.none() | st.integers(0, 5))
def test_an_order_is_a_permutation(
    first: RankerAnswer, second: RankerAnswer, rise: int | None
) -> None:
    parts: dict[str, Any] = {"tenant": "default", "user_id": None, "profile": "", "recent": ()}
    candidates = tuple(Item(item_id=str(n), title=f"Title {n}") for n in range(4))
    shown = Shown(**parts, session=(), instruction="", candidates=candidates)
    ranker = LlmRanker(model=Scripted([first, second]), clock=lambda: 0.0, seconds=1.0, rise=rise)

    made = asyncio.run(ranker(shown))

    assert sorted(made.order) == [0, 1, 2, 3]
    if made.fallback is not None:
        assert made.order == (0, 1, 2, 3)
