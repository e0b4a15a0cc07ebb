"""Which chunk a finding bears on, and which chunks say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from credence.memory.lifecycle.bearing import Bearing
from credence.memory.model import Belief, Chunk, Finding, Status, Vector
from credence.memory.strength import polarity
from credence.planner.extraction.by_digest import ByDigest
from credence.planner.extraction.lexicon import bundled_lexicon
from credence.planner.extraction.tokens import normal
from credence.planner.ranking.case import Matrix

_SAME = 0.86  # cosine from which a wording the lexicon lacks is taken for another one
_NEW = -1

# Categories that writers of topics may confuse: what a work is about, and how it is told.
_ABOUT = frozenset({"genre", "trope", "subject", "setting", "content", "mood"})
_TOLD = frozenset({"style", "pace", "plot", "structure", "craft", "character", "mood"})

# Words that keep two wordings apart however close their vectors are.
_OPPOSED = (
    frozenset({"slow", "fast", "quick", "brisk", "rushed"}),
    frozenset({"likable", "unlikable", "annoying"}),
    frozenset({"predictable", "unpredictable", "surprising", "unexpected"}),
    frozenset({"happy", "sad", "tragic", "open", "satisfying", "weak", "unsatisfying"}),
    frozenset({"strong", "weak", "flat", "well", "stilted", "sharp"}),
    frozenset({"poor", "good", "bad", "beautiful"}),
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
class _Wording:
    """A topic in comparable form."""

    category: str
    text: str  # normal form, of the lexicon's name where the lexicon has the topic
    listed: bool  # in the lexicon: what differs there differs
    vector: Vector  # (D,), zero where unknown


def match(
    findings: Sequence[Finding],
    topic_vectors: Matrix,
    belief: Belief,
    chunk_vectors: Mapping[int, Vector],
) -> tuple[Bearing, ...]:
    """Tie each finding to the chunk it bears on, at most one finding for a chunk and event.

    `topic_vectors` (F, D) are the findings' topics, in their order. A topic that a person
    rejected is dropped; one that a person reworded is known by its earlier words too; a merged
    chunk leads to the one it went into; a forgotten one does not stand in the way of a new chunk.
    Findings of one new topic come back in one wording.

    A finding in the category and the very words of a chunk bears on that chunk. Equal wordings
    are one topic, and so are two wordings that the lexicon lists under one. Two
    that it lists apart ("slow pacing", "fast pacing") never meet; others meet by cosine.
    """
    if not findings:
        return ()
    ends = [(chunk, _end(chunk, belief)) for chunk in belief.chunks]
    ends = [(chunk, end) for chunk, end in ends if end.status is not Status.FORGOTTEN]
    ends.sort(key=lambda pair: pair[1].status is not Status.ACTIVE)  # belief outranks rejection
    nothing = np.zeros_like(topic_vectors[0])
    known = [_wording(c.category, c.text, chunk_vectors.get(c.chunk_id, nothing)) for c, _ in ends]
    for chunk, end in tuple(ends):
        known += [_wording(chunk.category, alias, nothing) for alias in chunk.aliases]
        ends += [(chunk, end)] * len(chunk.aliases)
    said = [
        _wording(finding.category, finding.topic, vector)
        for finding, vector in zip(findings, topic_vectors, strict=True)
    ]
    named = {
        (chunk.category, chunk.text): at
        for at, (chunk, end) in reversed([*enumerate(ends)])
        if chunk is end and chunk.status is Status.ACTIVE
    }
    bearings: list[Bearing] = []
    for nearest, finding, founder in zip(
        _same(said, known), findings, _founders(said), strict=True
    ):
        at = named.get((finding.category, finding.topic), nearest)
        if at == _NEW:
            first = findings[founder]
            worded = replace(finding, category=first.category, topic=first.topic)
            bearings.append(Bearing(finding=worded, chunk_id=None))
        elif ends[at][1].status is Status.ACTIVE:
            bearings.append(Bearing(finding=finding, chunk_id=ends[at][1].chunk_id))
    return _once_each(bearings)


def alike(
    findings: Sequence[Finding],
    topic_vectors: Matrix,
    belief: Belief,
    chunk_vectors: Mapping[int, Vector],
) -> tuple[frozenset[int], ...]:
    """For each finding the chunks of its topic, by all their words and whatever became of them."""
    if not findings or not belief.chunks:
        return (frozenset(),) * len(findings)
    nothing = np.zeros_like(topic_vectors[0])
    ids, known = [], []
    for chunk in belief.chunks:
        vector = chunk_vectors.get(chunk.chunk_id, nothing)
        known.append(_wording(chunk.category, chunk.text, vector))
        known += [_wording(chunk.category, alias, nothing) for alias in chunk.aliases]
        ids += [chunk.chunk_id] * (1 + len(chunk.aliases))
    said = [
        _wording(finding.category, finding.topic, vector)
        for finding, vector in zip(findings, topic_vectors, strict=True)
    ]
    return tuple(
        frozenset(ids[at] for at in np.flatnonzero(row >= _SAME)) for row in _likeness(said, known)
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
    wordings = [_wording(c.category, c.text, chunk_vectors[c.chunk_id]) for c in ranked]
    alike = _likeness(wordings, wordings) >= _SAME
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
    wordings = [_wording(c.category, c.text, chunk_vectors[c.chunk_id]) for c in ranked]
    cosines = np.stack([w.vector for w in wordings]) @ np.stack([w.vector for w in wordings]).T
    found = []
    for first, second in zip(*np.triu_indices(len(ranked), k=1), strict=True):
        one, other = wordings[first], wordings[second]
        same = one.text == other.text
        likeness = 1.0 if same else float(cosines[first, second])
        if same or (likeness >= least and _may_be_one(one, other)):
            keep, drop = ranked[first], ranked[second]
            agree = polarity(keep) == polarity(drop)
            found.append(Related(keep.chunk_id, drop.chunk_id, likeness, agree))
    return tuple(sorted(found, key=lambda pair: (-pair.likeness, pair.keep, pair.drop)))


def _worth_keeping(chunk: Chunk) -> tuple[bool, float, int]:
    return (not (chunk.pinned or chunk.edited), -(chunk.liking + chunk.disliking), chunk.chunk_id)


def _agree(one: Chunk, other: Chunk) -> bool:
    return one.category == other.category and polarity(one) == polarity(other)


def _wording(category: str, text: str, vector: Vector) -> _Wording:
    listed = _listed(text) if category != "creator" else None
    plain = listed or normal(text) or text  # of an emoji nothing would be left
    return _Wording(category, plain, listed is not None, vector)


def _named(text: str) -> str | None:
    topic = bundled_lexicon().named(text)
    return normal(topic.name) if topic else None


_listed = ByDigest(_named, most=16_384)  # the normal form of the lexicon's name for a topic, if any


def _same(said: Sequence[_Wording], known: Sequence[_Wording]) -> list[int]:
    """For each wording the index of the known one of the same topic, or `_NEW`."""
    if not known:
        return [_NEW] * len(said)
    likeness = _likeness(said, known)
    nearest = likeness.argmax(axis=1)  # the first of equals
    return [int(at) if likeness[row, at] >= _SAME else _NEW for row, at in enumerate(nearest)]


def _founders(said: Sequence[_Wording]) -> list[int]:
    """For each wording the index of the first one of the same topic, which may be itself."""
    likeness = _likeness(said, said)
    founders: list[int] = []
    for row in range(len(said)):
        earlier = [at for at in range(row) if founders[at] == at]
        best = max(earlier, key=lambda at: likeness[row, at], default=row)
        founders.append(best if likeness[row, best] >= _SAME else row)
    return founders


def _likeness(ones: Sequence[_Wording], others: Sequence[_Wording]) -> NDArray[np.float64]:
    """(N, M): 2 for equal wordings, else their cosine; -1 where they cannot be one topic."""
    cosines = (
        np.stack([one.vector for one in ones]) @ np.stack([other.vector for other in others]).T
    )
    codes: dict[str, int] = {}
    first = [codes.setdefault(one.text, len(codes)) for one in ones]
    second = [codes.setdefault(other.text, len(codes)) for other in others]
    likeness = np.where(np.equal.outer(first, second), 2.0, -1.0)
    for row, at in np.argwhere((cosines >= _SAME) & (likeness < 0)):
        if _may_be_one(ones[row], others[at]):
            likeness[row, at] = cosines[row, at]
    return likeness


def _may_be_one(one: _Wording, other: _Wording) -> bool:
    """Whether two unequal wordings can be one topic, however close their vectors are."""
    if one.listed and other.listed:
        return False
    return _compatible(one.category, other.category) and not _opposed(one.text, other.text)


def _compatible(one: str, other: str) -> bool:
    if "creator" in (one, other):
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


def near(ones: Matrix, others: Matrix, *, least: float) -> list[bool]:
    """Row by row, whether two unit vectors (n, D) are as close as that."""
    return [bool(cosine >= least) for cosine in np.einsum("nd,nd->n", ones, others)]
