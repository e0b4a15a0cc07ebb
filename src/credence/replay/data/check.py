"""Checks a recorded domain, and names the people at fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from credence.replay.data.release import ITEMS, LINK, NAMED_BY, PEOPLE, looks_released
from credence.replay.loaders.domain_folder import (
    Broken,
    DomainFolder,
    fault,
    repeated,
    stands_again,
)
from credence.replay.loaders.instructrec import domain_folder
from credence.replay.loaders.released import ReleasedFolder
from credence.replay.people import Domain, ReplayPerson

_CANDIDATES = 10
_ENOUGH = 100  # people, to judge how targets are placed
_ODD = 5.0  # standard deviations; by chance once in a million


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at: whether it is as it should be, in words, and for whom it is not."""

    check: str
    passed: bool
    says: str
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A domain without those who make no exam, and what was found."""

    domain: Domain
    broken: tuple[Broken, ...]
    findings: tuple[Finding, ...]
    source: DomainFolder

    @property
    def passed(self) -> bool:
        return all(finding.passed for finding in self.findings)


def check_domain(folder: Path) -> Checked:
    """Read a folder whole and look at everything that an exam rests on.

    Raises FolderIncomplete, UnsafePickle or MalformedData where it cannot be read at all.
    """
    source = domain_folder(folder)
    told = list(source.people())
    items = tuple(source.items())
    known = {item.item_id for item in items}
    twice = frozenset(repeated(one.user_id for one in told))
    people: list[ReplayPerson] = []
    broken: list[Broken] = []
    for one in told:
        why = one.why if isinstance(one, Broken) else fault(one, known)
        if one.user_id in twice:
            why = stands_again(one.user_id)
        if isinstance(one, ReplayPerson) and why is None:
            people.append(one)
        else:
            broken.append(Broken(one.user_id, why or ""))
    domain = Domain(name=source.name, items=items, people=tuple(people))
    findings = (
        *_people(domain, broken, twice),
        *_lists(domain),
        *_mended(source),
        *_counts(domain, told),
    )
    return Checked(domain=domain, broken=tuple(broken), findings=findings, source=source)


def _people(
    domain: Domain, broken: Collection[Broken], twice: Collection[str]
) -> Iterator[Finding]:
    yield Finding(
        check="everybody makes an exam",
        passed=not broken,
        says="; ".join(one.why for one in list(broken)[:3]) or "target once in every list",
        people=tuple(one.user_id for one in broken),
    )
    yield Finding(
        check="everybody is in it once",
        passed=not twice,
        says=f"{len(twice)} ids stand more than once" if twice else f"{len(domain.people)} people",
        people=tuple(sorted(twice)),
    )
    silent = tuple(person.user_id for person in domain.people if not person.history)
    yield Finding(
        check="everybody has a history",
        passed=not silent,
        says=f"{len(silent)} people have none" if silent else "at least one interaction each",
        people=silent,
    )
    seen = tuple(
        person.user_id
        for person in domain.people
        if person.target in {done.item_id for done in person.history}
    )
    yield Finding(
        check="no history holds its target",
        passed=not seen,
        says=f"{len(seen)} do" if seen else "none does",
        people=seen,
    )


def _lists(domain: Domain) -> Iterator[Finding]:
    short = tuple(
        person.user_id
        for person in domain.people
        if any(
            len(listed) != _CANDIDATES
            for listed in (person.candidates, person.candidates_matched)
            if listed is not None
        )
    )
    yield Finding(
        check="every list has 10 candidates",
        passed=not short,
        says=f"{len(short)} people have other lists" if short else "10 unique items each",
        people=short,
    )
    listed = [p for p in domain.people if len(p.candidates) == _CANDIDATES]
    if len(listed) >= _ENOUGH:
        places = Counter(person.candidates.index(person.target) for person in listed)
        expected = len(listed) / _CANDIDATES
        apart = max(abs(places[place] - expected) for place in range(_CANDIDATES))
        told = ", ".join(str(places[place]) for place in range(_CANDIDATES))
        yield Finding(
            check="targets stand anywhere in their lists",
            passed=apart <= _ODD * (expected * 0.9) ** 0.5,
            says=f"by place: {told}",
        )


def _mended(source: DomainFolder) -> Iterator[Finding]:
    if isinstance(source, ReleasedFolder):
        again, seen = source.quirks.repeated_items, source.quirks.repeated_targets
        yield Finding(
            check="item ids that stand twice are read once",
            passed=True,
            says=f"{len(again)} such ids, the first of each stays",
        )
        yield Finding(
            check="targets met before are left out of histories",
            passed=True,
            says=f"{len(seen)} people had theirs there",
            people=tuple(sorted(seen)),
        )


def _counts(domain: Domain, told: Collection[ReplayPerson | Broken]) -> Iterator[Finding]:
    if not looks_released(domain):
        return
    for what, counted, known in (
        ("people", len(told), PEOPLE.get(domain.name)),
        ("items", len(domain.items), ITEMS.get(domain.name)),
    ):
        if known is not None:
            wrong = f"{counted} here; is the download whole? It is at {LINK}, as {NAMED_BY} says"
            yield Finding(
                check=f"as many {what} as the release has: {known}",
                passed=counted == known,
                says=wrong if counted != known else f"{counted}",
            )
