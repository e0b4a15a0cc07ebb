"""BM25: words that an item shares with the instruction or with the items of the history."""

from __future__ import annotations

from collections.abc import Mapping

import bm25s  # type: ignore[import-untyped]
import numpy as np
from numpy.typing import NDArray

from credence.memory.model import Item
from credence.planner.ranking.item_text import item_text
from credence.replay.systems.system import Question
from credence.replay.systems.words import words


class Bm25:
    """Items as documents, by Lucene's variant with k1 = 1.5 and b = 0.75."""

    def __init__(self, items: Mapping[str, Item]) -> None:
        self._documents = {item_id: words(item_text(item)) for item_id, item in items.items()}
        self._columns = {item_id: column for column, item_id in enumerate(items)}
        # Pure NumPy even where numba happens to be installed, so that sums have one order.
        self._index = bm25s.BM25(
            method="lucene", k1=1.5, b=0.75, dtype="float64", backend="numpy", auto_compile=False
        )
        documents = list(self._documents.values())
        self._index.index(documents, create_empty_token=False, show_progress=False)

    def by_instruction(self, question: Question) -> NDArray[np.float64]:
        """The instruction is the query."""
        return self._scores(question, words(question.instruction or ""))

    def by_history(self, question: Question) -> NDArray[np.float64]:
        """The texts of all items of the history, one after another, are the query."""
        query = [word for done in question.history for word in self._documents[done.item_id]]
        return self._scores(question, query)

    def _scores(self, question: Question, query: list[str]) -> NDArray[np.float64]:
        columns = [self._columns[item] for item in question.candidates]
        known = self._index.get_tokens_ids(query)
        scores: NDArray[np.float64] = self._index.get_scores_from_ids(known)[columns]
        return scores
