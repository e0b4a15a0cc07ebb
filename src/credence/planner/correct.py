"""Corrections by people: the same draft and commit as the planner's, without a policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from credence.memory.glance import glance
from credence.memory.ledger import Revision
from credence.memory.lifecycle.draft import Draft
from credence.memory.model import Chunk, Operation, Person, Status
from credence.planner.context import Context
from credence.planner.truth import kept_true

Correction = Callable[[Draft], Draft]


async def correct(
    person: Person,
    correction: Correction,
    *,
    actor: str,
    why: str,
    undoes: int | None = None,
    lease: str,
    context: Context,
) -> Revision:
    """Apply a correction and keep the profile true to it, as one revision.

    One that merges chunks is asked twice: its answer depends on the draft alone.
    Pending events stay pending. A correction that changes nothing makes no revision: the answer
    then bears the number of the present one. Raises what the correction raises, StaleBelief and
    LeaseLost.
    """
    belief = await context.store.belief_of(person)
    now = context.clock()
    draft = correction(Draft.of(belief))
    if _merges(draft):  # again, with what counts for both: of some people that is a lot to read
        shared = await context.store.shared_evidence(person)
        draft = correction(Draft.of(belief, shared=shared))
    operation = Operation.CORRECTION if undoes is None else Operation.UNDO
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


def _merges(draft: Draft) -> bool:
    return any(
        isinstance(change.after, Chunk) and change.after.status is Status.MERGED
        for change in draft.changes
    )
