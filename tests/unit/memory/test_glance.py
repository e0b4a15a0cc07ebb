from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credence.memory.glance import Glance, glance
from credence.memory.model import Belief, Chunk, Status
from credence.memory.strength import standing
from tests.unit.memory.worlds import NOW, a_chunk, chunks

HALF_LIFE = timedelta(days=90)


def seen(*held: Chunk, days_later: float = 0) -> Glance:
    now = NOW + timedelta(days=days_later)
    return glance(Belief(chunks=held), now=now, half_life=HALF_LIFE)


def test_of_nothing_there_is_no_certainty() -> None:
    assert seen() == Glance(beliefs=0, certainty=None, contested=0)


def test_only_active_chunks_are_counted() -> None:
    others = [s for s in Status if s is not Status.ACTIVE]
    held = [a_chunk(i, liking=2.0, disliking=2.0, status=status) for i, status in enumerate(others)]

    assert seen(*held) == Glance(beliefs=0, certainty=None, contested=0)


@given(st.lists(chunks, min_size=1, max_size=5), st.integers(0, 500))
def test_certainty_is_the_mean_of_the_confidences_then(held: list[Chunk], days: int) -> None:
    found = seen(*held, days_later=days)

    now = NOW + timedelta(days=days)
    sure = [standing(chunk, now=now, half_life=HALF_LIFE).confidence for chunk in held]
    assert found.beliefs == len(held)
    assert found.certainty == pytest.approx(sum(sure) / len(sure))


def test_two_events_on_each_side_and_no_decision_make_a_chunk_contested() -> None:
    torn = a_chunk(1, liking=2.0, disliking=2.0)
    decided = a_chunk(2, liking=9.0, disliking=2.0)
    hardly_opposed = replace(a_chunk(3, liking=1.0, disliking=1.0), likes=5, dislikes=1)

    assert seen(torn, decided, hardly_opposed).contested == 1


def test_what_fades_becomes_less_certain_and_what_is_pinned_does_not() -> None:
    fading, pinned = a_chunk(1, liking=4.0), a_chunk(1, liking=4.0, pinned=True)

    assert (seen(fading, days_later=900).certainty or 0) < (seen(fading).certainty or 0)
    assert seen(pinned, days_later=900) == seen(pinned)
