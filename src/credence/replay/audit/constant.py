"""11. Ties broken in the target's favour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from credence.replay.audit.evidence import Evidence
from credence.replay.audit.finding import Finding, Mistake
from credence.replay.ranks import target_rank

_MISTAKE = Mistake(11, "ties favour nobody, and ranks are those of their scores")
_ERRORS = 3.5  # standard errors


class Rank(Protocol):
    """How ranks are made of scores."""

    def __call__(
        self,
        scores: NDArray[np.float64],
        candidates: Sequence[str],
        target: str,
        *,
        user_id: str,
        seed: int,
    ) -> int: ...


def constant(evidence: Evidence, rank: Rank = target_rank) -> Finding:
    """Equal scores sat through this very exam, and every rank made anew from its scores."""
    exam = evidence.exam
    held = [paper for paper in exam.papers if paper.target in paper.candidates]
    hits = [
        paper.user_id
        for paper in held
        if rank(
            np.zeros(len(paper.candidates)),
            paper.candidates,
            paper.target,
            user_id=paper.user_id,
            seed=exam.order,
        )
        == 1
    ]
    chances = np.array([1 / len(paper.candidates) for paper in held])
    n, error = max(1, len(held)), float(np.sqrt((chances * (1 - chances)).sum()))
    said = f"HR@1 {len(hits) / n:.3f} where chance is {chances.sum() / n:.3f}"
    if abs(len(hits) - chances.sum()) > _ERRORS * error:
        return _MISTAKE.made(f"a constant score has {said}", hits)
    wrong = [
        record.user_id
        for _, paper, record in evidence.answers
        if not record.failure
        and paper.target in record.order
        and record.rank
        != rank(
            np.array(record.scores, dtype=np.float64),
            record.order,
            paper.target,
            user_id=record.user_id,
            seed=exam.order,
        )
    ]
    if wrong:
        return _MISTAKE.made(f"{len(wrong)} ranks are not those of their scores", wrong)
    return _MISTAKE.absent(f"by the code that ranks, a constant score has {said}")
