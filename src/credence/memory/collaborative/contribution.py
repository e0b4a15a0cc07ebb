"""What one person brings to the memory of one item: sums over their events, in any order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from struct import Struct

from credence.memory.model import Action, Vector

# How far an action is a choice, not a glance. A skip is no company for anybody.
_ENGAGED = {
    Action.VIEW: 0.05,
    Action.CLICK: 0.1,
    Action.SKIP: 0.0,
}
_CHOSEN = 1.0  # of every other action
_GLANCES = frozenset({Action.VIEW, Action.CLICK})
_NUMBERS = Struct("<5dq?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One person's events about one item, added up; joining is commutative and associative.

    However many events there are, the person counts once: `liking`, `rating` and the direction of
    `words` are means.
    """

    item_id: str
    user_id: str
    latest: datetime
    engaged: float  # [0, 1], of the event that engaged most
    opinion: float  # sum of attitude times |attitude|, so that clear words outweigh faint ones
    clarity: float  # sum of |attitude|
    ratings: float  # sum
    rated: int
    words: Vector | None  # (D,) sum of the unit vectors of texts
    praised: frozenset[str] = frozenset()  # topics
    blamed: frozenset[str] = frozenset()

    @property
    def liking(self) -> float:
        """Mean attitude in [-1, 1], clear ones counting more; 0 where nothing was said."""
        return self.opinion / self.clarity if self.clarity else 0.0


def digest(part: Contribution) -> int:
    """32 bits of a hash of all that the person brings: another one as soon as they bring more."""
    numbers = _NUMBERS.pack(
        part.latest.timestamp(),
        part.engaged,
        part.opinion,
        part.clarity,
        part.ratings,
        part.rated,
        part.words is not None,
    )
    topics = repr((sorted(part.praised), sorted(part.blamed))).encode("utf-8", "surrogatepass")
    words = b"" if part.words is None else part.words.tobytes()
    hashed = blake2b(b"".join((numbers, words, topics)), digest_size=4)
    return int.from_bytes(hashed.digest(), "little")


def contribution(
    *,
    item_id: str,
    user_id: str,
    action: Action,
    attitude: float,
    rating: float | None,
    at: datetime,
    words: Vector | None,
    praised: Iterable[str] = (),
    blamed: Iterable[str] = (),
) -> Contribution:
    """What a single event brings; `attitude` in [-1, 1], `words` a unit vector (D,).

    A look that comes without a rating or words engages, and is no opinion: however often somebody
    looks, what they said stays what they think.
    """
    if action in _GLANCES and rating is None and words is None:
        attitude = 0.0
    return Contribution(
        item_id=item_id,
        user_id=user_id,
        latest=at,
        engaged=_ENGAGED.get(action, _CHOSEN),
        opinion=attitude * abs(attitude),
        clarity=abs(attitude),
        ratings=0.0 if rating is None else rating,
        rated=0 if rating is None else 1,
        words=words,
        praised=frozenset(praised),
        blamed=frozenset(blamed),
    )


def joined(parts: Iterable[Contribution]) -> tuple[Contribution, ...]:
    """One contribution for each person and item, in order of item and person."""
    together: dict[tuple[str, str], Contribution] = {}
    for part in parts:
        key = (part.item_id, part.user_id)
        before = together.get(key)
        together[key] = part if before is None else _sum(before, part)
    return tuple(together[key] for key in sorted(together))


def _sum(one: Contribution, other: Contribution) -> Contribution:
    if one.words is None or other.words is None:
        words = one.words if other.words is None else other.words
    else:
        words = one.words + other.words
    return replace(
        one,
        latest=max(one.latest, other.latest),
        engaged=max(one.engaged, other.engaged),
        opinion=one.opinion + other.opinion,
        clarity=one.clarity + other.clarity,
        ratings=one.ratings + other.ratings,
        rated=one.rated + other.rated,
        words=words,
        praised=one.praised | other.praised,
        blamed=one.blamed | other.blamed,
    )
