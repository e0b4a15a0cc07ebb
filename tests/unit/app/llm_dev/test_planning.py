"""What the planner's seat chooses."""

from __future__ import annotations

import pytest

from credence.app.llm_dev.mind import Unread
from credence.app.llm_dev.planning import planned
from credence.planner.extraction.extractor import Embed
from tests.unit.app.llm_dev.documents import a_chunk, an_event, to_plan

BUSY = {"pending": 2.0, "information": 1.4, "novel": 2.0, "agreeing": 1.0, "since_profile": 2.0}


async def test_nothing_due_is_skipped_with_the_policys_reason(embed: Embed) -> None:
    answer = await planned(to_plan(), embed)

    assert answer.steps == []
    assert answer.reason == "nothing is pending and nothing needs upkeep"


async def test_pending_events_are_read_and_the_chunk_they_agree_with_is_named(embed: Embed) -> None:
    document = to_plan(
        chunks=(a_chunk(3), a_chunk(4, "likes found family")),
        pending=(an_event(1), an_event(2, text="Just fine.")),
        signals=BUSY,
    )

    steps = {step.operation: step for step in (await planned(document, embed)).steps}

    assert steps["extraction"].targets == ["e1", "e2"]
    assert steps["extraction"].reason == "2 topics no chunk covers"
    assert steps["reinforcement"].targets == ["c3"]
    assert steps["reinforcement"].reason == "1 finding agree"
    assert steps["consolidation"].targets == []


async def test_weakening_names_what_is_contradicted(embed: Embed) -> None:
    document = to_plan(
        chunks=(a_chunk(3, "dislikes fast pacing", strength=-0.5),),
        pending=(an_event(1),),
        signals=BUSY | {"agreeing": 0.0, "contradicting": 1.0},
    )

    steps = {step.operation: step.targets for step in (await planned(document, embed)).steps}

    assert steps["weakening"] == ["c3"]
    assert "reinforcement" not in steps


async def test_upkeep_names_its_candidates(embed: Embed) -> None:
    document = to_plan(
        signals={"redundant": 1.0, "forgettable": 1.0, "unsupported": 1.0},
        may_merge=(("c1", "c2"),),
        may_forget=("c5",),
    )

    answer = await planned(document, embed)

    assert [(step.operation, step.targets) for step in answer.steps] == [
        ("consolidation", ["c1+c2"]),
        ("forgetting", ["c5"]),
        ("resynthesis", []),
    ]


async def test_on_a_second_look_only_what_is_left_of_the_upkeep_is_done(embed: Embed) -> None:
    document = to_plan(
        signals=BUSY | {"forgettable": 1.0, "unsupported": 1.0},
        pending=(an_event(1),),
        may_merge=(("c1", "c2"),),
        may_forget=("c5",),
        done=("extraction", "consolidation"),
    )

    answer = await planned(document, embed)

    assert [step.operation for step in answer.steps] == ["forgetting", "resynthesis"]


async def test_on_a_second_look_nothing_may_be_left(embed: Embed) -> None:
    document = to_plan(signals=BUSY, pending=(an_event(1),), done=("extraction",))

    answer = await planned(document, embed)

    assert answer.steps == []
    assert answer.reason == "what remains needs no more upkeep"


@pytest.mark.parametrize(
    ("weaker", "fixed", "verdict", "refuted"),
    [
        (0.1, None, "refuted", "c2"),
        (0.5, None, "both_stand", None),
        (0.1, True, "both_stand", None),
    ],
)
async def test_of_two_that_contradict_the_clearly_weaker_is_refuted(
    embed: Embed, weaker: float, fixed: bool | None, verdict: str, refuted: str | None
) -> None:
    document = to_plan(
        chunks=(a_chunk(1), a_chunk(2, "dislikes brisk pacing", strength=-weaker, fixed=fixed)),
        contradict=(("c1", "c2"),),
    )

    (found,) = (await planned(document, embed)).contradictions

    assert (found.chunks, found.verdict, found.refuted) == (["c1", "c2"], verdict, refuted)
    assert found.reason


async def test_a_signal_that_is_missing_is_told(embed: Embed) -> None:
    document = to_plan().model_copy(update={"signals": {"pending": 1.0}})

    with pytest.raises(Unread):
        await planned(document, embed)
