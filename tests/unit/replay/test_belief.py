"""What is believed of a recorded person at one point of their past."""

from __future__ import annotations

import pytest

from credence.memory.lifecycle.draft import Rules
from credence.replay.belief import events_of, live
from credence.replay.encoded import EncodedDomain, RememberedEncoder, encode_domain
from tests.unit.replay.worlds import a_domain, toy_encode


@pytest.fixture(scope="module")
def encoder() -> RememberedEncoder:
    return RememberedEncoder(toy_encode)


@pytest.fixture(scope="module")
def encoded(encoder: RememberedEncoder) -> EncodedDomain:
    return encode_domain(a_domain(40), encoder)


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


def test_events_are_numbered_from_one_in_order() -> None:
    events = events_of(a_domain(1).people[0].history)

    assert [event.seq for event in events] == list(range(1, 9))
    assert [event.occurred_at for event in events] == sorted(e.occurred_at for e in events)
