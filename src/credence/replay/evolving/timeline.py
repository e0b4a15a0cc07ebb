"""Timelines to walk: what people really did, and two people's halves spliced at a known point."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from credence.replay.errors import ReplayError
from credence.replay.people import Domain, Interaction, ReplayPerson
from credence.replay.split import Half, half

FIRST_STEP = 5  # that is asked about: before it hardly anything is known of anybody
_BETWEEN = timedelta(days=1)  # from the last event of one person to the first of the other


class NobodyToFollow(ReplayError):
    """A domain has no timelines of the kind that is asked for."""

    fix = "choose another domain, or walk real timelines (without --spliced)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What somebody does, oldest first; `splice` events are of one person, the rest of another."""

    user_id: str
    story: tuple[Interaction, ...]
    splice: int | None  # None: all of one person
    known: frozenset[str]  # every item that they ever took, as far as the data knows

    def since_splice(self, step: int) -> int | None:
        """How many steps after the change this one is, from 1; None before, or without any."""
        return None if self.splice is None or step <= self.splice else step - self.splice


def real(domain: Domain, *, seed: int, most: int | None) -> tuple[Timeline, ...]:
    """People of the exam half who did enough, the first `most` by a seeded hash; by user id.

    Raises NobodyToFollow.
    """
    able = [person for person in _drawn(domain, seed) if len(person.history) >= FIRST_STEP]
    found = [
        Timeline(user_id=p.user_id, story=p.history, splice=None, known=p.dealt_with)
        for p in able[:most]
    ]
    return _some(found, f"nobody of the exam half of {domain.name} took {FIRST_STEP} items")


def spliced(domain: Domain, *, seed: int, most: int | None) -> tuple[Timeline, ...]:
    """Pairs of the exam half, drawn by a seeded hash, nobody in two of them; by user id.

    Raises NobodyToFollow.
    """
    able = [person for person in _drawn(domain, seed) if len(person.history) >= 2 * FIRST_STEP]
    pairs = list(zip(able[::2], able[1::2], strict=False))[:most]
    found = [_spliced(first, second) for first, second in pairs]
    return _some(
        found, f"{domain.name} has no two people of the exam half with {2 * FIRST_STEP} items each"
    )


def _spliced(first: ReplayPerson, second: ReplayPerson) -> Timeline:
    before = first.history[: len(first.history) // 2]
    taken = {done.item_id for done in before}
    after = [d for d in second.history[len(second.history) // 2 :] if d.item_id not in taken]
    return Timeline(
        user_id=f"{first.user_id}+{second.user_id}",
        story=_in_time(before, after),
        splice=len(before),
        known=first.dealt_with | second.dealt_with,
    )


def _in_time(
    before: Sequence[Interaction], after: Sequence[Interaction]
) -> tuple[Interaction, ...]:
    """The second part moved to a day after the first; without times if any of them is missing."""
    both = [*before, *after]
    times = [done.timestamp for done in both if done.timestamp is not None]
    if len(times) < len(both) or not after:
        return tuple(replace(done, timestamp=None) for done in both)
    late = times[len(before) - 1] + _BETWEEN - times[len(before)]
    moved = (replace(done, timestamp=(done.timestamp or times[0]) + late) for done in after)
    return (*before, *moved)


def _drawn(domain: Domain, seed: int) -> list[ReplayPerson]:
    """The exam half in an order that nobody chose."""
    people = [p for p in domain.people if half(domain.name, p.user_id) is Half.EXAM]
    return sorted(people, key=lambda person: _lot(seed, person.user_id))


def _some(found: Sequence[Timeline], nobody: str) -> tuple[Timeline, ...]:
    if not found:
        raise NobodyToFollow(nobody)
    return tuple(sorted(found, key=lambda timeline: timeline.user_id))


def _lot(seed: int, user_id: str) -> bytes:
    return hashlib.sha256(f"timelines/{seed}/{user_id}".encode("utf-8", "surrogatepass")).digest()
