"""Who chose an item: a bounded sample of people that two items can be compared by.

People are kept in order of a hash of their id, the same for every item, so that the samples of
two items hold the same people where they overlap: with at most `SAMPLE` people each, comparing
samples is exact, and beyond that it is unbiased (bottom-k sketches, Cohen and Kaplan 2007).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

SAMPLE = 256  # people kept of an item
KEYS = 2.0**64  # that there are
_RECORD = np.dtype([("person", "<u8"), ("weight", "<f4")])
_TIMES = np.dtype("<u4")  # seconds since 1970, to 2106
_DAY = 86_400  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """People by key, ascending (n,), what each weighs (n,), and how they stand for all.

    `share` is the part of key space that the sample covers, 1 when everybody is in it. `mass` is
    the sum of squared weights over everybody. `times` (n,) are when each last dealt with the item,
    in seconds since 1970; None where that was not kept. `moments` (n,) are those that say when
    somebody came to the item, else not a number: a day that most of the audience shares is the
    day on which the item came out or was imported.
    """

    people: NDArray[np.uint64]
    weights: NDArray[np.float32]
    share: float
    mass: float
    times: NDArray[np.uint32] | None = None
    moments: NDArray[np.float64] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "moments", _moments(self.times, len(self.people)))

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
            times=None if self.times is None else self.times[kept],
        )


def key_of(tenant: str, user_id: str) -> int:
    """The key of a person in every audience of the tenant: 64 bits of a hash."""
    data = f"{len(tenant)}:{tenant}{user_id}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "little")


def times_of(moments: Iterable[datetime]) -> NDArray[np.uint32]:
    """Moments (n,) in whole seconds since 1970, as audiences keep them; those outside of what can
    be kept, 1970 to 2106, are at its ends."""
    seconds = np.array([moment.timestamp() for moment in moments], dtype=np.float64)
    return np.clip(np.floor(seconds), 0, np.iinfo(np.uint32).max).astype(np.uint32)


def gathered(
    people: NDArray[np.uint64],
    weights: NDArray[np.float64],
    *,
    times: NDArray[np.uint32] | None = None,
    share: float = 1.0,
    scale: float = 1.0,
) -> Audience:
    """The audience of these people (n,), each once; those who weigh 0 are not in it.

    Of more than `SAMPLE` people those with the lowest keys are enough: `share` is then the part of
    key space that they cover, and `scale` how many there are for each of them.
    """
    counted = weights != 0.0
    people, weights = people[counted], weights[counted]
    times = None if times is None else times[counted]
    ascending = np.argsort(people, kind="stable")
    kept = ascending[:SAMPLE]
    sampled = len(people) > SAMPLE
    return Audience(
        people=people[kept],
        weights=weights[kept].astype(np.float32),
        share=(int(people[ascending[SAMPLE]]) / KEYS) if sampled else share,
        mass=float(np.sum(weights * weights)) * scale,
        times=None if times is None else times[kept],
    )


def _moments(times: NDArray[np.uint32] | None, people: int) -> NDArray[np.float64]:
    if times is None or not people:
        return np.full(people, np.nan)
    days = times // _DAY
    usual = days == np.partition(days, people // 2)[people // 2]  # of most, if any day is
    shared = usual if 2 * int(usual.sum()) > people else np.zeros(people, dtype=np.bool_)
    return np.where(shared, np.nan, times.astype(np.float64))


def packed(audience: Audience) -> bytes:
    """People and weights as bytes, 12 a person; share, mass and times are kept beside."""
    rows = np.empty(len(audience.people), dtype=_RECORD)
    rows["person"], rows["weight"] = audience.people, audience.weights
    return rows.tobytes()


def packed_times(audience: Audience) -> bytes | None:
    """Times as bytes, 4 a person; None where they were not kept."""
    return None if audience.times is None else audience.times.astype(_TIMES).tobytes()


def unpacked(data: bytes, times: bytes | None, *, share: float, mass: float) -> Audience:
    """The audience that `packed` and `packed_times` wrote."""
    rows = np.frombuffer(data, dtype=_RECORD)
    people, weights = rows["person"].copy(), rows["weight"].copy()
    when = None if times is None else np.frombuffer(times, dtype=_TIMES).copy()
    if when is not None and len(when) != len(people):  # the version before wrote the people anew
        when = None
    return Audience(people=people, weights=weights, share=share, mass=mass, times=when)
