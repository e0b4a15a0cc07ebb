"""What a person said by hand: how long it counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credence.memory.lifecycle.correction import STRONGEST, merge, pin, set_strength, unpin
from credence.memory.lifecycle.draft import Draft
from credence.memory.model import Belief, Chunk
from credence.memory.strength import add_evidence, side_of, standing, undecided
from tests.unit.memory.worlds import NOW, RULES, a_chunk, chunks

YEARS = NOW + timedelta(days=3_650)
HALF_LIFE = RULES.half_life


def stated(chunk: Chunk, strength: float) -> Chunk:
    draft = Draft.of(Belief(chunks=(chunk,)))
    return set_strength(
        draft, 1, strength=strength, now=NOW, rules=RULES, why="by hand"
    ).belief.chunks[0]


@given(chunks, st.floats(-STRONGEST, STRONGEST), st.integers(0, 5_000))
def test_a_strength_that_a_person_stated_does_not_fade(
    chunk: Chunk, wanted: float, days: int
) -> None:
    after = stated(chunk, wanted)

    later = standing(after, now=NOW + timedelta(days=days), half_life=HALF_LIFE)

    assert after.stated
    assert later.strength == pytest.approx(wanted)


def test_events_still_move_what_a_person_stated() -> None:
    chunk = stated(a_chunk(), 0.9)
    for day in range(1, 12):
        chunk = add_evidence(chunk, -1.0, NOW + timedelta(days=day), half_life=HALF_LIFE)

    assert side_of(chunk) == "dislikes"


def test_what_was_stated_lasts_without_its_pin() -> None:
    draft = pin(Draft.of(Belief(chunks=(stated(a_chunk(), 0.5),))), 1, now=NOW, rules=RULES, why="")
    loose = unpin(draft, 1, now=NOW, why="").belief.chunks[0]

    assert standing(loose, now=YEARS, half_life=HALF_LIFE).strength == pytest.approx(0.5)


@given(chunks, st.integers(0, 5_000))
def test_a_pin_holds_at_least_one_clear_event_and_takes_the_side_that_the_chunk_took(
    chunk: Chunk, days: int
) -> None:
    now = NOW + timedelta(days=days)
    loose = replace(chunk, pinned=False)

    held = pin(Draft.of(Belief(chunks=(loose,))), 1, now=now, rules=RULES, why="").belief.chunks[0]

    before, after = (standing(c, now=now, half_life=HALF_LIFE) for c in (loose, held))
    assert after.strength * before.strength >= 0
    assert abs(after.strength) >= abs(before.strength) - 1e-12
    if not undecided(loose) and chunk.liking + chunk.disliking > 1e-3:
        assert side_of(held) == side_of(loose)
        assert held.liking + held.disliking >= 1 - 1e-9


def test_a_faded_like_that_is_pinned_is_one_that_lists_heed() -> None:
    faded = a_chunk(liking=0.9, as_of=NOW - 40 * HALF_LIFE)

    held = pin(Draft.of(Belief(chunks=(faded,))), 1, now=NOW, rules=RULES, why="").belief.chunks[0]

    assert side_of(held) == "likes"
    assert standing(held, now=YEARS, half_life=HALF_LIFE).strength == pytest.approx(0.5)


def test_two_faded_likes_that_become_one_are_still_a_like() -> None:
    faded = a_chunk(1, liking=0.9, as_of=NOW - 40 * HALF_LIFE)
    draft = Draft.of(Belief(chunks=(faded, replace(faded, chunk_id=2, text="capers"))))

    joined = merge(draft, 2, into=1, now=NOW, rules=RULES, why="same").belief.chunks[0]

    assert side_of(joined) == "likes"


@pytest.mark.parametrize("into", [1, 2])
def test_a_merge_keeps_what_was_stated(into: int) -> None:
    other = a_chunk(2, text="capers")
    draft = Draft.of(Belief(chunks=(stated(a_chunk(), 0.9), other)))

    joined = merge(draft, 3 - into, into=into, now=NOW, rules=RULES, why="same").belief.chunk(into)

    assert joined is not None
    assert joined.stated
    assert standing(joined, now=YEARS, half_life=HALF_LIFE).strength > 0.89
