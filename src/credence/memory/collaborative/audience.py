"""Who chose an item: a bounded sample of people that two items can be compared by.

People are kept in order of a hash of their id, the same for every item, so that the samples of
two items hold the same people where they overlap: with at most `SAMPLE` people each, comparing
samples is exact, and beyond that it is unbiased (bottom-k sketches, Cohen and Kaplan 2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

SAMPLE = 256  # people kept of an item
KEYS = 2.0**64  # that there are
_DOUBT = 2.0  # people's worth of doubt in each norm: two lovers of a rare book prove little
_CROWD = 30.0  # norms' product from which a person's opinion moves an affinity by little
_RECORD = np.dtype([("person", "<u8"), ("weight", "<f4")])


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """People by key, ascending (n,), what each weighs (n,), and how they stand for all.

    `share` is the part of key space that the sample covers, 1 when everybody is in it. `mass` is
    the sum of squared weights over everybody.
    """

    people: NDArray[np.uint64]
    weights: NDArray[np.float32]
    share: float
    mass: float

    def without(self, person: int, weight: float) -> Audience:
        """As if this person, who weighs this much here, had never chosen the item."""
        kept = self.people != np.uint64(person)
        if not kept.all():
            weight = float(self.weights[~kept][0])  # as it was counted
        elif person < self.share * KEYS:  # would be in the sample, had they been counted
            return self
        return Audience(
            people=self.people[kept],
            weights=self.weights[kept],
            share=self.share,
            mass=max(0.0, self.mass - weight * weight),
        )


def key_of(tenant: str, user_id: str) -> int:
    """The key of a person in every audience of the tenant: 64 bits of a hash."""
    data = f"{len(tenant)}:{tenant}{user_id}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "little")


def gathered(
    people: NDArray[np.uint64],
    weights: NDArray[np.float64],
    *,
    share: float = 1.0,
    scale: float = 1.0,
) -> Audience:
    """The audience of these people (n,), each once; those who weigh 0 are not in it.

    Of more than `SAMPLE` people those with the lowest keys are enough: `share` is then the part of
    key space that they cover, and `scale` how many there are for each of them.
    """
    counted = weights != 0.0
    people, weights = people[counted], weights[counted]
    ascending = np.argsort(people, kind="stable")
    kept = ascending[:SAMPLE]
    sampled = len(people) > SAMPLE
    return Audience(
        people=people[kept],
        weights=weights[kept].astype(np.float32),
        share=(int(people[ascending[SAMPLE]]) / KEYS) if sampled else share,
        mass=float(np.sum(weights * weights)) * scale,
    )


def affinities(
    ours: Sequence[Audience | None], theirs: Sequence[Audience | None]
) -> NDArray[np.float64]:
    """How far people who chose one also chose the other (len(ours), len(theirs)).

    The cosine of the two audiences over people, each norm raised by doubt; 0 where either is
    unknown. Dislikes have negative weights, so they count against.
    """
    result = np.zeros((len(ours), len(theirs)))
    held = [(row, one) for row, one in enumerate(ours) if one is not None and len(one.people)]
    asked = [(col, one) for col, one in enumerate(theirs) if one is not None and len(one.people)]
    if not held or not asked:
        return result
    everybody = np.unique(np.concatenate([one.people for _, one in held]))
    spread = np.zeros((len(held), len(everybody)))
    for index, (_, one) in enumerate(held):
        spread[index, np.searchsorted(everybody, one.people)] = one.weights
    people = np.concatenate([one.people for _, one in asked])
    weights = np.concatenate([one.weights for _, one in asked]).astype(np.float64)
    place = np.minimum(np.searchsorted(everybody, people), len(everybody) - 1)
    met = np.flatnonzero(everybody[place] == people)
    owner = np.repeat(np.arange(len(asked)), [len(one.people) for _, one in asked])
    chosen = np.zeros((len(asked), len(everybody)))
    chosen[owner[met], place[met]] = weights[met]
    rows, columns = [row for row, _ in held], [col for col, _ in asked]
    ours_share = np.array([one.share for _, one in held])
    theirs_share = np.array([one.share for _, one in asked])
    seen = np.minimum(ours_share[:, None], theirs_share)
    ours_mass = np.array([one.mass for _, one in held])
    theirs_mass = np.array([one.mass for _, one in asked])
    # What is seen of a vast audience stands for many, yet never for more than the smaller holds.
    most = np.where(seen < 1, np.minimum(ours_mass[:, None], theirs_mass), np.inf)
    overlap = np.clip(spread @ chosen.T / seen, -most, most)
    norms = np.sqrt(np.outer(ours_mass + _DOUBT, theirs_mass + _DOUBT))
    result[np.ix_(rows, columns)] = overlap / norms
    return result


def told_affinities(ours: Audience | None, theirs: Sequence[Audience | None]) -> tuple[float, ...]:
    """How near each of theirs is to ours as it may be told: in tenths, of crowds in hundredths.

    What one more person thinks of an item moves an affinity by at most 1.5 / the norms' product:
    by a few such steps, so that it does not say exactly what a newcomer thinks.
    """
    return tuple(
        round(float(affinity), 2 if one and ours and _norms(ours, one) >= _CROWD else 1)
        for affinity, one in zip(affinities([ours], theirs)[0], theirs, strict=True)
    )


def _norms(one: Audience, other: Audience) -> float:
    return float(np.sqrt((one.mass + _DOUBT) * (other.mass + _DOUBT)))


def packed(audience: Audience) -> bytes:
    """People and weights as bytes, 12 a person; share and mass are kept beside."""
    rows = np.empty(len(audience.people), dtype=_RECORD)
    rows["person"], rows["weight"] = audience.people, audience.weights
    return rows.tobytes()


def unpacked(data: bytes, *, share: float, mass: float) -> Audience:
    """The audience that `packed` wrote."""
    rows = np.frombuffer(data, dtype=_RECORD)
    people, weights = rows["person"].copy(), rows["weight"].copy()
    return Audience(people=people, weights=weights, share=share, mass=mass)
