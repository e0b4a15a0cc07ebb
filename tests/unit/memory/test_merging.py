"""Two chunks that become one: what counts for both counts once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credence.memory.lifecycle.consolidation import consolidate
from credence.memory.lifecycle.correction import forget, merge, pin, set_strength
from credence.memory.lifecycle.draft import Draft
from credence.memory.lifecycle.forgetting import reason_to_forget
from credence.memory.model import Belief, Chunk, Evidence, Finding
from credence.memory.strength import add_evidence
from tests.unit.memory.worlds import NOW, RULES, a_chunk, moments, run

WEIGHTS = st.floats(0.01, 1)


def piece(chunk_id: int, seq: int, weight: float, *, days_ago: float = 0) -> Evidence:
    at = NOW - timedelta(days=days_ago)
    return Evidence(chunk_id=chunk_id, event_seq=seq, weight=weight, words="", occurred_at=at)


def resting_on(*pieces: Evidence, text: str) -> Chunk:
    first = pieces[0]
    chunk = a_chunk(first.chunk_id, text=text, liking=0.0, as_of=first.occurred_at)
    for one in pieces:
        chunk = add_evidence(chunk, one.weight, one.occurred_at, half_life=RULES.half_life)
    return chunk


def joined(*pieces: Evidence, pairs: tuple[tuple[int, int], ...] = ((1, 2),)) -> Chunk:
    """The first chunk after the merges, the chunks being as the pieces make them."""
    ids = sorted({one.chunk_id for one in pieces})
    chunks = tuple(
        resting_on(*(p for p in pieces if p.chunk_id == each), text=f"topic {each}") for each in ids
    )
    draft = Draft.of(Belief(chunks=chunks), shared=pieces)
    (kept,) = consolidate(draft, pairs, now=NOW, rules=RULES).belief.active
    return kept


def test_an_event_that_counts_for_both_counts_once_and_by_its_clearer_piece() -> None:
    kept = joined(piece(1, 1, 0.5), piece(2, 1, 0.8), piece(2, 2, 0.25))

    assert (kept.likes, kept.dislikes) == (2, 0)
    assert kept.liking == pytest.approx(1.05)


def test_one_event_against_both_does_not_refute_what_they_become() -> None:
    kept = joined(piece(1, 1, 0.5), piece(1, 3, -0.45), piece(2, 2, 0.5), piece(2, 3, -0.45))

    assert (kept.likes, kept.dislikes) == (2, 1)
    assert reason_to_forget(kept, now=NOW, rules=RULES) is None


def test_an_event_that_counts_for_three_counts_once_whatever_joins_first() -> None:
    said = (piece(1, 1, 0.5), piece(2, 1, 0.8), piece(3, 1, 0.6), piece(3, 2, 0.5))

    for pairs in (((1, 2), (1, 3)), ((2, 3), (1, 2)), ((1, 3), (1, 2))):
        kept = joined(*said, pairs=pairs)
        assert kept.likes == 2
        assert kept.liking == pytest.approx(1.3)


@given(
    st.lists(st.tuples(WEIGHTS, WEIGHTS, moments), min_size=1, max_size=6),
    st.lists(st.tuples(WEIGHTS, moments), max_size=3),
)
def test_a_merge_is_worth_what_its_events_are_worth_when_each_counts_once(
    shared: list[tuple[float, float, object]], own: list[tuple[float, object]]
) -> None:
    rows = [(one, other, at) for one, other, at in shared] + [(one, None, at) for one, at in own]
    said, once = [], []
    for seq, (one, other, at) in enumerate(rows, start=1):
        both = [piece(1, seq, one)] + ([piece(2, seq, other)] if other is not None else [])
        timed = [replace(p, occurred_at=at) for p in both]  # type: ignore[arg-type]
        said += timed
        once.append(replace(max(timed, key=lambda p: p.weight), chunk_id=1))

    kept, right = joined(*said), resting_on(*once, text="topic 1")

    assert (kept.likes, kept.dislikes) == (right.likes, right.dislikes)
    ours = add_evidence(kept, 1.0, NOW, half_life=RULES.half_life).liking
    assert ours == pytest.approx(add_evidence(right, 1.0, NOW, half_life=RULES.half_life).liking)


def test_events_of_this_run_are_no_exception() -> None:
    said = tuple(
        Finding(
            event_seq=1, occurred_at=NOW, category="theme", topic=topic, weight=0.5, words=topic
        )
        for topic in ("heists", "capers")
    )
    draft = run(Belief(), said)

    kept = merge(draft, 2, into=1, now=NOW, rules=RULES, why="same").belief.active[0]

    assert (kept.likes, kept.liking) == (1, 0.5)


@pytest.mark.parametrize("before", [0.7, 1.0])
@pytest.mark.parametrize("into", [1, 2])
def test_what_counts_for_a_chunk_but_weighs_nothing_in_it_takes_nothing_off(
    before: float, into: int
) -> None:
    both = (piece(1, 5, before, days_ago=9), piece(2, 5, 0.9, days_ago=9))
    one, other = resting_on(both[0], text="heists"), resting_on(both[1], text="capers")
    own = Draft.of(Belief(chunks=(replace(one, edited=True), other)))
    let_go = forget(own, 1, now=NOW, why="not any more").belief
    said = Finding(
        event_seq=9, occurred_at=NOW, category="theme", topic="heists", weight=0.8, words=""
    )
    again = run(let_go, (said,)).belief

    draft = Draft.of(again, shared=both)
    (kept,) = merge(draft, 3 - into, into=into, now=NOW, rules=RULES, why="same").belief.active

    assert (kept.likes, kept.dislikes) == (2, 0)
    assert kept.liking == pytest.approx(0.8 + other.liking * 0.5 ** (9 / 90))


def test_what_is_pinned_loses_no_more_than_an_event_brought_and_what_is_stated_nothing() -> None:
    both = (piece(1, 1, 0.5, days_ago=90), piece(2, 1, 0.8))
    one, other = resting_on(both[0], text="heists"), resting_on(both[1], text="capers")
    draft = Draft.of(Belief(chunks=(replace(one, liking=3.0, likes=4), other)), shared=both)
    pinned = pin(draft, 1, now=NOW, rules=RULES, why="")
    stated = set_strength(draft, 1, strength=0.9, now=NOW, rules=RULES, why="")

    for start, worth in ((pinned, 1.5 - 0.25 + 0.8), (stated, 9.0 + 0.8)):
        kept = merge(start, 2, into=1, now=NOW, rules=RULES, why="same").belief.active[0]
        assert kept.likes == 4
        assert kept.liking == pytest.approx(worth)
