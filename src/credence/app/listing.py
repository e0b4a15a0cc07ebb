"""A ranking case as the listwise models read it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from credence.inference.listwise.case import ListCase
from credence.memory.model import Vector
from credence.planner.ranking.case import Matrix, RankingCase
from credence.planner.ranking.signals import signals


def list_case(case: RankingCase, keep: NDArray[np.bool_]) -> ListCase:
    """The case under the variants of `keep` (V, C + E + 1), all of which hear of others or none.

    What the person writes is read from what is written everywhere, as what others write is; where
    that is not known, it is not shown.
    Raises ValueError if some variants hear of others and some do not.
    """
    told = np.unique(keep[:, -1])
    if len(told) > 1:
        raise ValueError("variants with and without others are two cases")
    candidates, events, chunks = len(case.candidates), len(case.events), len(case.chunks)
    size = case.candidates.shape[1]
    others, heard = case.others, bool(told.all())
    usual = others.usual if others is not None else None
    nothing = np.zeros((candidates, size), dtype=np.float32)
    return ListCase(
        signals=signals(case, keep).transpose(1, 2, 0),
        keep_events=keep[:, chunks:-1],
        keep_chunks=keep[:, :chunks],
        asked=case.instruction is not None,
        instruction=_or_zero(case.instruction, size),
        wording=_beyond(_or_zero(case.wording, size)[None], usual)[0],
        centre=_or_zero(case.centre, size),
        candidates=case.candidates,
        events=case.events,
        attitudes=case.event_weights,
        voices=_beyond(
            np.zeros((events, size), dtype=np.float32) if case.voices is None else case.voices,
            usual,
        ),
        event_words=np.zeros((events, size)) if others is None else others.event_words,
        chunks=case.chunks,
        strengths=case.strengths,
        confidences=case.confidences,
        words=others.words if others is not None and heard else nothing,
        company=np.zeros((events, candidates)) if others is None else others.company,
        followed=np.zeros((events, candidates)) if others is None else others.followed,
        followed_soon=np.zeros((events, candidates)) if others is None else others.followed_soon,
        people=others.people if others is not None and heard else np.zeros(candidates),
        liking=others.liking if others is not None and heard else np.zeros(candidates),
    )


def _or_zero(vector: Vector | None, size: int) -> Vector:
    return np.zeros(size, dtype=np.float32) if vector is None else vector


def _beyond(rows: Matrix, usual: Vector | None) -> Matrix:
    """Rows less what is usual; a row of nothing stays nothing, and nothing is read without it."""
    if usual is None:
        return np.zeros_like(rows)
    said: Matrix = np.where(rows.any(axis=1, keepdims=True), rows - usual, rows).astype(np.float32)
    return said
