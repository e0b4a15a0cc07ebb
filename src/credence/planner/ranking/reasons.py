"""Causal reasons: what a piece of the belief did to a score, found by ranking without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

NO_CHANGE = 1e-4  # nats; below it a difference may be a model's rounding, and is no reason


OF_OTHERS = 0  # the id of the one piece that other people are


class Source(StrEnum):
    """Where a reason comes from: a tier of the belief, or what other people say of the item."""

    CHUNK = "chunk"
    EVENT = "event"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Reason:
    """One piece and the change it made: score with it minus score without it, in nats.

    Positive: it raised the candidate within the list. Negative: it lowered it.
    """

    source: Source
    id: int  # chunk id, event seq, or 0 for other people
    change: float


def leave_one_out(chunks: int, events: int) -> NDArray[np.bool_]:
    """The `keep` matrix (2 + C + E, C + E + 1): everything, then all but one piece at a time.

    The last piece is what other people say; where nothing is known of them it changes nothing.
    """
    pieces = chunks + events + 1
    return np.vstack([np.ones((1, pieces), dtype=np.bool_), ~np.eye(pieces, dtype=np.bool_)])


def reasons(
    scores: NDArray[np.float64], chunk_ids: Sequence[int], event_seqs: Sequence[int]
) -> tuple[tuple[Reason, ...], ...]:
    """For each of N candidates, the pieces whose removal changes its score, largest change first.

    `scores` (2 + C + E, N) are log-probabilities of the variants of `leave_one_out(C, E)`; pass
    only the columns of the candidates that are shown. Ties: chunks, events, others, then by id.
    Raises ValueError if the number of rows does not fit the ids.
    """
    sources = [(Source.CHUNK, chunk_id) for chunk_id in chunk_ids]
    sources += [(Source.EVENT, seq) for seq in event_seqs]
    sources.append((Source.OTHERS, OF_OTHERS))
    if scores.ndim != 2 or len(scores) != 1 + len(sources):
        raise ValueError(f"{len(sources)} pieces need {1 + len(sources)} rows, got {scores.shape}")
    changes = (scores[:1] - scores[1:]).T  # (N, C + E + 1)
    return tuple(_of_one_candidate(row, sources) for row in changes)


def _of_one_candidate(
    changes: NDArray[np.float64], sources: list[tuple[Source, int]]
) -> tuple[Reason, ...]:
    moved = np.flatnonzero(np.abs(changes) > NO_CHANGE)
    found = [Reason(*sources[piece], float(changes[piece])) for piece in moved]
    return tuple(sorted(found, key=lambda reason: (-abs(reason.change), reason.source, reason.id)))
