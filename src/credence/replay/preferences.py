"""Pairs of items of which a person liked one and not the other, as lists to rank."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from credence.replay.people import Domain, Interaction
from credence.replay.positions import Position
from credence.replay.split import Half, half

_SHORTEST = 4  # interactions that come before a pair
_APART = 0.5  # of the usual spread of a person's ratings: how far both must be from their mean
LIKED, DISLIKED = 0, 1  # indices of the pair among a list's candidates
_OTHERS = 8  # candidates beside the pair


def preferences(
    domain: Domain,
    *,
    seed: int,
    each: int,
    more: Mapping[str, tuple[Interaction, ...]] | None = None,
) -> tuple[Position, ...]:
    """At most `each` pairs a person, of the training half and of `more` people.

    The list is put before the earlier of both choices. Its first candidate is one the person went
    on to rate well above their own mean, the second one well below it; the rest are items they
    never took, as far as the data knows. There is no instruction: any would give away which of the
    pair it was written of.
    """
    rng = np.random.default_rng(seed)
    ids = [item.item_id for item in domain.items]
    told = {
        person.user_id: (person.history, person.dealt_with)
        for person in domain.people
        if half(domain.name, person.user_id) is Half.TRAIN
    }
    told |= {
        user_id: (story, frozenset(done.item_id for done in story))
        for user_id, story in sorted((more or {}).items())
    }
    found: list[Position] = []
    for user_id, (history, taken) in told.items():
        free = [item_id for item_id in ids if item_id not in taken]
        pairs = list(_pairs(history))
        if not pairs or len(free) < _OTHERS:
            continue
        drawn = rng.choice(len(pairs), min(each, len(pairs)), replace=False)
        for liked, disliked in (pairs[index] for index in sorted(drawn.tolist())):
            others = [free[at] for at in rng.choice(len(free), _OTHERS, replace=False)]
            candidates = (history[liked].item_id, history[disliked].item_id, *others)
            found.append(
                Position(
                    user_id=user_id,
                    history=history,
                    before=min(liked, disliked),
                    instruction=None,
                    candidates=candidates,
                    chosen=LIKED,
                )
            )
    return tuple(found)


def _pairs(history: Sequence[Interaction]) -> Iterator[tuple[int, int]]:
    """Places in a history of a choice rated well and one rated badly, by the person's own mean."""
    rated = [(at, done.rating) for at, done in enumerate(history) if done.rating is not None]
    if not rated:
        return
    ratings = np.array([rating for _, rating in rated])
    gap = max(_APART * float(ratings.std()), 1e-6)
    high = [at for at, rating in rated if rating >= ratings.mean() + gap and at >= _SHORTEST]
    low = [at for at, rating in rated if rating <= ratings.mean() - gap and at >= _SHORTEST]
    yield from (
        (liked, disliked)
        for liked in high
        for disliked in low
        if history[liked].item_id != history[disliked].item_id
    )
