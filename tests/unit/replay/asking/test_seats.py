"""Language models in Credence's own seats, as an exam wants them."""

from __future__ import annotations

import json
from datetime import timedelta

from credence.memory.model import Operation, SeenEvent
from credence.planner.context import Roles
from credence.planner.counter import Shown
from credence.planner.extraction.witnessed import Witnessed
from credence.planner.llm.answers import ExtractorAnswer, RankerAnswer
from credence.planner.llm.extractor import LlmExtractor
from credence.planner.llm.ranker import LlmRanker
from credence.planner.policies.adaptive import AdaptivePolicy
from credence.replay.asking.building import Timely, replayed
from credence.replay.asking.seated import LastWord, in_order
from credence.replay.belief import events_of
from credence.replay.believing.hidden import Abstaining
from tests.fakes import NOW, SaidOutright, embed
from tests.unit.planner.llm.world import ERRAND, RULES, a_belief, a_chunk
from tests.unit.replay.asking.scripted import saying
from tests.unit.replay.systems.material import did
from tests.unit.replay.worlds import an_item

[EVENT] = events_of(did("5"))


def shown() -> Shown:
    return Shown(
        tenant="replay",
        user_id="anna",
        profile="Likes heists.",
        recent=(SeenEvent(event=EVENT, item_vector=None, title="Title 5"),),
        session=(),
        instruction="a heist",
        candidates=tuple(an_item(n) for n in range(3)),
    )


async def test_an_extractor_reads_in_the_events_own_time_not_in_ours() -> None:
    then = EVENT.occurred_at
    belief = a_belief(a_chunk(1, "heists", days_ago=(NOW - then).days))
    strengths = []
    for now in (then, then + timedelta(days=2_000)):
        model = saying({ExtractorAnswer: ExtractorAnswer(proposals=[])})
        extractor = LlmExtractor(
            model=model,
            errand=ERRAND,
            built_in=SaidOutright(),
            embed=embed,
            rules=RULES,
            now=now,
        )
        await Timely(extractor)(belief, [Witnessed(event=EVENT, item=None, item_vector=None)])
        [told] = model.documents(ExtractorAnswer)
        strengths.append(json.loads(told)["chunks"][0]["strength"])

    assert strengths[0] == strengths[1] > 0.3


async def test_operations_that_are_left_out_are_left_out_of_a_models_plan_too() -> None:
    skipped = frozenset({Operation.RESYNTHESIS})

    taken = replayed(lambda person, run: Roles(policy=AdaptivePolicy()), skipped)(None, "run")  # type: ignore[arg-type]

    assert taken.policy == Abstaining(AdaptivePolicy(), skipped)


async def test_what_is_hidden_is_hidden_from_a_model_that_ranks() -> None:
    model = saying({RankerAnswer: RankerAnswer(order=["i1", "i2", "i3"])})
    ranker = LlmRanker(model=model, clock=lambda: 0.0, seconds=1.0)
    for hidden in ((), ("chunks", "events"), ("instruction",)):
        await LastWord(ranker, hidden)(shown())

    whole, strange, silent = (json.loads(one) for one in model.documents(RankerAnswer))
    assert (whole["profile"], len(whole["recent"]), whole["instruction"]) == (
        "Likes heists.",
        1,
        "a heist",
    )
    assert (strange["profile"], strange["recent"]) == ("", [])
    assert "instruction" not in silent


async def test_labels_are_drawn_by_the_seed_that_is_given() -> None:
    orders = []
    for seed in (0, 0, *range(1, 6)):
        model = saying({RankerAnswer: RankerAnswer(order=["i1", "i2", "i3"])})
        word = LastWord(LlmRanker(model=model, clock=lambda: 0.0, seconds=1.0, seed=seed), ())
        await word(shown())
        orders.append(word.order)

    assert orders[0] == orders[1]
    assert len(set(orders)) > 1


async def test_without_an_answer_the_local_order_stands_and_that_is_remembered() -> None:
    model = saying({RankerAnswer: RankerAnswer(order=["none"])})
    word = LastWord(LlmRanker(model=model, clock=lambda: 0.0, seconds=1.0), ())

    await word(shown())

    assert (word.order, word.fell_back) == (("0", "1", "2"), True)


def test_candidates_beyond_a_models_order_follow_as_the_local_ranker_had_them() -> None:
    scores = in_order(["c", "a"], ["a", "b", "c", "d"], [0.4, 0.1, 0.2, 0.3])

    assert sorted("abcd", key=dict(zip("abcd", scores, strict=True)).__getitem__) == list("bdac")
