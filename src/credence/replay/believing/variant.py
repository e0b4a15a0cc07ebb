"""What a system called `credence:...` is made of: a policy, a ranker, and what is left out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from credence.memory.model import Operation
from credence.planner.llm.asking import Role
from credence.replay.errors import ReplayError

NAME = "credence"
PARTS = (  # of what a ranker sees
    *("chunks", "events", "others", "instruction"),
    *("others-words", "others-company", "others-order", "others-people", "others-liking"),
)
RANKERS = ("routed", "routed-PART", "semantic", "semantic-same-domains")  # see `replay.routed`
_RANKER = re.compile(r"routed(-.+)?|semantic(-same-domains)?")
_POLICY = re.compile(r"adaptive|never|fixed-[1-9]\d*")
_WITHOUT = "no-"
_SEATS = {  # that a language model takes
    "llm": frozenset(Role),
    "llm-policy": frozenset({Role.PLANNER}),
    "llm-ranker": frozenset({Role.RANKER}),
}
_IN_PROCESS = "causal"
_FOUND = "found"

HOW_TO_NAME = (
    f"{NAME}, with parts after colons: a policy (adaptive, never, fixed-K), a ranker "
    f"({', '.join(RANKERS)}; PART is expert-NAME, average, complement, selection or fusion, and "
    "where a reward model steers also reward or alpha-X), seats of a language model (llm-policy, "
    "llm-ranker over the local one, llm for all), language models of this process over the local "
    f"ranker ({_IN_PROCESS}), {_FOUND} where it is to find its candidates itself (in exams of the "
    "whole catalogue), and what is left out: no-X with X one of "
    f"{', '.join([*(operation.value for operation in Operation), *PARTS])}"
)


class UnknownVariant(ReplayError):
    """A name of a system of Credence that says something unknown, or one thing twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One composition of Credence."""

    policy: str = "adaptive"
    ranker: str = "routed"  # one of `RANKERS`
    skipped: frozenset[Operation] = frozenset()  # never run by the planner
    hidden: frozenset[str] = frozenset()  # of `PARTS`, from the ranker
    roles: frozenset[Role] = frozenset()  # that a language model behind a server plays
    causal: bool = False  # language models of the process have the last word
    found: bool = False  # candidates are not named: it finds them itself

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
    rankers = [part for part in parts if _RANKER.fullmatch(part)]
    seats = [part for part in parts if part in _SEATS]
    without = [part.removeprefix(_WITHOUT) for part in parts if part.startswith(_WITHOUT)]
    operations = {o.value: o for o in Operation}
    causal = _IN_PROCESS in parts
    known = {*policies, *rankers, *seats, _IN_PROCESS, _FOUND}
    if _FOUND in parts and any(part in PARTS for part in without):
        raise UnknownVariant(
            f"{name!r} would find by what its ranker is not shown: {_FOUND} goes with all of it"
        )
    unknown = [
        *(p for p in parts if p not in known and not p.startswith(_WITHOUT)),
        *(w for w in without if w not in {*PARTS, *operations}),
    ]
    twice = (
        len(set(parts)) < len(parts)
        or max(len(policies) + ("llm-policy" in seats), len(rankers)) > 1
        or ("llm" in seats and len(seats) > 1)
        or (causal and "llm-ranker" in seats)
    )
    if unknown or twice:
        wrong = f"does not know {unknown[0]!r}" if unknown else "says one thing twice"
        raise UnknownVariant(f"{name!r} {wrong}; write {HOW_TO_NAME}")
    return Variant(
        policy=policies[0] if policies else "adaptive",
        ranker=rankers[0] if rankers else "routed",
        skipped=frozenset(operations[w] for w in without if w in operations),
        hidden=frozenset(w for w in without if w in PARTS),
        roles=_roles(seats, policies) - ({Role.RANKER} if causal else set()),
        causal=causal,
        found=_FOUND in parts,
    )


def _roles(seats: list[str], policies: list[str]) -> frozenset[Role]:
    """A policy that is named keeps the planner's seat, as in the application."""
    taken = frozenset[Role]().union(*(_SEATS[seat] for seat in seats))
    return taken - {Role.PLANNER} if policies not in ([], ["adaptive"]) else taken
