"""Corrections by people: the same draft and commit as the planner's, without a policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from credence.memory.glance import glance
from credence.memory.ledger import Revision
from credence.memory.lifecycle.draft import Draft
from credence.memory.model import Belief, Operation, Person
from credence.planner.context import Context
from credence.planner.joined import joined
from credence.planner.opposite import must_bring_back_no_opposite
from credence.planner.truth import kept_true

Correction = Callable[[Draft], Draft]


@dataclass(frozen=True, slots=True)
class Undone:
    """A revision that a correction takes back."""

    revision: int
    before: Belief  # what it was made from


async def correct(
    person: Person,
    correction: Correction,
    *,
    actor: str,
    why: str,
    undone: Undone | None = None,
    lease: str,
    context: Context,
) -> Revision:
    """Apply a correction and keep the profile true to it, as one revision.

    One that merges chunks is asked twice: its answer depends on the draft alone.
    Pending events stay pending. A correction that changes nothing makes no revision: the answer
    then bears the number of the present one. Raises what the correction raises, StaleBelief,
    LeaseLost, and OppositeBelieved where it undoes a revision and brings back what a belief of
    today says the opposite of.
    """
    belief = await context.store.belief_of(person)
    now = context.clock()
    draft = await joined(
        Draft.of(belief), correction, shared=lambda: context.store.shared_evidence(person)
    )
    undoes = None if undone is None else undone.revision
    operation = Operation.CORRECTION if undone is None else Operation.UNDO
    if undone is not None:
        await must_bring_back_no_opposite(
            draft, undoes=undone.revision, before=undone.before, embed=context.embed_phrases
        )
    draft = await kept_true(
        draft, synthesizer=context.synthesizer, now=now, operation=operation, undoes=undoes
    )
    stored = {chunk.chunk_id: chunk.text for chunk in belief.chunks}
    reworded = {
        chunk.chunk_id: chunk.text
        for chunk in draft.belief.chunks
        if stored.get(chunk.chunk_id) != chunk.text
    }
    vectors = await context.embed_phrases(list(reworded.values()))
    revision = Revision(
        number=draft.base.revision + 1,
        run_id=None,
        actor=actor,
        at=now,
        reason=why,
        watermark=draft.base.watermark,
        undoes=undoes,
        changes=draft.changes,
    )
    new_vectors = dict(zip(reworded, vectors, strict=True))
    if draft.changes:
        await context.store.commit(
            person,
            revision,
            new_vectors,
            None,
            lease=lease,
            looked=None,
            glance=glance(draft.belief, now=now, half_life=context.rules.half_life),
        )
        return revision
    return replace(revision, number=draft.base.revision, reason="nothing to change")
