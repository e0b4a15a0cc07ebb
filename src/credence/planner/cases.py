"""What a ranker is shown of one person and one list: put together here, for whoever asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from credence.memory.collaborative.item_memory import ItemMemory
from credence.memory.collaborative.usual import Usual
from credence.memory.lifecycle.draft import Rules
from credence.memory.model import Chunk, SeenEvent, Vector
from credence.memory.strength import standing
from credence.planner.counter import Taste
from credence.planner.extraction.attitude import attitude
from credence.planner.ranking.case import Matrix, RankingCase
from credence.planner.ranking.others import others

_SESSION_LIKING = 0.6  # how much an item of a session counts as liked


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Other people, as far as they bear on one ask."""

    usual: Usual
    memories: Mapping[str, ItemMemory]  # of candidates
    heard: Mapping[str, ItemMemory]  # of items of the session and of event memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked for, as texts about items are read and as people's words are."""

    instruction: Vector | None = None  # (D,)
    wording: Vector | None = None  # (D,)
    unwanted: Matrix | None = None  # (U, D), topics that are to be left out


def person_part(
    taste: Taste,
    chunks: Sequence[Chunk],
    session: Sequence[Vector],
    centre: Vector | None,
    *,
    now: datetime,
    rules: Rules,
) -> RankingCase:
    """The person's part of a case, still without candidates and with nothing asked."""
    standings = [standing(chunk, now=now, half_life=rules.half_life) for chunk in chunks]
    recent = [seen for seen in taste.recent if seen.item_vector is not None]
    vectors = [seen.item_vector for seen in recent if seen.item_vector is not None]
    liked = [_SESSION_LIKING] * len(session) + [attitude(seen.event) for seen in recent]
    return RankingCase(
        instruction=None,
        candidate_ids=(),
        candidates=np.empty((0, 0), dtype=np.float32),
        chunks=stacked([taste.vectors[chunk.chunk_id] for chunk in chunks]),
        strengths=np.array([s.strength for s in standings], dtype=np.float64),
        confidences=np.array([s.confidence for s in standings], dtype=np.float64),
        chosen=np.array([c.pinned or c.edited for c in chunks], dtype=np.bool_),
        events=stacked([*session, *vectors]),
        event_weights=np.array(liked, dtype=np.float64),
        voices=_voices(taste, recent, len(session)),
        centre=centre,
    )


def asking(case: RankingCase, asked: Asked) -> RankingCase:
    """The case with what is asked for."""
    return replace(case, instruction=asked.instruction, wording=asked.wording)


def with_candidates(case: RankingCase, ids: tuple[str, ...], vectors: Matrix) -> RankingCase:
    """The case with candidates (N, D) in place; what is empty becomes (0, D)."""
    size = vectors.shape[1]
    return replace(
        case,
        candidate_ids=ids,
        candidates=vectors,
        chunks=case.chunks.reshape(len(case.chunks), size),
        events=case.events.reshape(len(case.events), size),
    )


def in_company(
    case: RankingCase, company: Company, event_items: Sequence[str], *, least: int
) -> RankingCase:
    """The case with what others say of its candidates; `event_items` are those of its events."""
    return replace(
        case,
        others=others(
            [company.memories.get(i) for i in case.candidate_ids],
            [company.heard.get(i) for i in event_items],
            usual=company.usual,
            least=least,
            size=case.candidates.shape[1],
        ),
    )


def _voices(taste: Taste, recent: Sequence[SeenEvent], session: int) -> Matrix | None:
    """What the person wrote at each event (E, D); nothing is written in a session."""
    if not taste.voices:
        return None
    size = len(next(iter(taste.voices.values())))
    voices = np.zeros((session + len(recent), size), dtype=np.float32)
    for row, seen in enumerate(recent, start=session):
        if (voice := taste.voices.get(seen.event.seq)) is not None:
            voices[row] = voice
    return voices


def stacked(vectors: Sequence[Vector]) -> Matrix:
    """Rows to (n, D); (0, 0) when there are none."""
    if not vectors:
        return np.empty((0, 0), dtype=np.float32)
    return np.stack(vectors).astype(np.float32)
