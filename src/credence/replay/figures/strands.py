"""Systems over several draws of an exam: which answers are one system's, and what is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from credence.replay.figures.made import Made, differing, made_with
from credence.replay.figures.sat import Sat

Labels: TypeAlias = tuple[tuple[str, ...], ...]  # exam by exam, of as many seats as there are


@dataclass(frozen=True, slots=True, kw_only=True)
class Strand:
    """One system that sat every draw."""

    name: str
    labels: tuple[str, ...]  # of its seats, draw by draw


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Answers of a system that are not counted over the draws."""

    system: str
    draws: int  # that they are of
    why: str
    same: bool = True  # as whatever else has this name


def strands(sats: Sequence[Sat]) -> tuple[tuple[Strand, ...], tuple[LeftOut, ...]]:
    """The systems that sat all these draws, made with the same, and what else there is."""
    names = dict.fromkeys(seat.system for sat in sats for seat in sat.seats.values())
    whole: list[Strand] = []
    left: list[LeftOut] = []
    for name in names:
        found = by_make(name, sats)
        all_of_them = {made: of for made, of in found.items() if all(of)}
        whole += _strands(name, all_of_them, sats)
        left += _left(name, found, all_of_them)
    return tuple(whole), tuple(left)


def left_in_words(left: Sequence[LeftOut]) -> str:
    """Systems by why they are left out."""
    by_why: dict[str, list[str]] = {}
    for one in left:
        by_why.setdefault(one.why, []).append(one.system)
    return "; ".join(f"{', '.join(names)} ({why})" for why, names in by_why.items())


def by_make(name: str, sats: Sequence[Sat]) -> Mapping[Made, Labels]:
    """The seats of systems of one name, by what they were made with, exam by exam."""
    found: dict[Made, list[list[str]]] = {}
    for draw, sat in enumerate(sats):
        for label, seat in sat.seats.items():
            if seat.system == name:
                made = made_with(seat.run.manifest, name)
                found.setdefault(made, [[] for _ in sats])[draw].append(label)
    return {made: tuple(map(tuple, of)) for made, of in found.items()}


def _strands(name: str, whole: Mapping[Made, Labels], sats: Sequence[Sat]) -> Iterator[Strand]:
    """Several are told apart as in the first draw."""
    for of in whole.values():
        labels = picked(of, sats)
        yield Strand(name=name if len(whole) == 1 else labels[0], labels=labels)


def picked(of: Labels, sats: Sequence[Sat]) -> tuple[str, ...]:
    """A seat an exam, of at least one each: the first of the runs that lie beside runs of most
    other exams."""
    beside = [
        [sat.seats[label].run.folder.parent for label in labels]
        for sat, labels in zip(sats, of, strict=True)
    ]
    draws = Counter(folder for folders in beside for folder in set(folders))
    best = (folders.index(max(folders, key=draws.__getitem__)) for folders in beside)
    return tuple(labels[n] for labels, n in zip(of, best, strict=True))


def _left(
    name: str, found: Mapping[Made, Labels], whole: Mapping[Made, Labels]
) -> Iterator[LeftOut]:
    for of in whole.values():
        again = sum(len(labels) > 1 for labels in of)
        if again:
            why = f"sat {again} of {len(of)} more than once, of which one counts"
            yield LeftOut(system=name, draws=again, why=why)
    others = [made for made in found if made not in whole]
    if whole:
        yield from (_beside(name, made, found, whole) for made in others)
        return
    draws = list(zip(*found.values(), strict=True))
    sat = sum(any(of) for of in draws)
    if sat < len(draws):
        yield LeftOut(system=name, draws=sat, why=f"sat {sat} of {len(draws)}")
    else:
        why = f"not one system in all: they differ in {differing(others)}"
        yield LeftOut(system=name, draws=sat, why=why, same=False)


def _beside(
    name: str, made: Made, found: Mapping[Made, Labels], whole: Mapping[Made, Labels]
) -> LeftOut:
    """One that sat only some draws, where another of its name sat all."""
    draws, sat = len(found[made]), sum(map(bool, found[made]))
    apart = differing([made, *whole])
    return LeftOut(
        system=name,
        draws=sat,
        why=f"sat {sat} of {draws} with other than is counted here: {apart}",
        same=False,
    )
