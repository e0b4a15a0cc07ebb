"""The beliefs that a try offers to change: those that are changed, then the strongest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from credence.app.admin.trying.form import Typed
from credence.app.admin.trying.standing_point import StandingPoint
from credence.memory.strength import Standing, standing

_ROWS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class BeliefRow:
    """One belief, and what is typed about it."""

    id: str  # as typed: a number, unless somebody wrote an address by hand
    text: str
    category: str
    standing: Standing | None  # None: there is no such belief
    off: bool
    strength: str
    by_hand: bool  # pinned, or edited in words or strength

    @property
    def changed(self) -> bool:
        return self.off or bool(self.strength)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beliefs:
    """A page of beliefs; those that are changed are on every page."""

    rows: Sequence[BeliefRow]
    found: int  # that the words fit, without those that are changed
    total: int
    first: int  # place of the first one of this page, from 1; 0 where there is none
    last: int
    page: int
    previous: int | None
    next: int | None


def beliefs(point: StandingPoint, typed: Typed, *, half_life: timedelta) -> Beliefs:
    """Strongest first, whichever way; those whose words or category hold what is searched for."""
    active = {str(chunk.chunk_id): chunk for chunk in point.taste.belief.active}
    stands = {i: standing(c, now=point.at, half_life=half_life) for i, c in active.items()}
    changed = list(dict.fromkeys((*typed.off, *typed.strengths)))
    strongest = sorted(active, key=lambda i: (-abs(stands[i].strength), int(i)))
    words = typed.find.casefold()
    fitting = [
        i
        for i in strongest
        if i not in set(changed)
        and (words in active[i].text.casefold() or words in active[i].category.casefold())
    ]
    page = min(typed.page, max(1, -(-len(fitting) // _ROWS)))
    shown = fitting[(page - 1) * _ROWS : page * _ROWS]

    def row(one: str) -> BeliefRow:
        chunk = active.get(one)
        return BeliefRow(
            id=one,
            text=chunk.text if chunk else f"no belief {one[:40]}",
            category=chunk.category if chunk else "",
            standing=stands.get(one),
            off=one in typed.off,
            strength=typed.strengths.get(one, ""),
            by_hand=chunk is not None and (chunk.pinned or chunk.edited),
        )

    return Beliefs(
        rows=[row(one) for one in (*changed, *shown)],
        found=len(fitting),
        total=len(active),
        first=(page - 1) * _ROWS + 1 if shown else 0,
        last=(page - 1) * _ROWS + len(shown),
        page=page,
        previous=page - 1 if page > 1 else None,
        next=page + 1 if page * _ROWS < len(fitting) else None,
    )
