"""How many voices people are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credence.memory.collaborative.voices import Echoes, Written


def wrote(people: dict[int, int]) -> Written:
    """What these people wrote, by the direction of it."""
    directions = np.eye(4)[list(people.values())]
    return Written(people=np.array(list(people), dtype=np.int64), directions=directions)


def test_who_says_the_same_is_one_voice_and_who_says_nothing_one_of_their_own() -> None:
    echoes = Echoes([5, 1, 2, 3, 4], [wrote({1: 0, 2: 0, 3: 0, 4: 1})])

    assert echoes.voices([1, 2, 3, 4, 5], None) == 3.0
    assert echoes.voices([3, 1, 2], None) == 1.0
    assert echoes.voices([4, 5], None) == 2.0


def test_it_is_enough_to_say_the_same_of_one_item() -> None:
    echoes = Echoes([1, 2, 3], [wrote({1: 0, 2: 0, 3: 1}), wrote({1: 2, 2: 3})])

    assert echoes.voices([1, 2, 3], None) == 2.0
    assert echoes.voices([1, 2, 3], wrote({2: 1, 3: 1, 9: 1})) == round(1 / 2 + 1 / 3 + 1 / 2, 9)
    assert echoes.voices([1, 2, 3], None) == 2.0


said = st.dictionaries(st.integers(0, 6), st.integers(0, 3), max_size=6)


@given(
    written=st.lists(said, max_size=3),
    people=st.sets(st.integers(0, 6), min_size=1),
    beside=st.none() | said,
    silent=st.sets(st.integers(0, 6)),
)
def test_whoever_looks_for_echoes_first_counts_as_one_who_compares_everybody(
    written: list[dict[int, int]], people: set[int], beside: dict[int, int] | None, silent: set[int]
) -> None:
    def told(one: dict[int, int]) -> Written:
        """Words without any direction, of some, are like nobody's."""
        wrote_it = wrote(dict(sorted(one.items())))
        wrote_it.directions[np.isin(wrote_it.people, list(silent))] = 0.0
        return wrote_it

    echoes = Echoes(range(7), [told(one) for one in written])

    voices = echoes.voices(sorted(people), None if beside is None else told(beside))

    every = [*written, *([] if beside is None else [beside])]

    def alike(one: int, other: int) -> bool:
        loud = {one, other}.isdisjoint(silent)
        return one == other or (loud and any(w.get(one, -1) == w.get(other, -2) for w in every))

    expected = sum(1 / sum(alike(one, other) for other in people) for one in people)
    assert voices == pytest.approx(expected, abs=1e-8)
