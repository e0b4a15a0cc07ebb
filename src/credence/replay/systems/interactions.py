"""Who dealt with what, as a matrix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

from credence.replay.people import Interaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Interactions:
    """People by items, 1 where a person dealt with an item, however often."""

    matrix: csr_matrix  # (P, V)
    people: Mapping[str, int]  # rows
    items: Mapping[str, int]  # columns; items that somebody dealt with, by id

    @classmethod
    def of(cls, donors: Mapping[str, Sequence[Interaction]]) -> Interactions:
        """The matrix is the same in whatever order the donors come."""
        people = {user_id: row for row, user_id in enumerate(sorted(donors))}
        known = sorted({done.item_id for story in donors.values() for done in story})
        items = {item_id: column for column, item_id in enumerate(known)}
        cells = sorted(
            {(people[user], items[done.item_id]) for user in donors for done in donors[user]}
        )
        rows, columns = np.array(cells, dtype=np.intp).reshape(-1, 2).T
        ones = np.ones(len(cells), dtype=np.float32)
        matrix = csr_matrix((ones, (rows, columns)), shape=(len(people), len(items)))
        return cls(matrix=matrix, people=people, items=items)

    def columns(self, item_ids: Iterable[str]) -> list[int]:
        """Columns of these items, each once; those that nobody dealt with have none."""
        once = dict.fromkeys(item_ids)
        return [self.items[item_id] for item_id in once if item_id in self.items]
