"""Points in the histories of training people at which the next choice is known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credence.replay.people import Domain, Interaction, ReplayPerson
from credence.replay.split import Half, half

_EARLIER = 4  # positions a person before the exam
_SHORTEST = 4  # interactions that come before a position
_NEGATIVES = 9
_RATED_WELL = 3.0  # a choice somebody rated lower is no choice to learn from
_SMOOTHING = 0.05  # of the popularity by which hard negatives are drawn, in interactions

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_NAME = re.compile(r"(?<![.!?] )(?<!^)\b[A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+)*")  # not where one begins
_WORD = re.compile(r"[\w'’]+")
_ASKED = 400  # characters of a review that make an instruction


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A training question with its answer."""

    person: ReplayPerson
    before: int  # interactions of the history that may be seen
    instruction: str | None
    candidates: tuple[str, ...]
    chosen: int  # index into `candidates`


def positions(domain: Domain, *, seed: int) -> tuple[Position, ...]:
    """Positions of the training half alone: each exam under both of its lists, and earlier choices.

    Earlier choices get negatives drawn evenly and by popularity among training people. In a domain
    whose exams have instructions theirs are made from the person's own words at that choice.
    """
    people = [p for p in domain.people if half(domain.name, p.user_id) is Half.TRAIN]
    rng = np.random.default_rng(seed)
    item_ids = [item.item_id for item in domain.items]
    counts = Counter(done.item_id for person in people for done in person.history)
    popularity = np.array([counts[item_id] + _SMOOTHING for item_id in item_ids])
    titles = {item.item_id: item.title for item in domain.items}
    asks = any(person.instruction for person in people)
    found: list[Position] = []
    for person in people:
        found += _exams(person)
        taken = {done.item_id for done in person.history} | {person.target}
        free = np.array([item_id not in taken for item_id in item_ids])
        for before in _choices(person.history, rng):
            done = person.history[before]
            asked = instruction_from(done.review, titles[done.item_id]) if asks else None
            for weights in (free.astype(np.float64), free * popularity):
                drawn = rng.choice(len(item_ids), _NEGATIVES, replace=False, p=_share(weights))
                candidates = (done.item_id, *(item_ids[index] for index in drawn))
                found.append(
                    Position(
                        person=person,
                        before=before,
                        instruction=asked,
                        candidates=candidates,
                        chosen=0,
                    )
                )
    return tuple(found)


def instruction_from(review: str, title: str) -> str | None:
    """What the end of a review asks for, the words of the title and names replaced by "…"."""
    sentences = _SENTENCE_END.split(review)
    asked = _NAME.sub("…", " ".join(sentences[-2:])[:_ASKED])
    telling = {word.casefold() for word in _WORD.findall(title) if len(word) > 3}
    asked = _WORD.sub(lambda m: "…" if m.group().casefold() in telling else m.group(), asked)
    return asked if _WORD.search(asked.replace("…", "")) else None


def _exams(person: ReplayPerson) -> Iterator[Position]:
    for candidates in (person.candidates, person.candidates_matched):
        if candidates is not None:
            yield Position(
                person=person,
                before=len(person.history),
                instruction=person.instruction,
                candidates=candidates,
                chosen=candidates.index(person.target),
            )


def _choices(history: Sequence[Interaction], rng: np.random.Generator) -> list[int]:
    """Where the person took something they then rated no lower than usual."""
    rated = [done.rating for done in history if done.rating is not None]
    usual = max(_RATED_WELL, float(np.mean(rated))) if rated else _RATED_WELL
    eligible = [
        before
        for before in range(_SHORTEST, len(history))
        if (rating := history[before].rating) is None or rating >= usual
    ]
    if not eligible:
        return []
    drawn = rng.choice(eligible, min(_EARLIER, len(eligible)), replace=False)
    return sorted(int(before) for before in drawn)


def _share(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares
