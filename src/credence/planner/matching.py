"""Which chunk a finding bears on, and which chunks say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from credence.memory.lifecycle.bearing import Bearing
from credence.memory.model import Belief, Chunk, Finding, Status, Vector
from credence.memory.strength import polarity
from credence.planner.extraction.tokens import normal
from credence.planner.ranking.case import Matrix

_SAME = 0.86  # cosine from which two wordings of compatible category are one topic

# Categories that writers of topics may confuse: what a work is about, and how it is told.
_ABOUT = frozenset({"genre", "trope", "subject", "setting", "content", "mood"})
_TOLD = frozenset({"style", "pace", "plot", "structure", "craft", "character", "mood"})

# Words that keep two wordings apart however close their vectors are.
_OPPOSED = (
    frozenset({"slow", "fast", "quick", "brisk", "rushed"}),
    frozenset({"likable", "unlikable", "annoying"}),
    frozenset({"predictable", "unpredictable", "surprising", "unexpected"}),
    frozenset({"happy", "sad", "tragic", "open", "satisfying", "weak", "unsatisfying"}),
    frozenset({"strong", "weak", "flat", "well", "poor", "good", "bad", "beautiful", "stilted", "sharp"}),
    frozenset({"light", "dark", "heavy"}),
    frozenset({"short", "long"}),
    frozenset({"clean", "explicit", "steamy", "erotic"}),
    frozenset({"first", "second", "third"}),
    frozenset({"i", "ii"}),
    frozenset({"mother", "motherhood", "father", "fatherhood", "sister", "brother"}),
    frozenset({"hero", "heroine", "villain"}),
    frozenset({"simple", "complex", "confusing", "accessible"}),
    frozenset({"hard", "soft"}),
    frozenset({"high", "low", "urban", "dark", "historical", "cozy"}),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Known:
    """A wording that findings are compared with."""

    category: str
    text: str  # normal form
    vector: Vector | None  # (D,)


def match(
    findings: Sequence[Finding],
    topic_vectors: Matrix,
    belief: Belief,
    chunk_vectors: Mapping[int, Vector],
) -> tuple[Bearing, ...]:
    """Tie each finding to the chunk it bears on, at most one finding for a chunk and event.

    `topic_vectors` (F, D) are the findings' topics, in their order. A topic that a person
    rejected is dropped; a merged chunk leads to the one it went into; a forgotten one does not
    stand in the way of a new chunk. Findings of one new topic come back in one wording.
    """
    ends = [(chunk, _end(chunk, belief)) for chunk in belief.chunks]
    ends = [(chunk, end) for chunk, end in ends if end.status is not Status.FORGOTTEN]
    known = [_Known(c.category, normal(c.text), chunk_vectors.get(c.chunk_id)) for c, _ in ends]
    fresh: list[_Known] = []
    founders: list[Finding] = []
    bearings: list[Bearing] = []
    for finding, vector in zip(findings, topic_vectors, strict=True):
        wording = _Known(finding.category, normal(finding.topic), vector)
        at = _nearest(wording, known)
        if at is not None:
            end = ends[at][1]
            if end.status is Status.ACTIVE:
                bearings.append(Bearing(finding=finding, chunk_id=end.chunk_id))
            continue
        at = _nearest(wording, fresh)
        if at is None:
            at = len(fresh)
            fresh.append(wording)
            founders.append(finding)
        founder = founders[at]
        worded = replace(finding, category=founder.category, topic=founder.topic)
        bearings.append(Bearing(finding=worded, chunk_id=None))
    return _once_each(bearings)


def near_duplicates(
    belief: Belief, chunk_vectors: Mapping[int, Vector]
) -> tuple[tuple[int, int], ...]:
    """Pairs (keep, drop) of active chunks that say the same, ordered by the id kept.

    Same category and polarity. What a person pinned or reworded is kept, then what has more
    evidence, then the older; a chunk is in one pair as the one dropped at most, and then never
    as the one kept.
    """
    ranked = sorted(belief.active, key=_worth_keeping)
    known = {
        c.chunk_id: _Known(c.category, normal(c.text), chunk_vectors.get(c.chunk_id))
        for c in ranked
    }
    kept: list[Chunk] = []
    pairs: list[tuple[int, int]] = []
    for chunk in ranked:
        keep = next((other for other in kept if _says_the_same(other, chunk, known)), None)
        if keep is None or chunk.pinned or chunk.edited:
            kept.append(chunk)
        else:
            pairs.append((keep.chunk_id, chunk.chunk_id))
    return tuple(sorted(pairs))


def _worth_keeping(chunk: Chunk) -> tuple[bool, float, int]:
    return (not (chunk.pinned or chunk.edited), -(chunk.liking + chunk.disliking), chunk.chunk_id)


def _says_the_same(one: Chunk, other: Chunk, known: Mapping[int, _Known]) -> bool:
    if one.category != other.category or polarity(one) != polarity(other):
        return False
    return _likeness(known[one.chunk_id], known[other.chunk_id]) >= _SAME


def _nearest(wording: _Known, known: Sequence[_Known]) -> int | None:
    """Index of the known wording of the same topic; the first of equals."""
    likeness = [_likeness(wording, other) for other in known]
    if not likeness:
        return None
    best = int(np.argmax(likeness))
    return best if likeness[best] >= _SAME else None


def _likeness(one: _Known, other: _Known) -> float:
    """2 for equal wordings, else their cosine; -1 where they cannot be one topic."""
    if one.text == other.text:
        return 2.0
    if one.vector is None or other.vector is None or not _compatible(one.category, other.category):
        return -1.0
    return -1.0 if _opposed(one.text, other.text) else float(one.vector @ other.vector)


def _compatible(one: str, other: str) -> bool:
    if one == "creator" or other == "creator":
        return False  # names are close to each other in meaning and far in fact
    return one == other or any({one, other} <= group for group in (_ABOUT, _TOLD))


def _opposed(one: str, other: str) -> bool:
    """Whether each wording has a word that rules the other's word out."""
    first, second = set(one.split()), set(other.split())
    only_first, only_second = first - second, second - first
    return any(only_first & words and only_second & words for words in _OPPOSED)


def _end(chunk: Chunk, belief: Belief) -> Chunk:
    """The chunk that holds this one's evidence now, itself unless it was merged."""
    passed = {chunk.chunk_id}
    while chunk.status is Status.MERGED and chunk.merged_into is not None:
        following = belief.chunk(chunk.merged_into)
        if following is None or following.chunk_id in passed:
            return chunk
        passed.add(following.chunk_id)
        chunk = following
    return chunk


def _once_each(bearings: Sequence[Bearing]) -> tuple[Bearing, ...]:
    """The clearest bearing for each chunk or new topic and event, in the order they came."""
    clearest: dict[tuple[int, int | None, str], Bearing] = {}
    for bearing in bearings:
        new_topic = bearing.finding.topic if bearing.chunk_id is None else ""
        key = (bearing.finding.event_seq, bearing.chunk_id, new_topic)
        held = clearest.get(key)
        if held is None or abs(bearing.finding.weight) > abs(held.finding.weight):
            clearest[key] = bearing
    return tuple(clearest.values())
