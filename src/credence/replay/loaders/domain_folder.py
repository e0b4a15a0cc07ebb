"""What a folder of one domain gives, in whichever form it is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from credence.memory.model import Item
from credence.replay.people import Interaction, ReplayPerson


@dataclass(frozen=True, slots=True)
class Broken:
    """Somebody who makes no exam, and why."""

    user_id: str
    why: str


class DomainFolder(Protocol):
    """One domain on disk. Nothing is kept of what has been read."""

    @property
    def name(self) -> str: ...

    @property
    def files(self) -> tuple[Path, ...]: ...

    def people(self) -> Iterator[ReplayPerson | Broken]:
        """Everybody in the order of the file, without what they did with their target."""
        ...

    def items(self) -> Iterator[Item]:
        """Every item once, in the order of the file."""
        ...

    def training_targets(self) -> Mapping[str, Interaction]:
        """What people of the training half, and no others, did with their target."""
        ...

    def item_names(self) -> Mapping[str, str]:
        """Item ids by what other folders call the items; empty where that is not known."""
        ...


def fault(person: ReplayPerson, known: Collection[str]) -> str | None:
    """Why a person makes no exam in a catalogue of these item ids, if they make none."""
    for candidates in (person.candidates, person.candidates_matched):
        if candidates is None:
            continue
        if candidates.count(person.target) != 1 or len(set(candidates)) != len(candidates):
            return f"a list of {person.user_id} lacks its target or repeats an item"
    asked = {person.target, *person.candidates, *(person.candidates_matched or ())}
    unknown = sorted(item for item in asked if item not in known)
    unknown += sorted(done.item_id for done in person.history if done.item_id not in known)
    return f"{person.user_id} has unmapped items such as {unknown[:3]}" if unknown else None


def repeated(user_ids: Iterable[str]) -> tuple[str, ...]:
    """Those that stand more than once: nobody can say which of their rows is theirs."""
    return tuple(user_id for user_id, count in Counter(user_ids).items() if count > 1)


def stands_again(user_id: str) -> str:
    """Why somebody who stands more than once makes no exam."""
    return f"{user_id} stands more than once"
