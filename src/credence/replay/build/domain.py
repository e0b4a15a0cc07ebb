"""Builds a domain from raw interactions and item texts, and writes it in Parquet form."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from credence.memory.model import Item
from credence.replay.build.exams import Exams, HeldOut, hold_out
from credence.replay.build.raw import Raw
from credence.replay.data.new_folder import new_folder, refuse_taken
from credence.replay.data.write import write_domain
from credence.replay.errors import MalformedData
from credence.replay.exam.negatives import Shelf, draw
from credence.replay.exam.paper import Negatives
from credence.replay.people import Domain, ReplayPerson
from credence.replay.split import Half, half

_NOTHING: Mapping[str, Any] = {}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to build."""

    out: Path
    name: str
    seed: int
    fewest: int  # interactions a person, the target among them
    liked: float  # rating from which on something is liked

    def check(self) -> None:
        """Whether it can be built, before anything is read. Raises ReplayError."""
        if not _NAME.fullmatch(self.name):
            raise MalformedData(f"--name {self.name!r}: letters, digits, - and _ make a name")
        refuse_taken(self.out)


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What was made."""

    domain: Domain
    left_out: Mapping[str, int]  # people, by the reason


def build(asked: Asked, raw: Raw, *, told: Mapping[str, Any] = _NOTHING) -> Built:
    """Write the domain of these interactions as `write` does. Raises ReplayError."""
    exams = hold_out(raw.told, raw.items, liked=asked.liked, fewest=asked.fewest)
    return write(asked, exams, whence=raw.whence, told=told)


def write(asked: Asked, exams: Exams, *, whence: str, told: Mapping[str, Any] = _NOTHING) -> Built:
    """Write the domain to `asked.out`, which appears whole or not at all.

    `whence` the exams are, for messages; `told` goes into the manifest. Raises ReplayError.
    """
    asked.check()
    items, held, left_out = exams.items, exams.held, exams.left_out
    if not held:
        reasons = "; ".join(f"{count}: {reason}" for reason, count in left_out.items())
        raise MalformedData(f"{whence} has nobody to examine ({reasons or 'no rows'})")
    targets = {one.user_id: one.target for one in held if _trains(asked.name, one.user_id)}
    shelf = _shelf(held, items, asked.name)
    people = tuple(_person(one, shelf, seed=asked.seed) for one in held)
    domain = Domain(name=asked.name, items=items, people=people)
    with new_folder(asked.out) as partial:
        write_domain(
            partial,
            domain,
            training_targets=targets,
            item_names={item.item_id: item.item_id for item in items},
            told={"seed": asked.seed, "liked": asked.liked, "left_out": dict(left_out), **told},
        )
    return Built(domain=domain, left_out=dict(left_out))


def _shelf(held: Sequence[HeldOut], items: Sequence[Item], name: str) -> Shelf:
    """Popularity and dates come from what is no answer of the exam."""
    donors = {
        one.user_id: (*one.history, one.target) if _trains(name, one.user_id) else one.history
        for one in held
    }
    return Shelf.of(items, donors)


def _person(one: HeldOut, shelf: Shelf, *, seed: int) -> ReplayPerson:
    return ReplayPerson(
        user_id=one.user_id,
        history=one.history,
        instruction=one.instruction,
        target=one.target.item_id,
        candidates=_listed(Negatives.RANDOM, one, shelf, seed),
        candidates_matched=_listed(Negatives.POPULARITY, one, shelf, seed),
        taken=one.taken,
    )


def _listed(kind: Negatives, one: HeldOut, shelf: Shelf, seed: int) -> tuple[str, ...]:
    """The target among negatives, in an order that a hash decides."""
    target = one.target.item_id
    drawn = draw(kind, target=target, taken=one.taken, shelf=shelf, seed=seed, user_id=one.user_id)

    def lot(item_id: str) -> bytes:
        text = f"order/{seed}/{kind.value}/{one.user_id}/{item_id}"
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()

    return tuple(sorted((target, *drawn), key=lot))


def _trains(name: str, user_id: str) -> bool:
    return half(name, user_id) is Half.TRAIN
