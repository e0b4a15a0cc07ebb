"""A point in somebody's past as the rankers see it."""

from __future__ import annotations

import numpy as np
import pytest

from credence.memory.lifecycle.draft import Rules
from credence.planner.ranking.case import RankingCase
from credence.planner.ranking.semantic import SemanticRanker
from credence.replay.belief import live
from credence.replay.cases import ranking_case
from credence.replay.encoded import EncodedDomain, RememberedEncoder, encode_domain
from credence.replay.people import Interaction
from tests.unit.replay.worlds import a_domain, toy_encode

PEOPLE = 120


@pytest.fixture(scope="module")
def encoder() -> RememberedEncoder:
    return RememberedEncoder(toy_encode)


@pytest.fixture(scope="module")
def encoded(encoder: RememberedEncoder) -> EncodedDomain:
    return encode_domain(a_domain(PEOPLE), encoder)


async def a_case(
    history: tuple[Interaction, ...],
    candidates: tuple[str, ...],
    encoded: EncodedDomain,
    encoder: RememberedEncoder,
    *,
    instruction: str | None = None,
) -> RankingCase:
    at = len(history)
    lived = await live(history, encoded, at={at}, embed=encoder.embed, rules=Rules())
    return ranking_case(
        lived[at],
        encoded,
        candidates,
        instruction=instruction,
        encode=encoder,
        rules=Rules(),
        least=1,
    )


async def test_a_case_holds_the_latest_fifteen_events_newest_first(
    encoded: EncodedDomain, encoder: RememberedEncoder
) -> None:
    history = tuple(done for p in encoded.domain.people[:3] for done in p.history)[:20]

    case = await a_case(history, ("0", "1"), encoded, encoder)

    expected = encoded.rows([done.item_id for done in reversed(history[5:])])
    assert np.array_equal(case.events, expected)
    assert case.event_weights.shape == (15,)
    assert case.strengths.shape == case.confidences.shape == (len(case.chunks),)
    assert len(case.chunks)


async def test_a_ranker_finds_the_target_by_what_it_is_shown(
    encoded: EncodedDomain, encoder: RememberedEncoder
) -> None:
    found = []
    for person in encoded.domain.people:
        case = await a_case(
            person.history, person.candidates, encoded, encoder, instruction=person.instruction
        )
        scored = await SemanticRanker().score(case, np.ones((1, case.pieces), dtype=np.bool_))
        best = person.candidates[int(scored.scores[0].argmax())]
        found.append(best == person.target)

    assert np.mean(found) > 0.75
