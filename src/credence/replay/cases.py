"""A point in a recorded person's past as the rankers of Credence see it, without a database.

Training asks for tens of thousands of such points, each of which would be a memory of its own in
the application, so it puts its cases together here. Nothing is measured by them: exams are sat by
the application itself (ADR 0023). That both give the same case is what
`tests/integration/replay/test_training_cases.py` tests.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from credence.memory.lifecycle.draft import Rules
from credence.memory.model import Vector
from credence.memory.strength import standing
from credence.planner.ranking.case import Matrix, RankingCase
from credence.replay.belief import Lived
from credence.replay.crowd import Rest
from credence.replay.encoded import Encode, EncodedDomain

_EVENT_MEMORY = 15  # events that the first tier holds


def ranking_case(
    lived: Lived,
    encoded: EncodedDomain,
    candidates: Sequence[str],
    *,
    instruction: str | None,
    encode: Encode,
    rules: Rules,
    words: Encode | None = None,
    rest: Rest | None = None,
    least: int,
) -> RankingCase:
    """The person of `lived` before these candidates.

    `words` reads what people write; without it nothing of that is shown. `rest` is what everybody
    else says, of which `least` people must stand behind an item for anything to be told of it;
    without it nothing is.
    """
    standings = [standing(c, now=lived.now, half_life=rules.half_life) for c in lived.chunks]
    recent = _recent(lived)
    item_ids = [lived.events[index].item_id or "" for index in recent]
    size = len(encoded.centre)
    voices, wording = _written(lived, recent, instruction, words, size)
    return RankingCase(
        instruction=None if instruction is None else encode([instruction])[0],
        candidate_ids=tuple(candidates),
        candidates=encoded.rows(candidates),
        chunks=lived.chunk_vectors,
        strengths=np.array([s.strength for s in standings], dtype=np.float64),
        confidences=np.array([s.confidence for s in standings], dtype=np.float64),
        events=np.array([encoded.vectors[i] for i in item_ids], dtype=np.float32).reshape(-1, size),
        event_weights=lived.attitudes[recent],
        centre=encoded.centre,
        wording=wording,
        voices=voices,
        others=None if rest is None else rest.others(candidates, item_ids, least=least),
    )


def _written(
    lived: Lived, recent: Sequence[int], instruction: str | None, words: Encode | None, size: int
) -> tuple[Matrix | None, Vector | None]:
    """What the person wrote, at each event (E, D) and as their instruction (D,)."""
    if words is None:
        return None, None
    voices = words([lived.events[index].text for index in recent]).reshape(len(recent), size)
    return voices, None if instruction is None else words([instruction])[0]


def _recent(lived: Lived) -> list[int]:
    """Indices of the events in event memory that have an item, newest first."""
    latest = range(len(lived.events))[: -1 - _EVENT_MEMORY : -1]
    return [index for index in latest if lived.events[index].item_id is not None]
