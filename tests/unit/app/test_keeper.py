"""How much the keeper makes anew in one transaction."""

from __future__ import annotations

from credence.app.keeper import _parts
from credence.memory.item_memories import Touched


def touched(name: str, *, entries: int, known: int = 0) -> Touched:
    return Touched(
        tenant="default", item_id=name, numbers=tuple(range(entries)), contributions=known
    )


def sizes(items: list[Touched]) -> list[int]:
    return [len(part) for part in _parts(items)]


def test_newcomers_count_as_those_who_are_known_do() -> None:
    new = [touched(f"new-{n}", entries=200) for n in range(12)]
    known = [touched(f"old-{n}", entries=1, known=199) for n in range(12)]

    assert sizes(new) == sizes(known) == [5, 5, 2]


def test_no_item_counts_for_more_than_is_read_of_it() -> None:
    assert sizes([touched(f"item-{n}", entries=5_000, known=5_000) for n in range(6)]) == [3, 3]
    assert sizes([touched("few", entries=1) for _ in range(100)]) == [100]
