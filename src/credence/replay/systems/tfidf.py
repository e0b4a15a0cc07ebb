"""TF-IDF: words that an item shares with the instruction or with the items of the history."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]

from credence.memory.model import Item
from credence.planner.ranking.item_text import item_text
from credence.replay.systems.system import Question
from credence.replay.systems.words import words


class TfIdf:
    """Unit TF-IDF vectors of items, with logarithmic term counts; words of no item are ignored."""

    def __init__(self, items: Mapping[str, Item]) -> None:
        self._space = TfidfVectorizer(analyzer=words, sublinear_tf=True)
        self._matrix = self._space.fit_transform(item_text(item) for item in items.values())
        self._rows = {item_id: row for row, item_id in enumerate(items)}

    def by_instruction(self, question: Question) -> NDArray[np.float64]:
        """Cosine of instruction and item."""
        asked = self._space.transform([question.instruction or ""])  # (1, W)
        return self._cosines(question, asked)

    def by_history(self, question: Question) -> NDArray[np.float64]:
        """Cosine of an item and the sum of the items of the whole history, but for its length."""
        rows = [self._rows[done.item_id] for done in question.history]
        if not rows:
            return np.zeros(len(question.candidates))
        return self._cosines(question, csr_matrix(np.ones((1, len(rows)))) @ self._matrix[rows])

    def _cosines(self, question: Question, towards: csr_matrix) -> NDArray[np.float64]:
        candidates = self._matrix[[self._rows[item] for item in question.candidates]]  # (N, W)
        scores: NDArray[np.float64] = (candidates @ towards.T).toarray()[:, 0]
        return scores
