"""What was believed, held against what the person did next.

The belief is made of what came before and is read as it lies in the memory. The events that follow
are then read in its light by the built-in extractor and matcher, as the planner would read them
were they pending; what that reading says of the chunks is noted, and nothing of it is stored, so
no belief and no answer rests on it. They are read when the person was followed to the end: sooner,
the encoder would remember their phrases before the looks that meet them, and those are timed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from credence.memory.lifecycle.bearing import Bearing
from credence.memory.model import Belief, Chunk, Event, Finding, Person, Status
from credence.memory.strength import standing
from credence.planner.context import Context
from credence.planner.extraction.lexicon import Stance, bundled_lexicon, never_liked
from credence.planner.reading import read
from credence.planner.state import Snapshot
from credence.replay.belief import seen
from credence.replay.encoded import EncodedDomain
from credence.replay.evolving.walked import Believed, Borne

AHEAD = 10  # events after a look that its beliefs are held against
_DIGITS = 6  # of a strength


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a look left in the memory, and what the same person did next."""

    known: int  # events that were recorded before the look
    at: datetime  # of the look
    snapshot: Snapshot
    ahead: tuple[Event, ...]  # one at least, `AHEAD` at most


async def left_by_look(
    person: Person, later: Sequence[Event], *, known: int, context: Context, at: datetime
) -> Left | None:
    """The belief as it is now, after `known` events and a look; `later` are those to come.

    None without a belief or without anything to come.
    """
    if not later:
        return None
    snapshot = await context.store.observe(person)
    if not snapshot.belief.active:
        return None
    return Left(known=known, at=at, snapshot=snapshot, ahead=tuple(later[:AHEAD]))


async def held_against(left: Left, *, context: Context, encoded: EncodedDomain) -> Believed:
    """The belief that a look left against the events that followed."""
    belief = left.snapshot.belief
    as_if = replace(left.snapshot, pending=seen(left.ahead, encoded), late=(), counted=frozenset())
    reading = await read(as_if, extractor=context.reader, embed=context.embed_phrases)
    counted = [chunk for chunk in belief.chunks if chunk.status is not Status.MERGED]
    opened = [chunk for chunk in counted if not _leans(chunk)]
    return Believed(
        known=left.known,
        ahead=len(left.ahead),
        likes=sum(chunk.likes for chunk in counted),
        dislikes=sum(chunk.dislikes for chunk in counted),
        open_likes=sum(chunk.likes for chunk in opened),
        open_dislikes=sum(chunk.dislikes for chunk in opened),
        active=len(belief.active),
        borne=_borne(belief, reading.bearings, context=context, at=left.at),
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
