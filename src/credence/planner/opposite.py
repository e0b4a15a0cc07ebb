"""Two beliefs about one topic that take opposite sides: an undo may not leave both believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from credence.memory.errors import OppositeBelieved
from credence.memory.lifecycle.draft import Draft
from credence.memory.model import Belief, Chunk, Status, Vector
from credence.memory.strength import polarity, statement, undecided
from credence.planner.context import Embed
from credence.planner.wordings import SAME, Wording, likeness_of, wording_of


async def must_bring_back_no_opposite(
    draft: Draft, *, undoes: int, before: Belief, embed: Embed
) -> None:
    """Raises OppositeBelieved where an undo brings a belief back whose opposite was learnt since.

    Of what somebody rejected the opposite may be learnt, as a chunk of its own. Chunks that stood
    side by side `before` the revision that is undone may do so again.
    """
    stood = {chunk.chunk_id for chunk in draft.base.active}
    decided = [chunk for chunk in draft.belief.active if not undecided(chunk)]
    held = [chunk for chunk in decided if chunk.chunk_id in stood and not _took_it(chunk, before)]
    pairs = [
        (back, other)
        for back in decided
        for other in held
        if back.chunk_id not in stood and polarity(back) != polarity(other)
    ]
    if not pairs:
        return
    texts = sorted({text for pair in pairs for chunk in pair for text in _texts(chunk)})
    vectors = dict(zip(texts, await embed(texts), strict=True))
    for back, other in pairs:
        likeness = likeness_of(_wordings(back, vectors), _wordings(other, vectors))
        if likeness.max() >= SAME:
            raise OppositeBelieved(
                undoes, (back.chunk_id, statement(back)), (other.chunk_id, statement(other))
            )


def _took_it(chunk: Chunk, before: Belief) -> bool:
    """Whether the chunk was believed then already, and took the side that it takes now."""
    then = before.chunk(chunk.chunk_id)
    return then is not None and then.status is Status.ACTIVE and polarity(then) == polarity(chunk)


def _texts(chunk: Chunk) -> Sequence[str]:
    """All words by which a topic leads to the chunk."""
    return (chunk.text, *chunk.aliases)


def _wordings(chunk: Chunk, vectors: Mapping[str, Vector]) -> list[Wording]:
    return [wording_of(chunk.category, text, vectors[text]) for text in _texts(chunk)]
