from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from credence.memory.errors import ChunkNotFound, Invalid, NotMergeable, UndoConflict
from credence.memory.ledger import Revision, advanced
from credence.memory.lifecycle import correction
from credence.memory.lifecycle.correction import (
    STRONGEST,
    merge,
    pin,
    reject,
    reword,
    set_strength,
    unpin,
)
from credence.memory.lifecycle.draft import Draft
from credence.memory.lifecycle.forgetting import forget, remaining
from credence.memory.lifecycle.profile_support import unsupported
from credence.memory.lifecycle.resynthesis import resynthesise
from credence.memory.lifecycle.undo import taken_back, undo
from credence.memory.model import Belief, Chunk, Finding, Operation, Sentence, Status
from credence.memory.strength import polarity, standing, statement
from tests.unit.memory.worlds import NOW, RULES, a_chunk, chunks, findings, run


@given(chunks, st.floats(-STRONGEST, STRONGEST))
def test_a_strength_set_by_hand_is_the_strength_that_is_read(chunk: Chunk, wanted: float) -> None:
    draft = set_strength(
        Draft.of(Belief(chunks=(chunk,))), 1, strength=wanted, now=NOW, rules=RULES, why="said so"
    )

    after = draft.belief.chunks[0]

    assert standing(after, now=NOW, half_life=RULES.half_life).strength == pytest.approx(wanted)
    assert after.edited


@pytest.mark.parametrize("strength", [1.0, -0.96, 7.0])
def test_a_certain_strength_is_refused_with_the_range(strength: float) -> None:
    draft = Draft.of(Belief(chunks=(a_chunk(),)))

    with pytest.raises(Invalid, match=r"outside \[-0\.95, 0\.95\]"):
        set_strength(draft, 1, strength=strength, now=NOW, rules=RULES, why="")


def test_pinned_and_reworded_chunks_survive_forgetting() -> None:
    belief = Belief(chunks=(a_chunk(1), a_chunk(2, text="capers")))
    draft = pin(Draft.of(belief), 1, now=NOW, rules=RULES, why="keep")
    draft = reword(draft, 2, text="clever heists", category=None, why="more exact")

    later = forget(draft, now=NOW + timedelta(days=10_000), rules=RULES)

    assert [c.text for c in later.belief.active] == ["heists", "clever heists"]


def test_a_pinned_chunk_keeps_its_strength_and_drifts_again_once_unpinned() -> None:
    half = RULES.half_life
    start = Draft.of(Belief(chunks=(a_chunk(1, liking=4.0),)))
    draft = pin(start, 1, now=NOW + half, rules=RULES, why="keep")
    held = draft.belief.chunks[0]
    assert held.liking == pytest.approx(2.0)

    later = NOW + 9 * half
    assert standing(held, now=later, half_life=half).strength == pytest.approx(2 / 3)
    loose = unpin(draft, 1, now=later, why="no longer").belief.chunks[0]
    assert standing(loose, now=later, half_life=half).strength == pytest.approx(2 / 3)
    assert standing(loose, now=later + half, half_life=half).strength == pytest.approx(1 / 2)


def test_what_a_person_rejected_stays_rejected_and_cannot_be_touched() -> None:
    draft = reject(Draft.of(Belief(chunks=(a_chunk(1),))), 1, why="wrong")

    assert draft.belief.chunks[0].status is Status.REJECTED
    with pytest.raises(ChunkNotFound):
        pin(draft, 1, now=NOW, rules=RULES, why="")


@given(chunks)
def test_what_is_forgotten_by_hand_goes_with_its_pin_and_an_undo_brings_it_back(
    chunk: Chunk,
) -> None:
    belief = Belief(chunks=(chunk,))
    draft = correction.forget(Draft.of(belief), 1, now=NOW, why="a phase")
    gone = draft.belief.chunks[0]

    back = undo(Draft.of(draft.belief), 1, draft.changes, now=NOW).belief

    assert (gone.status, gone.pinned) == (Status.FORGOTTEN, False)
    assert (gone.text, gone.liking, gone.disliking) == (chunk.text, chunk.liking, chunk.disliking)
    assert [change.operation for change in draft.changes] == [Operation.CORRECTION]
    assert back.chunks == belief.chunks
    with pytest.raises(ChunkNotFound):
        correction.forget(draft, 1, now=NOW, why="")


@given(findings())
def test_what_was_forgotten_by_hand_may_be_learnt_again(found: tuple[Finding, ...]) -> None:
    belief = Belief(chunks=(a_chunk(1), a_chunk(2, text="capers")))
    draft = correction.forget(Draft.of(belief), 1, now=NOW, why="a phase")

    later = run(draft.belief, found).belief.chunk(1)

    weights = [abs(f.weight) for f in found if f.topic == "heists"]
    again = bool(weights) and sum(weights) >= RULES.new_chunk_evidence
    assert later is not None
    assert later.status is (Status.ACTIVE if again else Status.FORGOTTEN)
    assert later.likes + later.dislikes == 1 + (len(weights) if again else 0)


@given(chunks, findings(first_seq=13))
def test_nothing_said_by_hand_comes_back_with_what_was_let_go_by_hand(
    chunk: Chunk, found: tuple[Finding, ...]
) -> None:
    draft = Draft.of(Belief(watermark=12, chunks=(replace(chunk, pinned=False),)))
    draft = set_strength(draft, 1, strength=-0.9, now=NOW, rules=RULES, why="hate them")
    gone = correction.forget(draft, 1, now=NOW, why="a phase").belief

    later = run(gone, found).belief.chunk(1)

    said = [f.weight for f in found if f.topic == "heists"]
    assert later is not None
    if later.status is Status.FORGOTTEN:
        assert later == gone.chunk(1)
        return
    assert not later.edited
    assert later.liking <= sum(weight for weight in said if weight > 0)
    assert later.disliking <= sum(-weight for weight in said if weight < 0)
    assert later.likes == chunk.likes + sum(weight > 0 for weight in said)
    assert later.dislikes == chunk.dislikes + sum(weight < 0 for weight in said)


def test_what_was_let_go_by_hand_says_what_events_say_and_may_be_forgotten_again() -> None:
    draft = Draft.of(Belief(watermark=12, chunks=(a_chunk(1),)))
    draft = set_strength(draft, 1, strength=-0.9, now=NOW, rules=RULES, why="hate them")
    gone = correction.forget(draft, 1, now=NOW, why="a phase").belief

    again = run(gone, (a_finding(13, weight=0.5),))
    later = forget(Draft.of(again.belief), now=NOW + timedelta(days=1_000), rules=RULES).belief

    assert again.changes[-1].reason == 'learnt again: likes heists, from "about heists"'
    assert [statement(c) for c in again.belief.active] == ["likes heists"]
    assert later.active == ()
    assert undo(Draft.of(again.belief), 1, again.changes, now=NOW).belief.chunks == gone.chunks


def test_a_pin_let_go_by_hand_counted_in_full_until_then() -> None:
    half = RULES.half_life
    belief = Belief(watermark=12, chunks=(a_chunk(1, liking=6.0, pinned=True),))
    gone = correction.forget(Draft.of(belief), 1, now=NOW + 4 * half, why="a phase").belief

    soon = run(gone, (a_finding(13, weight=0.5, days_later=4 * half.days),)).belief.chunks[0]
    late = run(gone, (a_finding(13, weight=0.5, days_later=5 * half.days),)).belief.chunks[0]

    assert soon.liking == pytest.approx(6.5)
    assert late.liking == pytest.approx(3.5)


def test_a_strength_set_for_a_pinned_chunk_counts_as_much_as_what_it_holds() -> None:
    belief = Belief(chunks=(a_chunk(1, liking=40.0, pinned=True),))
    later = NOW + 10 * RULES.half_life

    draft = set_strength(Draft.of(belief), 1, strength=0.9, now=later, rules=RULES, why="less so")

    after = draft.belief.chunks[0]
    assert after.liking + after.disliking == pytest.approx(40.0)


@given(chunks, chunks, st.integers(0, 1_000))
def test_a_merge_is_worth_what_both_chunks_are_worth_on_that_day(
    one: Chunk, other: Chunk, days: int
) -> None:
    now = NOW + timedelta(days=days)
    other = replace(other, chunk_id=2, text="capers")
    draft = Draft.of(Belief(chunks=(one, other)))
    assume(polarity(one) == polarity(other))

    into = merge(draft, 2, into=1, now=now, rules=RULES, why="same").belief.chunks[0]

    worth = sum(remaining(chunk, now=now, rules=RULES) for chunk in (one, other))
    assert remaining(into, now=now, rules=RULES) == pytest.approx(worth)
    assert into.as_of == now


def test_words_that_it_has_already_change_nothing_the_second_time() -> None:
    draft = reword(Draft.of(Belief(chunks=(a_chunk(1),))), 1, text="capers", category=None, why="")

    again = reword(draft, 1, text="capers", category="theme", why="")
    once_more = reword(again, 1, text="capers", category="theme", why="")

    assert len(draft.changes) == 1
    assert once_more.changes == again.changes


def test_another_category_is_no_other_wording() -> None:
    draft = reword(
        Draft.of(Belief(chunks=(a_chunk(1),))), 1, text="heists", category="theme", why=""
    )

    after = draft.belief.chunks[0]

    assert after == replace(a_chunk(1), category="theme")
    assert not after.edited


@pytest.mark.parametrize(("drop", "into"), [(1, 2), (2, 1)])
def test_what_was_said_by_hand_of_either_chunk_is_never_lost_in_a_merge(
    drop: int, into: int
) -> None:
    belief = Belief(chunks=(a_chunk(1), a_chunk(2, text="capers")))
    draft = set_strength(Draft.of(belief), 1, strength=0.9, now=NOW, rules=RULES, why="by hand")

    joined = merge(draft, drop, into=into, now=NOW, rules=RULES, why="same")

    kept = joined.belief.chunk(into)
    assert kept is not None
    assert kept.edited
    faded = forget(joined, now=NOW + timedelta(days=10_000), rules=RULES)
    assert [chunk.chunk_id for chunk in faded.belief.active] == [into]


def test_only_two_active_chunks_of_one_polarity_can_be_merged_by_hand() -> None:
    hated = a_chunk(2, text="capers", liking=0.0, disliking=2.0)
    draft = Draft.of(Belief(chunks=(a_chunk(1), hated)))

    for drop, into in ((2, 1), (1, 1)):
        with pytest.raises(NotMergeable):
            merge(draft, drop, into=into, now=NOW, rules=RULES, why="")


@pytest.mark.parametrize(("drop", "into", "field"), [(1, 9, "into"), (9, 1, "chunk_id")])
def test_a_merge_names_the_field_of_the_chunk_that_is_not_there(
    drop: int, into: int, field: str
) -> None:
    draft = Draft.of(Belief(chunks=(a_chunk(1),)))

    with pytest.raises(ChunkNotFound, match="no active chunk 9") as refused:
        merge(draft, drop, into=into, now=NOW, rules=RULES, why="")

    assert refused.value.field == field


def test_sentences_lose_their_support_when_a_chunk_goes_turns_or_is_reworded() -> None:
    belief = Belief(chunks=(a_chunk(1), a_chunk(2, text="capers")))
    told = [Sentence(text="Heists.", chunk_ids=(1,)), Sentence(text="Capers.", chunk_ids=(2,))]
    draft = Draft.of(resynthesise(Draft.of(belief), told, now=NOW).belief)

    for shaken in (
        reject(draft, 1, why="wrong"),
        reword(draft, 1, text="clever heists", category=None, why="exact"),
        set_strength(draft, 1, strength=-0.9, now=NOW, rules=RULES, why="hates them"),
        set_strength(draft, 1, strength=0.0, now=NOW, rules=RULES, why="cannot say"),
    ):
        assert [sentence.text for sentence in unsupported(shaken)] == ["Heists."]
    assert unsupported(set_strength(draft, 1, strength=0.9, now=NOW, rules=RULES, why="")) == ()


def test_a_profile_written_after_the_change_is_supported() -> None:
    draft = reject(Draft.of(Belief(chunks=(a_chunk(1), a_chunk(2)))), 1, why="wrong")
    draft = resynthesise(draft, [Sentence(text="Two.", chunk_ids=(2,))], now=NOW)

    assert unsupported(draft) == ()


def test_merging_into_a_pinned_chunk_fades_nothing_and_a_pin_is_never_lost() -> None:
    pinned = a_chunk(1, liking=4.0, pinned=True)
    later = a_chunk(2, text="capers", liking=1.0, as_of=NOW + 2 * RULES.half_life)
    draft = Draft.of(Belief(chunks=(pinned, later)))

    joined = partial(merge, draft, now=NOW, rules=RULES, why="same")
    into_pinned = joined(2, into=1).belief.chunks[0]
    from_pinned = joined(1, into=2).belief.chunks[1]

    assert (into_pinned.liking, into_pinned.pinned) == (5.0, True)
    assert (from_pinned.liking, from_pinned.pinned) == (5.0, True)


def a_finding(seq: int, *, weight: float, days_later: float = 0) -> Finding:
    return Finding(
        event_seq=seq,
        occurred_at=NOW + timedelta(days=days_later),
        category="theme",
        topic="heists",
        weight=weight,
        words="about heists",
    )


def told(draft: Draft) -> Draft:
    """The draft with a narrative of one sentence a chunk."""
    sentences = [Sentence(text=statement(c), chunk_ids=(c.chunk_id,)) for c in draft.belief.active]
    return resynthesise(draft, sentences, now=NOW)


def sentences_of(belief: Belief) -> tuple[Sentence, ...]:
    return belief.profile.sentences if belief.profile else ()


def revision_of(draft: Draft, number: int, *, undoes: int | None = None) -> Revision:
    return Revision(
        number=number,
        run_id=None,
        actor="test",
        at=NOW,
        reason="",
        watermark=draft.belief.watermark,
        undoes=undoes,
        changes=draft.changes,
    )


@given(findings(), findings(first_seq=13), findings(first_seq=25))
def test_undoing_the_last_revision_gives_back_the_belief_before_it(
    first: tuple[Finding, ...], second: tuple[Finding, ...], third: tuple[Finding, ...]
) -> None:
    belief = Belief()
    before = belief
    for number, found in enumerate((first, second, third), start=1):
        before = belief
        draft = told(run(belief, found))
        last = revision_of(draft, number)
        belief = advanced(belief, last)

    undone = undo(Draft.of(belief), 3, last.changes, now=NOW).belief

    assert undone.active == before.active
    assert all(
        chunk.liking + chunk.disliking == 0
        for chunk in undone.chunks
        if before.chunk(chunk.chunk_id) is None
    )
    assert sentences_of(undone) == sentences_of(before)
    assert undone.watermark == belief.watermark  # events stay consumed


def test_undoing_a_revision_restores_the_profile_that_it_replaced() -> None:
    belief = Belief(chunks=(a_chunk(1),))
    one = resynthesise(Draft.of(belief), [Sentence(text="A.", chunk_ids=(1,))], now=NOW)
    settled = advanced(belief, revision_of(one, 1))
    two = resynthesise(Draft.of(settled), [Sentence(text="B.", chunk_ids=(1,))], now=NOW)
    settled = advanced(settled, revision_of(two, 2))

    draft = undo(Draft.of(settled), 2, two.changes, now=NOW)

    assert draft.belief.profile is not None
    assert draft.belief.profile.narrative == "A."
    assert draft.belief.profile.version == 3


@pytest.mark.parametrize(
    ("undoes", "gone"),
    [
        ([], set()),
        ([(2, 1)], {1}),
        ([(2, 1), (3, 2)], {2}),
        ([(2, 1), (3, 2), (4, 3)], {1, 3}),
        ([(2, 1), (3, 2), (4, 1)], {1, 2}),
        ([(5, 2), (4, 3)], {2, 3}),
    ],
)
def test_a_revision_is_taken_back_by_an_undo_that_stands(
    undoes: list[tuple[int, int]], gone: set[int]
) -> None:
    assert taken_back(undoes) == gone


def test_a_revision_that_later_ones_built_on_cannot_be_undone_alone() -> None:
    belief = Belief(chunks=(a_chunk(1),))
    one = pin(Draft.of(belief), 1, now=NOW, rules=RULES, why="")
    settled = advanced(belief, revision_of(one, 1))
    two = reword(Draft.of(settled), 1, text="capers", category=None, why="")
    settled = advanced(settled, revision_of(two, 2))

    with pytest.raises(UndoConflict, match="chunk 1 has changed since"):
        undo(Draft.of(settled), 1, one.changes, now=NOW)
