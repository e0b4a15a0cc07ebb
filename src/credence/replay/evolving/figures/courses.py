"""Quality along the walks, bucket by bucket, as tables and pictures lay it out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from credence.replay.bootstrap import Interval
from credence.replay.evolving.figures.found import Found
from credence.replay.evolving.figures.quality import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Some steps of a timeline, or steps since its change, both ends counted."""

    first: int
    last: int | None  # None: to the end
    people: int

    @property
    def steps(self) -> str:
        return f"{self.first} and on" if self.last is None else f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One measure in all buckets, by system; None where too few of its people were asked."""

    measure: str
    buckets: tuple[Bucket, ...]
    values: Mapping[str, tuple[Interval | None, ...]]
    before: Mapping[str, Level]  # the change; empty where there is none


def over_time(found: Found, measure: str) -> Course:
    """By how many steps there were before."""
    return _course(measure, found.over_time, {})


def around_change(found: Found, measure: str) -> Course | None:
    """By steps since the change; None without one."""
    if not found.after:
        return None
    after = {system: [one.level for one in of] for system, of in found.after.items()}
    before = {
        system: level
        for system, levels in found.before.items()
        for level in levels
        if level.measure == measure
    }
    return _course(measure, after, before)


def _course(
    measure: str, by_system: Mapping[str, Iterable[Level]], before: Mapping[str, Level]
) -> Course:
    levels = {
        system: {
            (one.first, one.last, one.people): one.value for one in of if one.measure == measure
        }
        for system, of in by_system.items()
    }
    buckets = sorted({key for of in levels.values() for key in of}, key=lambda key: key[0])
    return Course(
        measure=measure,
        buckets=tuple(Bucket(first=f, last=last, people=n) for f, last, n in buckets),
        values={system: tuple(of.get(key) for key in buckets) for system, of in levels.items()},
        before=before,
    )
