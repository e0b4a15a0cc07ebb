"""Views give back the beliefs they were made from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credence.app.llm_dev.mind import Unread
from credence.app.llm_dev.views import belief_of, event_of, item_of, masses, number
from credence.memory.lifecycle.draft import Rules
from credence.memory.model import Action, Chunk
from credence.memory.strength import (
    claim,
    contradicting,
    polarity,
    standing,
    statement,
    supporting,
)
from credence.planner.llm.views import chunk_view, told_view
from tests.unit.app.llm_dev.documents import MYSTERY, a_chunk, an_event

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def _a_chunk(liking: float, disliking: float) -> Chunk:
    return Chunk(
        chunk_id=7,
        category="pace",
        text="fast pacing",
        liking=liking,
        disliking=disliking,
        as_of=NOW,
        likes=4,
        dislikes=2,
        first_evidence_at=NOW - timedelta(days=90),
        last_evidence_at=NOW,
    )


@given(st.floats(0, 60), st.floats(0, 60))
def test_masses_are_those_that_gave_strength_and_confidence(
    liking: float, disliking: float
) -> None:
    stands = standing(_a_chunk(liking, disliking), now=NOW, half_life=timedelta(days=365))

    found = masses(stands.strength, stands.confidence)

    assert found == pytest.approx((liking, disliking), abs=1e-6)


@given(st.floats(0, 8), st.floats(0, 8))
def test_a_view_gives_back_what_it_shows(liking: float, disliking: float) -> None:
    chunk, rules = _a_chunk(liking, disliking), Rules()
    view = chunk_view(chunk, now=NOW, rules=rules)

    (found,) = belief_of([view], now=NOW).chunks

    stands = standing(found, now=NOW, half_life=rules.half_life)
    assert stands.strength == pytest.approx(view.strength, abs=0.03)
    assert stands.confidence == pytest.approx(view.confidence, abs=0.03)
    assert polarity(found) == polarity(chunk)
    assert claim(found) == claim(chunk)
    assert (supporting(found), contradicting(found)) == (supporting(chunk), contradicting(chunk))


def test_what_a_profile_may_tell_as_undecided_is_read_as_such() -> None:
    chunk = _a_chunk(2.0, 2.01)

    (found,) = belief_of([told_view(chunk, now=NOW, rules=Rules())], now=NOW).chunks

    assert statement(found) == statement(chunk) == "undecided on fast pacing"


def test_chunks_are_in_order_of_their_ids() -> None:
    belief = belief_of([a_chunk(11), a_chunk(2)], now=NOW)

    assert [chunk.chunk_id for chunk in belief.chunks] == [2, 11]


def test_an_event_keeps_what_the_person_did() -> None:
    event = event_of(an_event(12, text="fine", rating=3.5))

    assert (event.seq, event.action, event.rating, event.text) == (12, Action.REVIEW, 3.5, "fine")
    assert event.item_id == item_of(MYSTERY).item_id
    assert event.occurred_at == datetime(2026, 5, 12, 10, tzinfo=UTC)


@pytest.mark.parametrize("told", ["12", "e12", "c", "c-1", "c1x", "c²"])
def test_an_id_of_another_form_is_not_read(told: str) -> None:
    with pytest.raises(Unread):
        number(told, "c")
