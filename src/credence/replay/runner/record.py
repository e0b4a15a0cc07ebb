"""What is kept of one person's answer by one system: a line of JSON, without any clock."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from credence.replay.prices import unpriced


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One person, one system. A failure has the worst rank, no order and no scores."""

    user_id: str
    rank: int  # of the target, from 1
    order: tuple[str, ...]  # item ids, best first
    scores: tuple[float, ...]  # in that order
    failure: str
    tokens_in: int
    tokens_out: int
    cost: float  # US dollars, of the calls that have a price
    revision: int | None
    operations: Mapping[str, int]
    unpriced: int = 0  # calls that have none

    def line(self) -> str:
        """The record as one line, the same bytes for the same record."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)

    @classmethod
    def of_line(cls, line: str) -> Record:
        """A line of whatever version.

        Raises ValueError, KeyError or TypeError for one that is no record.
        """
        row = json.loads(line)
        asked = bool(row["tokens_in"] or row["tokens_out"])  # how often earlier versions do not say
        row["unpriced"] = unpriced(row, calls=int(asked))
        row["order"], row["scores"] = tuple(row["order"]), tuple(row["scores"])
        return cls(**row)
