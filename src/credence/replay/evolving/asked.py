"""What is asked along a timeline: the item really taken next among nine alike in popularity."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from credence.replay.belief import liked
from credence.replay.evolving.timeline import FIRST_STEP, Timeline
from credence.replay.exam.freeze import shown_order
from credence.replay.exam.negatives import Shelf, draw
from credence.replay.exam.paper import Negatives, Paper

_LIKED = 3.0  # of 5: a step rated lower is nothing that a system should have foreseen


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A timeline and the questions along it, by step; the first event is step 1."""

    timeline: Timeline
    papers: Mapping[int, Paper]


def walks(
    timelines: Sequence[Timeline], *, shelf: Shelf, stride: int, seed: int
) -> tuple[Walk, ...]:
    """Every timeline with its questions: the fifth step and every `stride`-th after it, where the
    person liked what they took or did not rate it. Who is asked nothing is left out.

    Raises CannotDraw.
    """
    made = (
        Walk(timeline=timeline, papers=_papers(timeline, shelf, stride=stride, seed=seed))
        for timeline in timelines
    )
    return tuple(walk for walk in made if walk.papers)


def digest(asked: Sequence[Walk]) -> str:
    """SHA-256 over people, steps, candidates and targets: equal ones were asked the same."""
    content = [
        [walk.timeline.user_id, walk.timeline.splice, len(walk.timeline.story)]
        + [[step, [*paper.candidates], paper.target] for step, paper in sorted(walk.papers.items())]
        for walk in asked
    ]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _papers(timeline: Timeline, shelf: Shelf, *, stride: int, seed: int) -> dict[int, Paper]:
    steps = range(FIRST_STEP, len(timeline.story) + 1, stride)
    return {
        step: _paper(timeline, step, shelf, seed)
        for step in steps
        if liked(timeline.story[step - 1], least=_LIKED)
    }


def _paper(timeline: Timeline, step: int, shelf: Shelf, seed: int) -> Paper:
    target, question = timeline.story[step - 1].item_id, f"{timeline.user_id}/{step}"
    drawn = draw(
        Negatives.POPULARITY,
        target=target,
        taken=timeline.known,
        shelf=shelf,
        seed=seed,
        user_id=question,
    )
    return Paper(
        user_id=timeline.user_id,
        candidates=shown_order((target, *drawn), user_id=question, seed=seed),
        target=target,
    )
