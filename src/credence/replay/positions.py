"""Points in the histories of training people at which the next choice is known."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credence.replay.belief import liked
from credence.replay.people import Domain, Interaction, ReplayPerson
from credence.replay.split import Half, half

EARLIER = 4  # positions a person before the exam, for a fit of few weights
_SHORTEST = 4  # interactions that come before a position
_NEGATIVES = 9
_RATED_WELL = 3.0  # a choice somebody rated lower is no choice to learn from
_ALIKE = 24  # items nearest in popularity and date, of which matched negatives are drawn

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_NAME = re.compile(r"(?<![.!?] )(?<!^)\b[A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+)*")  # not where one begins
_WORD = re.compile(r"[\w'’]+")
_ASKED = 400  # characters of a review that make an instruction


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A training question with its answer."""

    user_id: str
    history: tuple[Interaction, ...]
    before: int  # interactions of the history that may be seen
    instruction: str | None
    candidates: tuple[str, ...]
    chosen: int  # index into `candidates`


def positions(
    domain: Domain,
    *,
    seed: int,
    each: int = EARLIER,
    more: Mapping[str, tuple[Interaction, ...]] | None = None,
) -> tuple[Position, ...]:
    """Positions of the training half alone: each exam under both of its lists, and earlier choices.

    Of earlier choices `each` a person at most, with negatives drawn evenly and matched: from the
    items nearest in popularity and date among training people, as the exams' are. In a domain
    whose exams have instructions theirs are made from the person's own words at that choice.
    `more` are histories of others who dealt with the domain's items; these sat no exam.
    """
    people = [p for p in domain.people if half(domain.name, p.user_id) is Half.TRAIN]
    rng = np.random.default_rng(seed)
    shelf = _Shelf.of(domain, people, rng)
    asks = any(person.instruction for person in people)
    found: list[Position] = []
    for person in people:
        found += exams_of(person)
        found += shelf.earlier(person.user_id, person.history, person.dealt_with, each, asks=asks)
    for user_id, history in sorted((more or {}).items()):
        taken = {done.item_id for done in history}
        found += shelf.earlier(user_id, history, taken, each, asks=asks)
    return tuple(found)


def exams_of(person: ReplayPerson) -> Iterator[Position]:
    """A person's exam under each of the lists that the data has."""
    for candidates in (person.candidates, person.candidates_matched):
        if candidates is not None:
            yield Position(
                user_id=person.user_id,
                history=person.history,
                before=len(person.history),
                instruction=person.instruction,
                candidates=candidates,
                chosen=candidates.index(person.target),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shelf:
    """A catalogue to draw negatives from."""

    ids: Sequence[str]
    titles: Mapping[str, str]
    popularity: NDArray[np.float64]  # (I,) ranks in [0, 1)
    date: NDArray[np.float64]  # (I,) ranks in [0, 1)
    rng: np.random.Generator

    @classmethod
    def of(cls, domain: Domain, people: Sequence[ReplayPerson], rng: np.random.Generator) -> _Shelf:
        ids = [item.item_id for item in domain.items]
        dates: dict[str, list[float]] = defaultdict(list)
        counts: Counter[str] = Counter()
        for person in people:
            for done in person.history:
                counts[done.item_id] += 1
                if done.timestamp is not None:
                    dates[done.item_id].append(done.timestamp.timestamp())
        usual = float(np.median([d for found in dates.values() for d in found] or [0.0]))
        return cls(
            ids=ids,
            titles={item.item_id: item.title for item in domain.items},
            popularity=_ranks([counts[i] for i in ids], rng),
            date=_ranks([float(np.median(dates[i])) if i in dates else usual for i in ids], rng),
            rng=rng,
        )

    def earlier(
        self,
        user_id: str,
        history: tuple[Interaction, ...],
        taken: Collection[str],
        each: int,
        *,
        asks: bool,
    ) -> Iterator[Position]:
        """A person's earlier choices, each before two lists; none where too little is left."""
        free = np.array([item_id not in taken for item_id in self.ids])
        if int(free.sum()) < _NEGATIVES:
            return
        for before in _choices(history, each, self.rng):
            done = history[before]
            asked = request_of(done, self.titles[done.item_id]) if asks else None
            for drawn in (self._even(free), self._matched(free, done.item_id)):
                yield Position(
                    user_id=user_id,
                    history=history,
                    before=before,
                    instruction=asked,
                    candidates=(done.item_id, *(self.ids[index] for index in drawn)),
                    chosen=0,
                )

    def _even(self, free: NDArray[np.bool_]) -> NDArray[np.int_]:
        return self.rng.choice(np.flatnonzero(free), _NEGATIVES, replace=False)

    def _matched(self, free: NDArray[np.bool_], item_id: str) -> NDArray[np.int_]:
        target = self.ids.index(item_id)
        apart = np.maximum(
            np.abs(self.popularity - self.popularity[target]), np.abs(self.date - self.date[target])
        )
        apart[~free] = np.inf
        alike = np.argsort(apart, kind="stable")[: min(_ALIKE, int(free.sum()))]
        return self.rng.choice(alike, _NEGATIVES, replace=False)


def request_of(done: Interaction, title: str) -> str | None:
    """What the person asked for, if that was noted, else what the end of their review asks for."""
    if done.instruction is not None:
        return _without(done.instruction, title)
    return instruction_from(done.review, title)


def instruction_from(review: str, title: str) -> str | None:
    """What the end of a review asks for, the words of the title and names replaced by "…"."""
    sentences = _SENTENCE_END.split(review)
    return _without(_NAME.sub("…", " ".join(sentences[-2:])[:_ASKED]), title)


def _without(asked: str, title: str) -> str | None:
    """The words of the title replaced by "…"; None if there are no others."""
    telling = {word.casefold() for word in _WORD.findall(title) if len(word) > 3}
    asked = _WORD.sub(lambda m: "…" if m.group().casefold() in telling else m.group(), asked)
    return asked if _WORD.search(asked.replace("…", "")) else None


def _choices(history: Sequence[Interaction], each: int, rng: np.random.Generator) -> list[int]:
    """Where the person took something they then rated no lower than usual."""
    rated = [done.rating for done in history if done.rating is not None]
    usual = max(_RATED_WELL, float(np.mean(rated))) if rated else _RATED_WELL
    eligible = [
        before for before in range(_SHORTEST, len(history)) if liked(history[before], least=usual)
    ]
    if not eligible:
        return []
    drawn = rng.choice(eligible, min(each, len(eligible)), replace=False)
    return sorted(int(before) for before in drawn)


def _ranks(values: Sequence[float], rng: np.random.Generator) -> NDArray[np.float64]:
    """Ranks in [0, 1), of equals in an order drawn."""
    order = np.lexsort((rng.random(len(values)), np.asarray(values)))
    ranks = np.empty(len(values))
    ranks[order] = np.arange(len(values)) / max(1, len(values))
    return ranks
