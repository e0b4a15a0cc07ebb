"""What a system called `credence:...` is made of: a policy, a ranker, and what is left out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

from credence.memory.model import Operation
from credence.planner.llm.asking import Role
from credence.replay.errors import ReplayError

NAME = "credence"
PARTS = ("chunks", "events", "others", "instruction")  # of what a ranker sees
RANKERS = ("routed", "semantic")
_POLICY = re.compile(r"adaptive|never|fixed-[1-9]\d*")
_WITHOUT = "no-"
_SEATS = {  # that a language model takes
    "llm": frozenset(Role),
    "llm-policy": frozenset({Role.PLANNER}),
    "llm-ranker": frozenset({Role.RANKER}),
}

HOW_TO_NAME = (
    f"{NAME}, with parts after colons: a policy (adaptive, never, fixed-K), a ranker "
    f"({', '.join(RANKERS)}), seats of a language model (llm-policy, llm-ranker over the local "
    "one, llm for all), and what is left out: no-X with X one of "
    f"{', '.join([*(operation.value for operation in Operation), *PARTS])}"
)


class UnknownVariant(ReplayError):
    """A name of a system of Credence that says something unknown, or one thing twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One composition of Credence."""

    policy: str = "adaptive"
    ranker: Literal["routed", "semantic"] = "routed"
    skipped: frozenset[Operation] = frozenset()  # never run by the planner
    hidden: frozenset[str] = frozenset()  # of `PARTS`, from the ranker
    roles: frozenset[Role] = frozenset()  # that a language model plays

    @property
    def memory(self) -> str:
        """What its belief depends on: variants that agree in it can share one."""
        without = (f"{_WITHOUT}{operation.value}" for operation in sorted(self.skipped))
        seats = (f"llm-{role.value}" for role in sorted(self.remembering))
        return ":".join([self.policy, *without, *seats])

    @property
    def remembering(self) -> frozenset[Role]:
        """The seats of a language model in the making of its belief."""
        return self.roles - {Role.RANKER}

    def look_every(self, check_after: int) -> int:
        """Events between looks of the planner: as the application is set, or a fixed policy's own.

        However far apart they lie; as it serves it would not let an event wait for the others.
        """
        if self.policy.startswith("fixed-"):
            return int(self.policy.removeprefix("fixed-"))
        return check_after


def variant(name: str) -> Variant:
    """The composition that a name says. Raises UnknownVariant."""
    first, *parts = name.split(":")
    if first != NAME:
        raise UnknownVariant(f"{name!r} is no system of Credence; write {HOW_TO_NAME}")
    policies = [part for part in parts if _POLICY.fullmatch(part)]
    rankers = [part for part in parts if part in RANKERS]
    seats = [part for part in parts if part in _SEATS]
    without = [part.removeprefix(_WITHOUT) for part in parts if part.startswith(_WITHOUT)]
    operations = {o.value: o for o in Operation}
    known = {*policies, *rankers, *seats}
    unknown = [
        *(p for p in parts if p not in known and not p.startswith(_WITHOUT)),
        *(w for w in without if w not in {*PARTS, *operations}),
    ]
    twice = (
        len(set(parts)) < len(parts)
        or max(len(policies) + ("llm-policy" in seats), len(rankers)) > 1
        or ("llm" in seats and len(seats) > 1)
    )
    if unknown or twice:
        wrong = f"does not know {unknown[0]!r}" if unknown else "says one thing twice"
        raise UnknownVariant(f"{name!r} {wrong}; write {HOW_TO_NAME}")
    return Variant(
        policy=policies[0] if policies else "adaptive",
        ranker=cast(Literal["routed", "semantic"], rankers[0] if rankers else "routed"),
        skipped=frozenset(operations[w] for w in without if w in operations),
        hidden=frozenset(w for w in without if w in PARTS),
        roles=_roles(seats, policies),
    )


def _roles(seats: list[str], policies: list[str]) -> frozenset[Role]:
    """A policy that is named keeps the planner's seat, as in the application."""
    taken = frozenset[Role]().union(*(_SEATS[seat] for seat in seats))
    return taken - {Role.PLANNER} if policies not in ([], ["adaptive"]) else taken
