from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credence.memory.errors import UnsupportedSentence
from credence.memory.lifecycle.bearing import Bearing
from credence.memory.lifecycle.consolidation import consolidate
from credence.memory.lifecycle.draft import Draft
from credence.memory.lifecycle.extraction import extract
from credence.memory.lifecycle.forgetting import forget
from credence.memory.lifecycle.resynthesis import resynthesise
from credence.memory.lifecycle.undo import undo
from credence.memory.lifecycle.weighing import reinforce, weaken
from credence.memory.model import Belief, Chunk, Finding, Operation, Sentence, Status
from credence.memory.strength import contradicting, faded, polarity, supporting
from tests.unit.memory.worlds import NOW, RULES, a_chunk, bearings, chunks, findings, run


def a_finding(seq: int, weight: float, *, topic: str = "heists") -> Finding:
    return Finding(
        event_seq=seq, occurred_at=NOW, category="theme", topic=topic, weight=weight, words=topic
    )


@given(findings())
def test_the_order_of_findings_does_not_matter(found: tuple[Finding, ...]) -> None:
    shuffled = list(found)
    random.Random(0).shuffle(shuffled)

    assert run(Belief(), tuple(shuffled)).belief == run(Belief(), found).belief


@given(findings())
def test_the_order_of_events_with_equal_time_does_not_matter(found: tuple[Finding, ...]) -> None:
    """The same things said at one moment, numbered the other way round, make the same chunks."""
    together = tuple(replace(f, occurred_at=NOW) for f in found)
    last = len(together) + 1
    turned = tuple(replace(f, event_seq=last - f.event_seq) for f in together)

    one, other = run(Belief(), together).belief, run(Belief(), turned).belief

    assert [c.text for c in one.chunks] == [c.text for c in other.chunks]
    for first, second in zip(one.chunks, other.chunks, strict=True):
        assert first.liking == pytest.approx(second.liking)
        assert first.disliking == pytest.approx(second.disliking)


@given(findings(), findings(first_seq=13))
def test_applying_a_run_twice_changes_nothing_the_second_time(
    first: tuple[Finding, ...], second: tuple[Finding, ...]
) -> None:
    settled = run(run(Belief(), first).belief, second).belief

    again = run(settled, first + second)

    assert again.belief == settled
    assert again.changes == ()


@given(findings(), findings(first_seq=13))
def test_every_chunk_can_name_an_event(
    first: tuple[Finding, ...], second: tuple[Finding, ...]
) -> None:
    one = run(Belief(), first)
    two = run(one.belief, second)

    named = {piece.chunk_id for c in one.changes + two.changes for piece in c.evidence}

    assert {chunk.chunk_id for chunk in two.belief.chunks} == named


@given(findings(), findings(first_seq=13))
def test_reinforcement_only_strengthens_and_weakening_only_weakens_what_a_chunk_says(
    first: tuple[Finding, ...], second: tuple[Finding, ...]
) -> None:
    belief = run(Belief(), first).belief
    tied = bearings(belief, second)
    draft = Draft.of(belief, consumed_to=99)
    for operation, agrees in ((reinforce, True), (weaken, False)):
        for change in operation(draft, tied, rules=RULES).changes:
            assert isinstance(change.before, Chunk) and isinstance(change.after, Chunk)
            side = polarity(change.before)
            assert all((piece.weight * side > 0) == agrees for piece in change.evidence)


def test_weakening_before_reinforcement_counts_the_same_evidence() -> None:
    belief = Belief(chunks=(a_chunk(liking=0.5),))
    said = tuple(
        Bearing(finding=a_finding(i + 1, w), chunk_id=1) for i, w in enumerate((-1.0, -1.0, 0.6))
    )
    start = Draft.of(belief, consumed_to=3)

    one = weaken(reinforce(start, said, rules=RULES), said, rules=RULES).belief
    other = reinforce(weaken(start, said, rules=RULES), said, rules=RULES).belief

    assert one == other
    assert one.chunks[0].disliking == 2.0
    assert one.chunks[0].liking == 1.1


def test_an_event_that_says_a_thing_twice_counts_once() -> None:
    twice = (a_finding(1, 0.4), replace(a_finding(1, 0.9), words="heists, again"))

    chunk = run(Belief(), twice).belief.chunks[0]

    assert (chunk.likes, chunk.liking) == (1, 0.9)


def test_a_topic_said_too_faintly_founds_no_chunk() -> None:
    assert run(Belief(), (a_finding(1, 0.1),)).belief.chunks == ()


def test_a_forgotten_topic_comes_back_as_the_chunk_it_was() -> None:
    old = a_chunk(4, liking=0.05, status=Status.FORGOTTEN)
    belief = Belief(chunks=(old,))

    draft = run(belief, (a_finding(1, 0.9),))

    assert [c.chunk_id for c in draft.belief.chunks] == [4]
    assert draft.belief.active[0].liking == pytest.approx(0.95)
    assert draft.changes[0].before == old
    assert draft.changes[0].reason.startswith("learnt again")


def test_events_already_consumed_are_not_extracted_again() -> None:
    belief = Belief(watermark=5)

    assert extract(Draft.of(belief), bearings(belief, (a_finding(5, 1.0),)), rules=RULES) == (
        Draft.of(belief)
    )


@given(st.lists(chunks, min_size=2, max_size=5))
def test_consolidation_keeps_all_evidence_and_never_merges_opposites(many: list[Chunk]) -> None:
    numbered = tuple(
        replace(chunk, chunk_id=i + 1, pinned=False, stated=False) for i, chunk in enumerate(many)
    )
    belief = Belief(chunks=numbered)
    pairs = [(a, b) for a in range(1, len(many) + 1) for b in range(a + 1, len(many) + 1)]

    draft = consolidate(Draft.of(belief), pairs, now=NOW, rules=RULES)

    for side in ("liking", "disliking"):

        def total(chunks: tuple[Chunk, ...], side: str = side) -> float:
            return math.fsum(
                faded(getattr(c, side), since=c.as_of, now=NOW, half_life=RULES.half_life)
                for c in chunks
            )

        assert total(draft.belief.active) == pytest.approx(total(belief.active), abs=1e-9)
    for chunk in draft.belief.chunks:
        if chunk.merged_into is not None:
            into = belief.chunk(chunk.merged_into)
            assert into is not None
            assert polarity(into) == polarity(chunk)
    counted = sum(c.likes + c.dislikes for c in draft.belief.active)
    assert counted == sum(c.likes + c.dislikes for c in belief.active)


def test_consolidation_keeps_the_words_that_a_person_chose() -> None:
    belief = Belief(chunks=(a_chunk(1, text="heists"), a_chunk(2, text="capers", edited=True)))

    merged = consolidate(Draft.of(belief), [(1, 2)], now=NOW, rules=RULES).belief

    assert [c.text for c in merged.active] == ["capers"]
    assert merged.chunk(1) == replace(a_chunk(1), status=Status.MERGED, merged_into=2)


@given(st.lists(chunks, max_size=6), st.integers(0, 3_000))
def test_forgetting_removes_only_the_decayed_or_refuted_never_a_pinned_one_and_says_why(
    many: list[Chunk], days: int
) -> None:
    belief = Belief(chunks=tuple(replace(c, chunk_id=i + 1) for i, c in enumerate(many)))
    now = NOW + timedelta(days=days)

    draft = forget(Draft.of(belief), now=now, rules=RULES)

    gone = {c.before.chunk_id for c in draft.changes if isinstance(c.before, Chunk)}
    assert all(change.reason for change in draft.changes)
    for chunk in belief.chunks:
        left = faded(
            chunk.liking + chunk.disliking,
            since=chunk.as_of,
            now=now,
            half_life=RULES.half_life,
        )
        decayed = left < RULES.decayed_below
        contested = contradicting(chunk) >= RULES.refuted_after
        if chunk.chunk_id in gone:
            assert not (chunk.pinned or chunk.edited)
            assert decayed or contested
        elif not (chunk.pinned or chunk.edited):
            assert not decayed


def test_a_refuted_chunk_goes_and_a_strong_contested_one_stays() -> None:
    refuted = a_chunk(1, liking=3.0, disliking=2.9)
    contested = a_chunk(2, liking=6.0, disliking=2.0)
    assert (supporting(refuted), contradicting(refuted)) == (3, 3)

    draft = forget(Draft.of(Belief(chunks=(refuted, contested))), now=NOW, rules=RULES)

    assert [c.chunk_id for c in draft.belief.active] == [2]
    assert draft.changes[0].reason.startswith("refuted")


def test_time_alone_refutes_nothing() -> None:
    chunk = replace(a_chunk(1, liking=2.0, disliking=1.0), likes=4, dislikes=2)
    draft = Draft.of(Belief(chunks=(chunk,)))

    for half_lives in range(4):
        now = NOW + half_lives * RULES.half_life
        assert forget(draft, now=now, rules=RULES).belief.active == (chunk,)
    (gone,) = forget(draft, now=NOW + 6 * RULES.half_life, rules=RULES).changes
    assert gone.reason.startswith("decayed")


def test_a_new_chunk_is_told_by_what_it_says_be_it_undecided() -> None:
    draft = run(Belief(), (a_finding(1, 0.3), a_finding(2, -0.3)))

    assert [change.reason for change in draft.changes] == [
        'new: undecided on heists, from "heists"'
    ]


def test_what_was_taken_back_leaves_no_date_on_what_is_learnt_later() -> None:
    long_ago = replace(a_finding(1, 0.5), occurred_at=NOW - timedelta(days=900))
    learnt = run(Belief(), (long_ago,))
    emptied = undo(Draft.of(learnt.belief), 1, learnt.changes, now=NOW).belief

    (again,) = run(emptied, (a_finding(2, -0.5),)).belief.active

    assert (again.first_evidence_at, again.last_evidence_at) == (NOW, NOW)
    assert (again.last_like_at, again.last_dislike_at) == (None, NOW)


def test_a_profile_may_rest_only_on_chunks_that_are_believed() -> None:
    belief = Belief(revision=4, chunks=(a_chunk(1), a_chunk(2, status=Status.FORGOTTEN)))
    draft = Draft.of(belief)

    for unsupported in ((), (2,), (3,)):
        with pytest.raises(UnsupportedSentence):
            resynthesise(draft, [Sentence(text="Likes.", chunk_ids=unsupported)], now=NOW)

    written = resynthesise(draft, [Sentence(text="Likes heists.", chunk_ids=(1,))], now=NOW)
    assert written.belief.profile is not None
    assert written.belief.profile.version == 5
    assert written.changes[0].operation is Operation.RESYNTHESIS


@pytest.mark.parametrize(
    ("text", "resting", "reason"),
    [
        ("Likes.", 1, "rewritten from 1 chunk: 1 word in 1 sentence"),
        ("Likes heists.", 2, "rewritten from 2 chunks: 4 words in 2 sentences"),
    ],
)
def test_the_ledger_counts_what_a_profile_was_written_from(
    text: str, resting: int, reason: str
) -> None:
    known = range(1, resting + 1)
    draft = Draft.of(Belief(chunks=tuple(a_chunk(one, text=f"topic {one}") for one in known)))

    told = [Sentence(text=text, chunk_ids=(one,)) for one in known]

    assert [change.reason for change in resynthesise(draft, told, now=NOW).changes] == [reason]


def test_a_profile_that_would_say_the_same_after_the_same_events_is_not_rewritten() -> None:
    sentences = [Sentence(text="Likes heists.", chunk_ids=(1,))]
    once = resynthesise(Draft.of(Belief(chunks=(a_chunk(1),))), sentences, now=NOW)

    assert resynthesise(once, sentences, now=NOW + timedelta(days=1)) == once

    a_month_on = resynthesise(once, sentences, now=NOW + timedelta(days=30)).belief.profile
    assert a_month_on is not None
    assert a_month_on.written_at == NOW + timedelta(days=30)  # or it would be weighed every day

    later = Draft.of(once.belief, consumed_to=9)
    confirmed = resynthesise(later, sentences, now=NOW).belief.profile
    assert confirmed is not None
    assert (confirmed.sentences, confirmed.watermark) == (tuple(sentences), 9)
