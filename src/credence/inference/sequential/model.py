"""A trained sequence model, asked what comes next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from credence.inference.parallel import serially
from credence.inference.sequential.network import SequenceNetwork


class NextItem:
    """Scores every item as the next of a sequence."""

    def __init__(self, network: SequenceNetwork) -> None:
        self._network = network

    @torch.inference_mode()
    def scores(self, sequence: Sequence[int]) -> NDArray[np.float64]:
        """Scores (V,) of all items after a sequence of at least one, higher is likelier.

        Computes in this thread alone, so that sums have one order; not for use by two threads at
        once. Raises ValueError for an empty sequence.
        """
        if not sequence:
            raise ValueError("nothing follows from an empty sequence")
        latest = torch.tensor(sequence[-self._network.shape.longest :])[None]  # (1, L)
        with serially():
            called = self._network(latest)[0, -1]  # (D,)
            scores: NDArray[np.float64] = (self._network.items.weight @ called).double().numpy()
        return scores
