from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from credence.memory.model import Operation
from credence.planner.ranking.case import Others, RankingCase, Scored
from credence.planner.ranking.semantic import SemanticRanker
from credence.planner.ranking.signals import SIGNALS, signals
from credence.planner.state import Plan, Situation
from credence.replay.believing.hidden import Abstaining, Blinkered

RNG = np.random.default_rng(3)


def unit(*shape: int) -> NDArray[np.float32]:
    rows = RNG.normal(size=shape).astype(np.float32)
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    made: NDArray[np.float32] = rows / lengths
    return made


FOLLOWED = {"followed", "followed_all", "followed_soon", "followed_soon_all"}


def a_case() -> RankingCase:
    return RankingCase(
        instruction=unit(8),
        candidate_ids=("a", "b", "c"),
        candidates=unit(3, 8),
        chunks=unit(2, 8),
        strengths=np.array([0.8, -0.5]),
        confidences=np.array([0.6, 0.4]),
        events=unit(4, 8),
        event_weights=np.array([1.0, 0.5, -0.5, 1.0]),
        centre=unit(8) * 0.1,
        wording=unit(8),
        voices=unit(4, 8),
        others=Others(
            words=unit(3, 8),
            company=RNG.random((4, 3)),
            followed=RNG.random((4, 3)),
            followed_soon=RNG.random((4, 3)),
            people=np.array([5.0, 4.0, 3.0]),
            liking=np.array([0.1, 0.2, -0.1]),
            event_words=unit(4, 8),
            usual=unit(8),
        ),
    )


def without(case: RankingCase, part: str) -> RankingCase:
    """The case of somebody of whom the part was never known, written out."""
    nothing = np.empty((0, 8), dtype=np.float32)
    none = np.empty(0)
    if part == "chunks":
        return replace(case, chunks=nothing, strengths=none, confidences=none)
    if part == "instruction":
        return replace(case, instruction=None, wording=None)
    if part == "others":
        return replace(case, others=None)
    assert case.others is not None
    return replace(
        case,
        events=nothing,
        event_weights=none,
        voices=nothing,
        others=replace(
            case.others,
            company=np.empty((0, 3)),
            followed=np.empty((0, 3)),
            followed_soon=np.empty((0, 3)),
            event_words=nothing,
        ),
    )


@pytest.mark.parametrize("part", ["chunks", "events", "others", "instruction"])
async def test_a_hidden_part_is_as_if_it_had_never_been(part: str) -> None:
    case, ranker = a_case(), SemanticRanker()
    bare = without(case, part)

    hidden = await Blinkered(ranker, {part}).score(case, np.ones((1, case.pieces), dtype=bool))
    never = await ranker.score(bare, np.ones((1, bare.pieces), dtype=bool))
    whole = await ranker.score(case, np.ones((1, case.pieces), dtype=bool))

    assert np.array_equal(hidden.scores, never.scores)
    assert not np.allclose(hidden.scores, whole.scores)


@dataclass
class Looking:
    """Keeps what it is shown, and orders nothing."""

    name: str = "looking"
    seen: list[RankingCase] = field(default_factory=list)

    async def score(self, case: RankingCase, keep: NDArray[np.bool_]) -> Scored:
        self.seen.append(case)
        return Scored(scores=np.zeros((len(keep), len(case.candidates))), ranker=self.name)


@pytest.mark.parametrize(
    ("part", "silent"),
    [
        ("others-words", {"others_words"}),
        (
            "others-company",
            {"company", "company_all", *FOLLOWED},
        ),
        ("others-order", FOLLOWED),
        ("others-people", {"people"}),
        ("others-liking", {"others_liking"}),
    ],
)
async def test_a_part_of_what_others_say_is_silent_and_the_rest_is_heard(
    part: str, silent: set[str]
) -> None:
    case, looking = a_case(), Looking()
    keep = np.ones((1, case.pieces), dtype=bool)

    await Blinkered(looking, {part}).score(case, keep)

    (shown,) = looking.seen
    assert shown.others is not None
    assert case.others is not None
    assert shown.others.event_words.any() == (part != "others-words")
    for name, whole, left in zip(SIGNALS, signals(case, keep), signals(shown, keep), strict=True):
        assert whole.any(), name
        assert np.array_equal(left, np.zeros_like(whole) if name in silent else whole), name


async def test_without_others_no_part_of_what_they_say_is_missed() -> None:
    case, looking = replace(a_case(), others=None), Looking()

    await Blinkered(looking, {"others-people"}).score(case, np.ones((1, case.pieces), dtype=bool))

    assert looking.seen == [case]


async def test_parts_left_out_for_reasons_stay_those_pieces() -> None:
    case, ranker = a_case(), SemanticRanker()
    keep = np.ones((2, case.pieces), dtype=bool)
    keep[1, 3] = False  # the second event

    scored = await Blinkered(ranker, {"chunks"}).score(case, keep)

    bare = without(case, "chunks")
    left = np.ones((1, bare.pieces), dtype=bool)
    left[0, 1] = False
    np.testing.assert_allclose(scored.scores[1:], (await ranker.score(bare, left)).scores)


@dataclass
class Everything:
    """Plans all that there is."""

    name: str = "everything"
    looks: int = 1
    asked: list[Situation] = field(default_factory=list)

    async def __call__(self, situation: Situation) -> Plan:
        self.asked.append(situation)
        return Plan(operations=tuple(Operation), reason="because")


async def test_an_operation_is_left_out_of_whatever_the_policy_plans() -> None:
    policy = Abstaining(Everything(), {Operation.FORGETTING, Operation.WEAKENING})

    plan = await policy(None)  # type: ignore[arg-type]  # it is handed on unread

    assert set(Operation) - set(plan.operations) == {Operation.FORGETTING, Operation.WEAKENING}
    assert plan.reason == "because"
    assert policy.name == "everything-without-forgetting-without-weakening"
