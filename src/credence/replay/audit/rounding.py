"""9. Ranks that hang on the last bits of a score."""

from __future__ import annotations

import numpy as np

from credence.replay.audit.evidence import Evidence
from credence.replay.audit.finding import Finding, Mistake
from credence.replay.exam.paper import Paper
from credence.replay.ranks import DECIMALS, best_first
from credence.replay.runner.record import Record

_MISTAKE = Mistake(9, "kept orders follow from kept scores, rounded")


def rounding(evidence: Evidence) -> Finding:
    """Every order comes out again from its rounded scores, ties by the seeded hash."""
    if evidence.run is None:
        return _MISTAKE.out_of_place("no run was given")
    wrong = [
        (system, record.user_id)
        for system, paper, record in evidence.answers
        if not record.failure and not _follows(record, paper, evidence.exam.order)
    ]
    if wrong:
        systems = ", ".join(sorted({system for system, _ in wrong}))
        return _MISTAKE.made(
            f"{len(wrong)} orders do not follow from their scores: {systems}", dict(wrong).values()
        )
    return _MISTAKE.absent(
        f"{sum(1 for _ in evidence.answers)} orders come out again from their scores; whether the "
        "scores would on another machine is not shown"
    )


def _follows(record: Record, paper: Paper, seed: int) -> bool:
    if sorted(record.order) != sorted(paper.candidates) or len(record.scores) != len(record.order):
        return False
    scores = np.array([round(score, DECIMALS) for score in record.scores], dtype=np.float64)
    best = best_first(scores, record.order, user_id=record.user_id, seed=seed)
    return best == list(range(len(record.order)))
