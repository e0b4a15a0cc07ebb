from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from credence.replay.encoded import RememberedEncoder
from credence.replay.steady import SteadyEncoder


def crowded(texts: Sequence[str]) -> NDArray[np.float32]:
    """An encoder whose rows depend a little on how many texts come together."""
    return np.array([[len(text), len(texts)] for text in texts], dtype=np.float32)


def a_steady() -> SteadyEncoder:
    return SteadyEncoder(RememberedEncoder(crowded), name="crowded", dimension=2)


def test_a_text_has_one_vector_whatever_it_comes_with() -> None:
    together, alone = a_steady(), a_steady()

    rows = together.encode(["a", "bb", "ccc"])

    assert np.array_equal(
        rows, np.concatenate([alone.encode([t]) for t in ("ccc", "bb", "a")][::-1])
    )
    assert rows[:, 1].tolist() == [1, 1, 1]


def test_what_was_learnt_together_keeps_those_vectors() -> None:
    encoder = a_steady()
    encoder.learn(["a", "bb"])

    assert encoder.encode(["bb", "new"]).tolist() == [[2, 2], [3, 1]]
    assert encoder.encode([]).shape == (0, 2)
