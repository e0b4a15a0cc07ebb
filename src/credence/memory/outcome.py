"""What came of lists that were shown, as far as later events cite them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from credence.memory.wilson import wilson

_HALF = 0.975  # of a 95% interval


class Telling(StrEnum):
    """What lists can be told apart by."""

    RANKER = "ranker"  # that had the last word, with its version
    DAY = "day"  # in UTC, as YYYY-MM-DD
    EXPERT = "expert"  # that a routed ranker chose
    ASKED = "asked"  # with an instruction or without


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How the lists of a group lie among people, for an interval that knows they are not alike.

    Sums over people, n of whose lists something was taken from t: of n², n t and t².
    """

    lists_squared: int
    lists_taken: int
    taken_squared: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOutcome:
    """A group of lists: `group` holds a value for every grouping asked for.

    Taken is an item of the list that an event citing it says was bought, liked, or rated 4 or
    more; refused one that was skipped, disliked or rated 2 or less; of what somebody says of an
    item the last word counts. A list cited by no event about an item of it, from when it was shown
    on, counts as one of which nothing was taken.
    """

    group: Mapping[Telling, str | None]
    lists: int
    people: int  # a list shown to nobody known is somebody of its own
    cited: int  # lists that an event cites, about an item of theirs
    taken: int  # lists of which something was taken
    refused: int
    reciprocal_ranks: float  # sum over lists; 0 where nothing was taken
    spread: Spread

    @property
    def hit_rate(self) -> float:
        """HR: the share of lists of which something was taken, at whatever place."""
        return self.taken / self.lists

    @property
    def mrr(self) -> float:
        """MRR: the mean over all lists of 1 / the place of the first item taken."""
        return self.reciprocal_ranks / self.lists

    @property
    def interval(self) -> tuple[float, float]:
        """95% of the hit rate: Wilson's, with as many lists as would be as sure if each were of
        somebody else (the ratio estimator over people, Cochran 1977, ch. 6), and Student's t for
        how few people that is known from."""
        from scipy.special import stdtrit  # type: ignore[import-untyped]  # noqa: PLC0415  a command's help needs none of it

        z = float(stdtrit(self._freedom, _HALF))
        return wilson(self.hit_rate, self._lists_that_count, z=z)

    @property
    def _lists_that_count(self) -> float:
        p, people, of = self.hit_rate, self.people, self.spread
        if people < 2:
            return 1.0
        if p in (0.0, 1.0):
            return float(people)
        apart = of.taken_squared - 2 * p * of.lists_taken + p * p * of.lists_squared
        variance = apart / self.lists**2 * people / (people - 1)
        if variance <= 0.0:  # all alike, which few people are by chance
            return float(people)
        return min(float(self.lists), max(1.0, p * (1 - p) / variance))

    @property
    def _freedom(self) -> float:
        """Degrees of freedom: people less one, as many as if all had been shown as much."""
        return max(1.0, self.lists**2 / self.spread.lists_squared - 1)
