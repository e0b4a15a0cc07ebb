"""Exams in a toy domain: who should do well does, and nothing leaks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from credence.memory.lifecycle.draft import Rules
from credence.planner.ranking.semantic import SemanticRanker
from credence.replay.belief import events_of, live
from credence.replay.encoded import EncodedDomain, RememberedEncoder, encode_domain
from credence.replay.fit import fitted_document
from credence.replay.sitting import Sitting, System, ranking_case
from credence.replay.split import Half, half
from credence.replay.study import Exam, Negatives, live_people, sit
from credence.replay.systems.credence import Credence
from credence.replay.systems.encoder import Encoder
from credence.replay.systems.seated import Seated
from tests.unit.replay.worlds import a_domain, toy_encode


class Constant:
    """Finds everything equally good."""

    name = "constant"

    async def score(self, sitting: Sitting) -> NDArray[np.float64]:
        return np.zeros(len(sitting.candidates))


@pytest.fixture(scope="module")
def encoder() -> RememberedEncoder:
    return RememberedEncoder(toy_encode)


@pytest.fixture(scope="module")
def encoded(encoder: RememberedEncoder) -> EncodedDomain:
    return encode_domain(a_domain(400), encoder)


async def examined(
    encoded: EncodedDomain, encoder: RememberedEncoder, *systems: System, asked: bool = True
) -> Exam:
    lived = await live_people(encoded, encoder, rules=Rules())
    exam = await sit(
        encoded, lived, encoder, systems, negatives=Negatives.RANDOM, asked=asked, seed=0
    )
    assert exam is not None
    return exam


async def test_what_sees_the_taste_finds_the_target_and_what_sees_nothing_is_chance(
    encoded: EncodedDomain, encoder: RememberedEncoder
) -> None:
    nearest = Encoder(encoded, encoder)
    able: list[System] = [
        Seated("instruction", nearest.by_instruction),
        Seated("history", nearest.by_history),
        Credence(SemanticRanker(), rules=Rules()),
    ]

    exam = await examined(encoded, encoder, *able, Constant())

    for system in able:
        assert exam.measured(system.name, "HR@1", seed=0).mean > 0.75, system.name
    assert exam.measured("constant", "HR@1", seed=0).mean == pytest.approx(0.1, abs=0.06)
    gap = exam.difference("Credence", "constant", "HR@1", seed=0)
    assert gap.above_zero


async def test_every_system_sits_the_same_exam_of_the_exam_half_alone(
    encoded: EncodedDomain, encoder: RememberedEncoder
) -> None:
    one = await examined(encoded, encoder, Constant())
    nearest = Seated("history", Encoder(encoded, encoder).by_history)
    other = await examined(encoded, encoder, nearest, asked=False)

    assert one.sha256 == other.sha256
    assert one.user_ids == other.user_ids
    assert {half("toy", user_id) for user_id in one.user_ids} == {Half.EXAM}


async def test_an_exam_that_nobody_can_sit_is_none(
    encoded: EncodedDomain, encoder: RememberedEncoder
) -> None:
    lived = await live_people(encoded, encoder, rules=Rules())

    exam = await sit(
        encoded, lived, encoder, [Constant()], negatives=Negatives.MATCHED, asked=True, seed=0
    )

    assert exam is None


async def test_a_belief_at_one_point_knows_nothing_of_what_came_after(
    encoded: EncodedDomain, encoder: RememberedEncoder
) -> None:
    history = encoded.domain.people[0].history

    async def believed(seen: int, at: int) -> str:
        lived = await live(history[:seen], encoded, at={at}, embed=encoder.embed, rules=Rules())
        return repr((lived[at].events, lived[at].chunks, lived[at].attitudes, lived[at].now))

    assert await believed(len(history), 4) == await believed(4, 4)


async def test_a_person_of_one_taste_is_believed_to_have_it(
    encoded: EncodedDomain, encoder: RememberedEncoder
) -> None:
    romance = encoded.domain.people[1]

    lived = await live(romance.history, encoded, at={8}, embed=encoder.embed, rules=Rules())

    assert any("romance" in chunk.text for chunk in lived[8].chunks)
    assert len(lived[8].chunk_vectors) == len(lived[8].chunks)


async def test_a_case_holds_the_latest_fifteen_events_newest_first(
    encoded: EncodedDomain, encoder: RememberedEncoder
) -> None:
    history = tuple(done for p in encoded.domain.people[:3] for done in p.history)[:20]
    lived = (await live(history, encoded, at={20}, embed=encoder.embed, rules=Rules()))[20]
    sitting = Sitting(
        encoded=encoded,
        lived=lived,
        instruction=None,
        instruction_vector=None,
        candidates=("0", "1"),
    )

    case = ranking_case(sitting, rules=Rules())

    expected = encoded.rows([done.item_id for done in reversed(history[5:])])
    assert np.array_equal(case.events, expected)
    assert case.event_weights.shape == (15,)
    assert case.strengths.shape == case.confidences.shape == (len(lived.chunks),)


def test_events_are_numbered_from_one_in_order() -> None:
    events = events_of(a_domain(1).people[0].history)

    assert [event.seq for event in events] == list(range(1, 9))
    assert [event.occurred_at for event in events] == sorted(e.occurred_at for e in events)


async def test_a_fit_is_the_same_twice_and_says_what_it_was_fitted_on(
    encoder: RememberedEncoder,
) -> None:
    async def fitted() -> dict[str, Any]:
        return await fitted_document([a_domain(40)], {}, encoder, toy_encode, seed=0, command="fit")

    once = await fitted()

    assert once == await fitted()
    assert once["with_instruction"]["history"] > 0
    assert once["without_instruction"]["instruction"] == 0
    assert set(once["provenance"]["training_choices"]["with_instruction"]) == {"toy"}
