"""One person in front of one list: everything a system under test may look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from credence.memory.lifecycle.draft import Rules
from credence.memory.model import Vector
from credence.memory.strength import standing
from credence.planner.ranking.case import Matrix, Others, RankingCase
from credence.replay.belief import Lived
from credence.replay.encoded import Encode, EncodedDomain
from credence.replay.systems.system import Question

_EVENT_MEMORY = 15  # events that the first tier holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """An exam question without its answer: nothing here says which candidate is the target."""

    encoded: EncodedDomain
    lived: Lived  # the person, all they did before
    instruction: str | None
    instruction_vector: Vector | None  # (D,)
    candidates: tuple[str, ...]
    words: Encode | None = None  # how what people write is read; without it nothing of it is shown
    others: Others | None = None  # what everybody else says of candidates and history
    question: Question | None = None  # the same as the harness puts it, for systems of it


class System(Protocol):
    """Something that ranks; it is asked for scores, so that ties stay visible."""

    @property
    def name(self) -> str: ...

    async def score(self, sitting: Sitting) -> NDArray[np.float64]:
        """A score for each candidate (N,), higher is better."""
        ...


def recent_items(lived: Lived) -> tuple[str, ...]:
    """The items of event memory, newest first."""
    return tuple(lived.events[index].item_id or "" for index in _recent(lived))


def ranking_case(sitting: Sitting, *, rules: Rules) -> RankingCase:
    """The sitting as the rankers of Credence see it."""
    lived, encoded = sitting.lived, sitting.encoded
    standings = [standing(c, now=lived.now, half_life=rules.half_life) for c in lived.chunks]
    rows = [encoded.vectors[item_id] for item_id in recent_items(lived)]
    size = len(encoded.centre)
    voices, wording = _written(sitting)
    return RankingCase(
        instruction=sitting.instruction_vector,
        candidate_ids=sitting.candidates,
        candidates=encoded.rows(sitting.candidates),
        chunks=lived.chunk_vectors,
        strengths=np.array([s.strength for s in standings], dtype=np.float64),
        confidences=np.array([s.confidence for s in standings], dtype=np.float64),
        events=np.array(rows, dtype=np.float32).reshape(len(rows), size),
        event_weights=lived.attitudes[_recent(lived)],
        centre=encoded.centre,
        wording=wording,
        voices=voices,
        others=sitting.others,
    )


def _written(sitting: Sitting) -> tuple[Matrix | None, Vector | None]:
    """What the person wrote, at each event (E, D) and as their instruction (D,)."""
    if sitting.words is None:
        return None, None
    texts = [sitting.lived.events[index].text for index in _recent(sitting.lived)]
    voices = sitting.words(texts).reshape(len(texts), len(sitting.encoded.centre))
    if sitting.instruction is None:
        return voices, None
    return voices, sitting.words([sitting.instruction])[0]


def _recent(lived: Lived) -> list[int]:
    """Indices of the events in event memory that have an item, newest first."""
    latest = range(len(lived.events))[: -1 - _EVENT_MEMORY : -1]
    return [index for index in latest if lived.events[index].item_id is not None]
