"""The sentence encoder: how near an item's text is to the instruction or to the history."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from credence.memory.model import Vector
from credence.replay.encoded import Encode, EncodedDomain
from credence.replay.systems.system import Question


class Encoder:
    """Compares vectors of items' whole texts, as one would do without thinking."""

    def __init__(self, encoded: EncodedDomain, encode: Encode) -> None:
        self._encoded = encoded
        self._encode = encode

    def by_instruction(self, question: Question) -> NDArray[np.float64]:
        """Cosine of instruction and item."""
        if not question.instruction:
            return np.zeros(len(question.candidates))
        return self._cosines(question, self._encode([question.instruction])[0])

    def by_history(self, question: Question) -> NDArray[np.float64]:
        """Cosine of an item and the mean of the whole history, but for the mean's length."""
        lived = [done.item_id for done in question.history]
        if not lived:
            return np.zeros(len(question.candidates))
        return self._cosines(question, self._encoded.plain_rows(lived).mean(axis=0))

    def _cosines(self, question: Question, towards: Vector) -> NDArray[np.float64]:
        """Summed row by row: a matrix product's last digit depends on where a row stands."""
        rows = self._encoded.plain_rows(question.candidates).astype(np.float64)
        scores: NDArray[np.float64] = (rows * towards.astype(np.float64)).sum(axis=1)
        return scores
