"""An encoder whose vectors do not depend on what else is encoded, or on who asks first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from credence.replay.encoded import RememberedEncoder


class SteadyEncoder:
    """Texts to unit rows, one text at a time but for those that were learnt before.

    A text encoded in another batch differs in the last digits, which can turn a rank around. So
    known lists are learnt whole and in one order, and all else is encoded alone; any number of
    workers then sees the same vectors. It remembers all it has encoded.
    """

    def __init__(self, remembered: RememberedEncoder, *, name: str, dimension: int) -> None:
        self.name = name
        self.dimension = dimension
        self._remembered = remembered

    def learn(self, texts: Sequence[str]) -> None:
        """Encode these together, so that they are quick to ask for."""
        self._remembered(texts)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n,) texts to (n, D) rows of unit length."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        return np.concatenate([self._remembered([text]) for text in texts])
