"""How many voices people are."""

from __future__ import annotations

import numpy as np

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
