"""Which chunk a finding bears on, and which chunks say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from credence.memory.lifecycle.bearing import Bearing
from credence.memory.model import Belief, Chunk, Finding, Status, Vector
from credence.memory.strength import polarity, undecided
from credence.planner.ranking.case import Matrix
from credence.planner.wordings import EQUAL, SAME, Wording, likeness_of, may_be_one, wording_of

NO_ALIASES: Mapping[str, Vector] = MappingProxyType({})
_NEW = -1


@dataclass(frozen=True, slots=True)
class _Place:
    """Words by which a chunk is or was known, and where what speaks of it counts now."""

    chunk: Chunk
    end: Chunk
    wording: Wording

    @property
    def believed(self) -> bool:
        return self.end.status is Status.ACTIVE

    def says(self, weight: float) -> bool:
        """Whether evidence of this weight says what the chunk says; to an undecided one all."""
        return undecided(self.end) or weight * polarity(self.end) > 0


def match(
    findings: Sequence[Finding],
    topic_vectors: Matrix,
    belief: Belief,
    chunk_vectors: Mapping[int, Vector],
    alias_vectors: Mapping[str, Vector] = NO_ALIASES,
) -> tuple[Bearing, ...]:
    """Tie each finding to the chunk it bears on, at most one finding for a chunk and event.

    `topic_vectors` (F, D) are the findings' topics, in their order. What a person rejected is
    dropped, though the opposite may be learnt; a topic that a person reworded is known by its
    earlier words too, and by their meaning where `alias_vectors` has it; a merged chunk leads to
    the one it went into; a forgotten one does not stand in the way of a new chunk. Findings of
    one new topic come back in one wording, and go with one of the topic that has its chunk.

    A finding in the category and the very words of a chunk bears on that chunk. Equal wordings
    are one topic, and so are two wordings that the lexicon lists under one. Two
    that it lists apart ("slow pacing", "fast pacing") never meet; others meet by cosine.
    """
    if not findings:
        return ()
    vectors = (chunk_vectors, alias_vectors, np.zeros_like(topic_vectors[0]))
    places = [p for p in _places(belief, *vectors) if p.end.status is not Status.FORGOTTEN]
    said = _said(findings, topic_vectors)
    among = likeness_of(said, said)
    likeness = _likeness_to(places, said)
    led = _followed(_nearest(findings, likeness, places), said, among, places)
    counts = [
        _counting(finding, at, row, places)
        for finding, at, row in zip(findings, led, likeness, strict=True)
    ]
    founders = _founders([at == _NEW for at in counts], among)
    bearings: list[Bearing] = []
    for row, (finding, at) in enumerate(zip(findings, counts, strict=True)):
        if at == _NEW:
            first = findings[founders[row]]
            worded = replace(finding, category=first.category, topic=first.topic)
            bearings.append(Bearing(finding=worded, chunk_id=None))
        elif at is not None:
            bearings.append(Bearing(finding=finding, chunk_id=places[at].end.chunk_id))
    return _once_each(bearings)


def alike(
    findings: Sequence[Finding],
    topic_vectors: Matrix,
    belief: Belief,
    chunk_vectors: Mapping[int, Vector],
    alias_vectors: Mapping[str, Vector] = NO_ALIASES,
) -> tuple[frozenset[int], ...]:
    """For each finding the chunks of its topic, by all their words and whatever became of them."""
    if not findings or not belief.chunks:
        return (frozenset(),) * len(findings)
    places = _places(belief, chunk_vectors, alias_vectors, np.zeros_like(topic_vectors[0]))
    return tuple(
        frozenset(places[at].chunk.chunk_id for at in np.flatnonzero(row >= SAME))
        for row in _likeness_to(places, _said(findings, topic_vectors))
    )


def near_duplicates(
    belief: Belief, chunk_vectors: Mapping[int, Vector]
) -> tuple[tuple[int, int], ...]:
    """Pairs (keep, drop) of active chunks that say the same, ordered by the ids.

    Same category and polarity. What a person pinned or reworded is kept, then what has more
    evidence, then the older; a chunk is in one pair as the one dropped at most, and then never
    as the one kept.
    """
    ranked = [c for c in sorted(belief.active, key=_worth_keeping) if c.chunk_id in chunk_vectors]
    if not ranked:
        return ()
    wordings = [wording_of(c.category, c.text, chunk_vectors[c.chunk_id]) for c in ranked]
    alike = likeness_of(wordings, wordings) >= SAME
    kept: list[int] = []
    pairs: list[tuple[int, int]] = []
    for at, chunk in enumerate(ranked):
        keep = next(
            (other for other in kept if alike[other, at] and _agree(ranked[other], chunk)), None
        )
        if keep is None or chunk.pinned or chunk.edited:
            kept.append(at)
        else:
            pairs.append((ranked[keep].chunk_id, chunk.chunk_id))
    return tuple(sorted(pairs))


@dataclass(frozen=True, slots=True)
class Related:
    """Two active chunks whose words mean nearly the same; of the first more is to be kept."""

    keep: int
    drop: int
    likeness: float  # cosine, or 1 for equal words
    agree: bool  # same polarity


def related(
    belief: Belief, chunk_vectors: Mapping[int, Vector], *, least: float
) -> tuple[Related, ...]:
    """Pairs of active chunks that may say the same or the opposite, the most alike first.

    A wider net than `near_duplicates`, for somebody who judges each pair. What the lexicon lists
    apart, and words that rule each other out, are no pair.
    """
    ranked = [c for c in sorted(belief.active, key=_worth_keeping) if c.chunk_id in chunk_vectors]
    if not ranked:
        return ()
    wordings = [wording_of(c.category, c.text, chunk_vectors[c.chunk_id]) for c in ranked]
    cosines = np.stack([w.vector for w in wordings]) @ np.stack([w.vector for w in wordings]).T
    found = []
    for first, second in zip(*np.triu_indices(len(ranked), k=1), strict=True):
        one, other = wordings[first], wordings[second]
        same = one.text == other.text
        likeness = 1.0 if same else float(cosines[first, second])
        if same or (likeness >= least and may_be_one(one, other)):
            keep, drop = ranked[first], ranked[second]
            agree = polarity(keep) == polarity(drop)
            found.append(Related(keep.chunk_id, drop.chunk_id, likeness, agree))
    return tuple(sorted(found, key=lambda pair: (-pair.likeness, pair.keep, pair.drop)))


def _worth_keeping(chunk: Chunk) -> tuple[bool, float, int]:
    return (not (chunk.pinned or chunk.edited), -(chunk.liking + chunk.disliking), chunk.chunk_id)


def _agree(one: Chunk, other: Chunk) -> bool:
    return one.category == other.category and polarity(one) == polarity(other)


def _places(
    belief: Belief,
    chunk_vectors: Mapping[int, Vector],
    alias_vectors: Mapping[str, Vector],
    nothing: Vector,
) -> list[_Place]:
    """Every chunk by all its words. Of equally near places the first counts: own words come
    before earlier ones, and what is believed before what is not."""
    own, earlier = [], []
    for chunk in belief.chunks:
        end = _end(chunk, belief)
        vector = chunk_vectors.get(chunk.chunk_id, nothing)
        own.append(_Place(chunk, end, wording_of(chunk.category, chunk.text, vector)))
        for alias in chunk.aliases:
            wording = wording_of(chunk.category, alias, alias_vectors.get(alias, nothing))
            earlier.append(_Place(chunk, end, wording))
    believed_first = (sorted(places, key=lambda p: not p.believed) for places in (own, earlier))
    return [place for places in believed_first for place in places]


def _said(findings: Sequence[Finding], topic_vectors: Matrix) -> list[Wording]:
    return [
        wording_of(finding.category, finding.topic, vector)
        for finding, vector in zip(findings, topic_vectors, strict=True)
    ]


def _likeness_to(places: Sequence[_Place], said: Sequence[Wording]) -> NDArray[np.float64]:
    """(F, P): of each finding to each place."""
    if not places:
        return np.empty((len(said), 0))
    return likeness_of(said, [place.wording for place in places])


def _nearest(
    findings: Sequence[Finding], likeness: NDArray[np.float64], places: Sequence[_Place]
) -> list[int]:
    """For each finding the index of the place of its topic, or `_NEW`."""
    named: dict[tuple[str, str], int] = {}
    for at, place in enumerate(places):
        if place.believed and place.chunk is place.end:
            named.setdefault((place.chunk.category, place.chunk.text), at)
    nearest = []
    for finding, row in zip(findings, likeness, strict=True):
        at = int(row.argmax()) if row.size else _NEW  # the first of equals
        near = at if row.size and row[at] >= SAME else _NEW
        nearest.append(named.get((finding.category, finding.topic), near))
    return nearest


def _followed(
    nearest: Sequence[int],
    said: Sequence[Wording],
    among: NDArray[np.float64],
    places: Sequence[_Place],
) -> list[int]:
    """The same, where a finding without a place goes with the one most like it that has a place,
    if the two of them are one topic and so may be its own words and the place."""
    placed = [row for row, at in enumerate(nearest) if at != _NEW]
    led = list(nearest)
    for row, at in enumerate(nearest):
        leaders = [] if at != _NEW else [one for one in placed if among[row, one] >= SAME]
        for one in sorted(leaders, key=lambda one: -among[row, one]):
            to = nearest[one]
            if among[row, one] == EQUAL or may_be_one(said[row], places[to].wording):
                led[row] = to
                break
    return led


def _counting(
    finding: Finding, at: int, likeness: NDArray[np.float64], places: Sequence[_Place]
) -> int | None:
    """Where a finding counts that is led to a place: there, in another place of its topic, or
    nowhere yet (`_NEW`). None if it says what a person rejected, and no belief says so too."""
    if at == _NEW or (places[at].believed and places[at].says(finding.weight)):
        return at
    topic = [at, *(int(other) for other in np.flatnonzero(likeness >= SAME))]
    rejected = (places[one] for one in topic if places[one].end.status is Status.REJECTED)
    if any(place.says(finding.weight) for place in rejected):
        return None
    believed = [one for one in topic if places[one].believed]
    return max(believed, key=lambda one: (one == at, likeness[one]), default=_NEW)


def _founders(new: Sequence[bool], among: NDArray[np.float64]) -> list[int]:
    """For each new finding the index of the first one of its topic, which may be itself."""
    founders: list[int] = []
    for row in range(len(new)):
        earlier = [at for at in range(row) if new[row] and new[at] and founders[at] == at]
        best = max(earlier, key=lambda at: among[row, at], default=row)
        founders.append(best if among[row, best] >= SAME else row)
    return founders


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


def near(ones: Matrix, others: Matrix, *, least: float) -> list[bool]:
    """Row by row, whether two unit vectors (n, D) are as close as that."""
    return [bool(cosine >= least) for cosine in np.einsum("nd,nd->n", ones, others)]
