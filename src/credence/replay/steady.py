"""An encoder whose vectors do not depend on what else is encoded, or on who asks first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from credence.inference.parallel import encoding_thread
from credence.replay.encoded import RememberedEncoder


class SteadyEncoder:
    """Texts to unit rows, one text at a time but for those that were learnt before.

    A text encoded in another batch, or by another number of threads, differs in the last digits,
    which can turn a rank around. So known lists are learnt whole and in one order, all else is
    encoded alone, and one thread computes; any number of workers, and a process of any size, then
    sees the same vectors. It remembers all it has encoded.
    """

    def __init__(self, remembered: RememberedEncoder, *, name: str, dimension: int) -> None:
        self.name = name
        self.dimension = dimension
        self._remembered = remembered
        self._thread = encoding_thread(1)

    def learn(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode these together, so that they are quick to ask for; their rows (n, D)."""
        return self._thread.submit(self._remembered, texts).result()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n,) texts to (n, D) rows of unit length."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        alone = [self._thread.submit(self._remembered, [text]) for text in texts]
        return np.concatenate([rows.result() for rows in alone])
