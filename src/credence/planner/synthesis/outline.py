"""What a profile has to say: the chunks sorted by the kind of thing they let us say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from credence.memory.glance import contested
from credence.memory.model import Belief, Chunk
from credence.memory.strength import (
    Standing,
    contradicting,
    lasting,
    polarity,
    side_of,
    standing,
    supporting,
    undecided,
)

CLEAR = 0.15  # confidence from which a chunk is stated flatly: about one very clear event
_FAINT = 0.04  # confidence below which a chunk is not worth a sentence
_LEADING = 3
_IN_GROUP = 5
_DISLIKED = 5
_CONTESTED = 3
_CHANGED = 2
_NEW = 3
_FADING = 3
_TENTATIVE = 8

GROUPS = {
    "genre": "kinds",
    "trope": "stories",
    "subject": "stories",
    "setting": "stories",
    "character": "stories",
    "mood": "telling",
    "style": "telling",
    "pace": "telling",
    "plot": "telling",
    "structure": "telling",
    "content": "telling",
    "craft": "making",
    "format": "making",
    "music": "making",
    "creator": "people",
}


@dataclass(frozen=True, slots=True)
class Standpoint:
    """A chunk and how it stands at the time of writing."""

    chunk: Chunk
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """Each standpoint is in one part at most; within a part the clearest comes first.

    One that is undecided is contested or in none.
    """

    leading: tuple[Standpoint, ...]
    likes: tuple[tuple[str, tuple[Standpoint, ...]], ...]  # by group of categories
    dislikes: tuple[Standpoint, ...]
    contested: tuple[Standpoint, ...]
    changed: tuple[Standpoint, ...]  # recent evidence turned the older state
    new: tuple[Standpoint, ...]  # all evidence is recent, older evidence is about other things
    fading: tuple[Standpoint, ...]  # liked, not by hand, yet not heard of for a half-life
    maybe_likes: tuple[Standpoint, ...]
    maybe_dislikes: tuple[Standpoint, ...]


def outline(belief: Belief, *, now: datetime, half_life: timedelta) -> Outline:
    """Sort the active chunks of a belief into what a profile says of them."""
    points = [
        Standpoint(chunk, standing(chunk, now=now, half_life=half_life)) for chunk in belief.active
    ]
    left = sorted((p for p in points if p.standing.confidence >= _FAINT), key=_clarity)
    began = min((point.chunk.first_evidence_at for point in left), default=now)
    recent = now - half_life / 4
    long_known = now - began >= half_life / 2

    changed, left = _take(left, _turned, _CHANGED)
    divided, left = _take(left, lambda p: contested(p.chunk, p.standing), _CONTESTED)
    likes = [point for point in left if side_of(point.chunk) == "likes"]
    dislikes = [point for point in left if side_of(point.chunk) == "dislikes"]
    leading, likes = _take(likes, _leads, _LEADING)
    new, likes = _take(
        likes, lambda p: long_known and _clear(p) and p.chunk.first_evidence_at >= recent, _NEW
    )
    fading, likes = _take(
        likes,
        lambda p: (
            supporting(p.chunk) > 1
            and now - p.chunk.last_evidence_at > half_life
            and not lasting(p.chunk)
        ),
        _FADING,
    )
    return Outline(
        leading=tuple(leading),
        likes=_grouped(filter(_clear, likes)),
        dislikes=tuple(filter(_clear, dislikes))[:_DISLIKED],
        contested=tuple(divided),
        changed=tuple(changed),
        new=tuple(new),
        fading=tuple(fading),
        maybe_likes=tuple(p for p in likes if not _clear(p))[:_TENTATIVE],
        maybe_dislikes=tuple(p for p in dislikes if not _clear(p))[:_TENTATIVE],
    )


def _clarity(point: Standpoint) -> tuple[float, int]:
    """Sorts the strongest and surest first, then the oldest."""
    return (-abs(point.standing.strength) * point.standing.confidence, point.chunk.chunk_id)


def _clear(point: Standpoint) -> bool:
    return point.standing.confidence >= CLEAR


def _leads(point: Standpoint) -> bool:
    """Clear, and not by few words against the count of all events."""
    return _clear(point) and (
        point.chunk.stated or supporting(point.chunk) >= contradicting(point.chunk)
    )


def _turned(point: Standpoint) -> bool:
    """Whether the count of all events says otherwise than the evidence as it counts today, and
    the latest of them is on today's side: a few clear words of long ago are no change of mind."""
    chunk = point.chunk
    if chunk.stated or undecided(chunk) or not contradicting(chunk) > supporting(chunk) > 0:
        return False
    of_today, of_old = chunk.last_like_at, chunk.last_dislike_at
    if polarity(chunk) < 0:
        of_today, of_old = of_old, of_today
    # The other side's moment is not known where it is from before such moments were noted.
    return of_today == chunk.last_evidence_at and of_today != of_old


def _take(
    points: Sequence[Standpoint], wanted: Callable[[Standpoint], bool], most: int
) -> tuple[list[Standpoint], list[Standpoint]]:
    """The first `most` wanted points, and all others, in order."""
    taken = [point for point in points if wanted(point)][:most]
    return taken, [point for point in points if point not in taken]


def _grouped(points: Iterable[Standpoint]) -> tuple[tuple[str, tuple[Standpoint, ...]], ...]:
    """Points by group of categories, the group with the clearest point first."""
    groups: dict[str, list[Standpoint]] = {}
    for point in points:
        groups.setdefault(GROUPS.get(point.chunk.category, "further"), []).append(point)
    return tuple((group, tuple(members[:_IN_GROUP])) for group, members in groups.items())
