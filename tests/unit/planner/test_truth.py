"""After a correction or an undo the profile says what is believed."""

from __future__ import annotations

from datetime import timedelta

from credence.memory.ledger import Revision, advanced
from credence.memory.lifecycle.correction import pin, set_strength
from credence.memory.lifecycle.draft import Change, Draft
from credence.memory.lifecycle.resynthesis import resynthesise
from credence.memory.lifecycle.undo import undo
from credence.memory.model import Belief, Operation, Sentence
from credence.memory.strength import add_evidence
from credence.planner.synthesis.synthesizer import BuiltInSynthesizer
from credence.planner.truth import kept_true
from tests.unit.memory.worlds import NOW, RULES, a_chunk

WRITE = BuiltInSynthesizer(RULES.half_life)


def settled(draft: Draft) -> Belief:
    """The belief after the draft as the next revision."""
    revision = Revision(
        number=draft.base.revision + 1,
        run_id=None,
        actor="test",
        at=NOW,
        reason="",
        watermark=draft.belief.watermark,
        undoes=None,
        changes=draft.changes,
    )
    return advanced(draft.base, revision)


async def told(belief: Belief) -> Draft:
    written = await WRITE(belief, now=NOW)
    return resynthesise(Draft.of(belief), written.sentences, now=NOW)


async def kept(draft: Draft, *, undoes: int | None = None) -> tuple[Sentence, ...]:
    """The profile as it is kept, with what a new one would say beside it where they differ."""
    operation = Operation.CORRECTION if undoes is None else Operation.UNDO
    true = await kept_true(draft, synthesizer=WRITE, now=NOW, operation=operation, undoes=undoes)
    return true.belief.profile.sentences if true.belief.profile else ()


def heard(belief: Belief, chunk_id: int, weight: float, *, times: int = 1) -> Draft:
    """A run that counts so many events for one chunk."""
    chunk = before = belief.chunk(chunk_id)
    assert chunk is not None
    for _ in range(times):
        chunk = add_evidence(chunk, weight, NOW, half_life=RULES.half_life)
    operation = Operation.REINFORCEMENT
    return Draft.of(belief).with_changes(
        Change(operation=operation, reason="", before=before, after=chunk)
    )


HEISTS, CAPERS = a_chunk(1, liking=4.0), a_chunk(2, text="capers", liking=2.0)
BELIEF = Belief(chunks=(HEISTS, CAPERS))


async def test_a_strength_set_to_next_to_nothing_is_no_longer_what_is_liked_most() -> None:
    belief = settled(await told(BELIEF))

    draft = set_strength(Draft.of(belief), 1, strength=0.02, now=NOW, rules=RULES, why="by hand")

    assert await kept(draft) == (await WRITE(draft.belief, now=NOW)).sentences
    assert await kept(draft) != belief.profile.sentences  # type: ignore[union-attr]


async def test_a_profile_written_after_the_undone_revision_counts_its_events_no_more() -> None:
    belief = settled(heard(BELIEF, 1, 1.0, times=5))
    belief = settled(await told(belief))
    changes = heard(BELIEF, 1, 1.0, times=5).changes

    draft = undo(Draft.of(belief), 1, changes, now=NOW)
    sentences = await kept(draft, undoes=1)

    assert "nine reactions" in belief.profile.narrative  # type: ignore[union-attr]
    assert "four reactions" in " ".join(sentence.text for sentence in sentences)
    assert sentences == (await WRITE(draft.belief, now=NOW)).sentences


async def test_an_undo_brings_back_no_sentence_that_later_events_made_untrue() -> None:
    first = settled(await told(BELIEF))
    shorter = resynthesise(
        Draft.of(first), [Sentence(text="They like heists.", chunk_ids=(1,))], now=NOW
    )
    turned = settled(heard(settled(shorter), 2, -1.0, times=6))

    draft = undo(Draft.of(turned), 2, shorter.changes, now=NOW)

    assert draft.belief.profile is not None
    assert draft.belief.profile.sentences == first.profile.sentences  # type: ignore[union-attr]
    assert await kept(draft, undoes=2) == (await WRITE(turned, now=NOW)).sentences


async def test_an_undo_of_the_latest_revision_brings_back_the_very_words() -> None:
    first = resynthesise(
        Draft.of(BELIEF), [Sentence(text="In another hand.", chunk_ids=(1,))], now=NOW
    )
    rewritten = await told(settled(first))

    draft = undo(Draft.of(settled(rewritten)), 2, rewritten.changes, now=NOW)

    assert [sentence.text for sentence in await kept(draft, undoes=2)] == ["In another hand."]


async def test_a_correction_of_what_the_profile_does_not_speak_of_leaves_it_alone() -> None:
    first = resynthesise(
        Draft.of(BELIEF), [Sentence(text="In another hand.", chunk_ids=(1,))], now=NOW
    )
    later = NOW + timedelta(days=30)

    draft = pin(Draft.of(settled(first)), 2, now=later, rules=RULES, why="")

    assert [sentence.text for sentence in await kept(draft)] == ["In another hand."]
