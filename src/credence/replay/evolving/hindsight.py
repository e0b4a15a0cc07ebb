"""What was believed, held against what the person did next.

The belief is made of what came before and is read as it lies in the memory. The events that follow
are then read in its light by the built-in extractor and matcher, as the planner would read them
were they pending; what that reading says of the chunks is noted, and nothing of it is stored, so
no belief and no answer rests on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from credence.memory.lifecycle.bearing import Bearing
from credence.memory.model import Belief, Chunk, Event, Finding, Person, Status
from credence.memory.strength import standing
from credence.planner.context import Context
from credence.planner.extraction.lexicon import Stance, bundled_lexicon, never_liked
from credence.planner.reading import read
from credence.replay.belief import seen
from credence.replay.encoded import EncodedDomain
from credence.replay.evolving.walked import Believed, Borne

AHEAD = 10  # events after a look that its beliefs are held against
_DIGITS = 6  # of a strength


async def held_against(
    person: Person,
    later: Sequence[Event],
    *,
    known: int,
    context: Context,
    encoded: EncodedDomain,
    at: datetime,
) -> Believed | None:
    """The belief as it is now, after `known` events, against the first `AHEAD` of those to come.

    `at` is the time of the look. None without a belief or without anything to come.
    """
    ahead = tuple(later[:AHEAD])
    snapshot = await context.store.observe(person)
    belief = snapshot.belief
    if not ahead or not belief.active:
        return None
    as_if = replace(snapshot, pending=seen(ahead, encoded), late=(), counted=frozenset())
    reading = await read(as_if, extractor=context.reader, embed=context.embed_phrases)
    counted = [chunk for chunk in belief.chunks if chunk.status is not Status.MERGED]
    return Believed(
        known=known,
        ahead=len(ahead),
        likes=sum(chunk.likes for chunk in counted),
        dislikes=sum(chunk.dislikes for chunk in counted),
        active=len(belief.active),
        borne=_borne(belief, reading.bearings, context=context, at=at),
    )


def _borne(
    belief: Belief, bearings: Sequence[Bearing], *, context: Context, at: datetime
) -> tuple[Borne, ...]:
    """The chunks that some bearing is on. A new topic is on none."""
    by_chunk = defaultdict[int, list[Finding]](list)
    for bearing in bearings:
        if bearing.chunk_id is not None:
            by_chunk[bearing.chunk_id].append(bearing.finding)
    found = []
    for chunk in sorted(belief.active, key=lambda one: one.chunk_id):
        if chunk.chunk_id in by_chunk:
            findings = by_chunk[chunk.chunk_id]
            stands = standing(chunk, now=at, half_life=context.rules.half_life)
            found.append(
                Borne(
                    chunk=chunk.chunk_id,
                    strength=round(stands.strength, _DIGITS),
                    confidence=round(stands.confidence, _DIGITS),
                    leaning=_leans(chunk),
                    liked=tuple(sorted(one.event_seq for one in findings if one.weight > 0)),
                    disliked=tuple(sorted(one.event_seq for one in findings if one.weight < 0)),
                )
            )
    return tuple(found)


def _leans(chunk: Chunk) -> bool:
    """Whether the built-in extractor can read the chunk's topic one way alone."""
    topic = bundled_lexicon().named(chunk.text)
    named = topic is not None and topic.stance is not Stance.ASPECT
    return named or chunk.text in never_liked()
