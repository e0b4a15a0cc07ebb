from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from credence.memory.model import Chunk
from credence.memory.strength import (
    add_evidence,
    claim,
    masses,
    polarity,
    side_of,
    standing,
    statement,
    undecided,
)
from tests.unit.memory.worlds import NOW, a_chunk, chunks, moments, weights

HALF_LIFE = timedelta(days=90)


@given(chunks, st.integers(0, 5_000))
def test_strength_and_confidence_stay_in_bounds(chunk: Chunk, days: int) -> None:
    stands = standing(chunk, now=NOW + timedelta(days=days), half_life=HALF_LIFE)

    assert -1 < stands.strength < 1
    assert stands.confidence + 1e-12 >= 0 and stands.confidence < 1
    assert -1 <= stands.low <= stands.strength <= stands.high <= 1


@given(chunks, weights, moments)
def test_evidence_for_never_lowers_strength_and_evidence_against_never_raises_it(
    chunk: Chunk, weight: float, at: datetime
) -> None:
    added = add_evidence(chunk, weight, at, half_life=HALF_LIFE)

    before = standing(chunk, now=NOW, half_life=HALF_LIFE).strength
    after = standing(added, now=NOW, half_life=HALF_LIFE).strength

    assert (after - before) * weight >= -1e-12


@given(chunks, st.integers(0, 1_000), st.integers(0, 1_000))
def test_without_evidence_strength_only_drifts_towards_zero(
    chunk: Chunk, first: int, more: int
) -> None:
    earlier = standing(chunk, now=NOW + timedelta(days=first), half_life=HALF_LIFE).strength
    later = standing(chunk, now=NOW + timedelta(days=first + more), half_life=HALF_LIFE).strength

    assert abs(later) <= abs(earlier) + 1e-12
    assert later * earlier >= 0
    if chunk.pinned or chunk.stated:
        assert later == earlier


def test_evidence_counts_half_after_one_half_life() -> None:
    chunk = a_chunk(liking=3.0)

    later = standing(chunk, now=NOW + HALF_LIFE, half_life=HALF_LIFE)

    assert later.strength == pytest.approx(1.5 / (1.5 + 1.0))


def test_a_topic_nobody_spoke_of_has_neither_strength_nor_confidence() -> None:
    stands = standing(a_chunk(liking=0.0), now=NOW, half_life=HALF_LIFE)

    assert stands.strength == 0
    assert stands.confidence == pytest.approx(0)


@given(st.lists(st.tuples(weights, moments), min_size=2, max_size=4))
def test_the_order_in_which_evidence_comes_does_not_matter(
    pieces: list[tuple[float, datetime]],
) -> None:
    def after(order: tuple[tuple[float, datetime], ...]) -> Chunk:
        chunk = a_chunk(liking=0.0, as_of=order[0][1])
        for weight, at in order:
            chunk = add_evidence(chunk, weight, at, half_life=HALF_LIFE)
        return chunk

    outcomes = [after(order) for order in permutations(pieces)]

    for outcome in outcomes[1:]:
        assert outcome.liking == pytest.approx(outcomes[0].liking)
        assert outcome.disliking == pytest.approx(outcomes[0].disliking)
        assert outcome.as_of == outcomes[0].as_of
        assert (outcome.likes, outcome.dislikes) == (outcomes[0].likes, outcomes[0].dislikes)


@pytest.mark.parametrize("weight", [0.0, 1.5, -2.0])
def test_evidence_without_direction_or_out_of_bounds_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="weight must be in"):
        add_evidence(a_chunk(), weight, NOW, half_life=HALF_LIFE)


@pytest.mark.parametrize(
    ("liking", "disliking", "said", "claimed"),
    [
        (0.8, 0.79, "undecided on heists", "likes heists"),
        (0.79, 0.8, "undecided on heists", "dislikes heists"),
        (0.0, 0.0, "undecided on heists", "likes heists"),
        (20.0, 19.61, "undecided on heists", "likes heists"),
        (1.03, 1.0, "likes heists", "likes heists"),
        (1.0, 1.03, "dislikes heists", "dislikes heists"),
    ],
)
def test_a_belief_that_nearly_as_much_speaks_against_takes_no_side(
    liking: float, disliking: float, said: str, claimed: str
) -> None:
    chunk = a_chunk(liking=liking, disliking=disliking)

    assert (statement(chunk), claim(chunk)) == (said, claimed)
    reads = float(f"{standing(chunk, now=NOW, half_life=HALF_LIFE).strength:.2f}")
    assert abs(reads) <= 0.01 if said.startswith("undecided") else reads


def test_a_like_that_has_all_but_faded_is_still_one() -> None:
    chunk = a_chunk(liking=3.0)

    later = standing(chunk, now=NOW + 12 * HALF_LIFE, half_life=HALF_LIFE)

    assert f"{later.strength:.2f}" == "0.00"
    assert statement(chunk) == "likes heists"


@given(chunks, st.integers(0, 9_000))
def test_no_time_changes_which_side_a_belief_takes(chunk: Chunk, days: int) -> None:
    liking, disliking = masses(chunk, now=NOW + timedelta(days=days), half_life=HALF_LIFE)
    weight = liking + disliking

    written_down = replace(chunk, liking=liking, disliking=disliking)

    assume(chunk.liking + chunk.disliking == 0 or weight > 1e-100)
    if not undecided(chunk):
        assert side_of(written_down) == side_of(chunk)


def test_each_side_knows_when_it_was_last_heard() -> None:
    chunk = a_chunk(liking=0.0)
    for weight, days in ((0.5, 9), (-0.5, 4), (0.2, 6), (-0.1, 30)):
        chunk = add_evidence(chunk, weight, NOW - timedelta(days=days), half_life=HALF_LIFE)

    assert chunk.last_like_at == NOW - timedelta(days=6)
    assert chunk.last_dislike_at == NOW - timedelta(days=4)


def test_more_evidence_against_than_for_turns_a_like_into_a_dislike() -> None:
    chunk = a_chunk(liking=1.0)
    for _ in range(3):
        chunk = add_evidence(chunk, -1.0, NOW, half_life=HALF_LIFE)

    assert polarity(chunk) == -1
    assert statement(chunk) == "dislikes heists"
