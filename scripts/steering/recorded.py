"""Lists before which people of the training half stood, and what came of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from typing import TypeAlias

import numpy as np

from credence.planner.ranking.case import RankingCase
from credence.replay.crowd import Crowd
from credence.replay.encoded import Encode, EncodedDomain, RememberedEncoder
from credence.replay.people import Domain, Interaction, ReplayPerson
from credence.replay.positions import Position, positions
from credence.replay.questions import put
from credence.replay.split import Half, half

LOW, HIGH = 2.0, 4.0  # ratings of what turned out bad, and good
_SHORTEST = 4  # interactions that come before a list
_EACH = 4  # lists of a person and kind, for those with what they rated next
_NEXT = 20  # interactions that are looked ahead
_NEGATIVES = 9


class Kind(StrEnum):
    """What a list holds."""

    CHOICE = "choice"  # what was chosen and liked, among others: as training has it
    LOW = "low"  # what the person then took and rated low, among nine drawn evenly
    HIGH = "high"  # the same, rated high
    OWN = "own"  # what they took next, with a low rating for some of it and a high one for other


_Told: TypeAlias = tuple[Kind, Position, tuple[float, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """A person before a list."""

    kind: Kind
    user_id: str
    case: RankingCase
    chosen: int  # index into the candidates; of OWN it says nothing
    ratings: tuple[float, ...] = ()  # of the candidates, of OWN


async def recorded(
    encoded: EncodedDomain,
    encoder: RememberedEncoder,
    crowd: Crowd,
    *,
    words: Encode,
    seed: int,
    people: int | None,
) -> AsyncIterator[Stood]:
    """All lists, person by person; of so many people at most."""
    domain = encoded.domain
    found: list[_Told] = [(Kind.CHOICE, one, ()) for one in positions(domain, seed=seed)]
    found += _rated_next(domain, seed)
    found.sort(key=lambda told: told[1].user_id)
    some = [list(own) for _, own in groupby(found, key=lambda told: told[1].user_id)][:people]
    drawn = [told for own in some for told in own]
    asked = put([one for _, one, _ in drawn], encoded, encoder, crowd, words=words)
    following = iter(drawn)
    async for question in asked:
        kind, position, ratings = next(following)
        yield Stood(
            kind=kind,
            user_id=position.user_id,
            case=question.case,
            chosen=position.chosen,
            ratings=ratings,
        )


def silent(case: RankingCase) -> RankingCase:
    """The case with nothing asked."""
    return replace(case, instruction=None, wording=None)


def _rated_next(domain: Domain, seed: int) -> list[_Told]:
    """Lists of what people of the training half took and rated, none of it their exam."""
    rng = np.random.default_rng(seed)
    ids = [item.item_id for item in domain.items]
    found: list[_Told] = []
    for person in domain.people:
        if half(domain.name, person.user_id) is not Half.TRAIN:
            continue
        free = [item_id for item_id in ids if item_id not in person.dealt_with]
        story = person.history
        for kind, those in (
            (Kind.LOW, _where(story, -np.inf, LOW)),
            (Kind.HIGH, _where(story, HIGH, np.inf)),
        ):
            for at in sorted(rng.choice(those, min(_EACH, len(those)), replace=False)):
                others = rng.choice(len(free), _NEGATIVES, replace=False)
                those_there = (story[at].item_id, *(free[index] for index in others))
                found.append((kind, _before(person, int(at), those_there), ()))
        for at in sorted({len(story) // 2, 3 * len(story) // 4}):
            ratings = _next(story, at)
            if at < _SHORTEST or not ratings:
                continue
            if min(ratings.values()) <= LOW and max(ratings.values()) >= HIGH:
                own = _before(person, at, tuple(ratings))
                found.append((Kind.OWN, own, tuple(ratings.values())))
    return found


def _where(story: Sequence[Interaction], low: float, high: float) -> list[int]:
    return [
        at
        for at in range(_SHORTEST, len(story))
        if (rating := story[at].rating) is not None and low <= rating <= high
    ]


def _next(story: Sequence[Interaction], at: int) -> dict[str, float]:
    """Ratings of what came next and had not been there before."""
    known = {done.item_id for done in story[:at]}
    return {
        done.item_id: done.rating
        for done in story[at : at + _NEXT]
        if done.rating is not None and done.item_id not in known
    }


def _before(person: ReplayPerson, at: int, candidates: tuple[str, ...]) -> Position:
    return Position(
        user_id=person.user_id,
        history=person.history,
        before=at,
        instruction=None,
        candidates=candidates,
        chosen=0,
    )
