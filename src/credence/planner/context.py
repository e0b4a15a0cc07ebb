"""What one run may reach: built in `app.bootstrap`, faked in tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from credence.memory.glance import Glance
from credence.memory.ledger import Revision
from credence.memory.lifecycle.draft import Rules
from credence.memory.looked import Looked
from credence.memory.model import Belief, Evidence, Person, Vector
from credence.memory.planner_run import PlannerRun
from credence.planner.extraction.extractor import Extractor
from credence.planner.state import Plan, Situation, Snapshot
from credence.planner.synthesis.synthesizer import Synthesizer

Embed: TypeAlias = Callable[[Sequence[str]], Awaitable[NDArray[np.float32]]]
Words: TypeAlias = Callable[[Sequence[str]], NDArray[np.float32]]  # quick enough to be called


class Policy(Protocol):
    """Decides which operations run, in which order, or none."""

    @property
    def name(self) -> str: ...

    @property
    def looks(self) -> int:
        """How often it may be asked in one run: 1, or more for one that looks at what it did."""
        ...

    async def __call__(self, situation: Situation) -> Plan: ...


class Store(Protocol):
    """The planner's window on memory: a run looks once, and writes once at the end, atomically."""

    async def observe(self, person: Person) -> Snapshot:
        """The belief and what is pending. Raises UserNotFound."""
        ...

    async def belief_of(self, person: Person) -> Belief:
        """The belief alone: for a correction. Raises UserNotFound."""
        ...

    async def shared_evidence(
        self, person: Person, *, also: Collection[int] = ()
    ) -> tuple[Evidence, ...]:
        """The evidence of events that count for more than one chunk, and of those in `also`, that
        may yet, without its words: asked for where chunks become one."""
        ...

    async def is_over(self, person: Person, run_id: str) -> bool:
        """Whether this run of the person was written already."""
        ...

    async def commit(
        self,
        person: Person,
        revision: Revision,
        vectors: Mapping[int, Vector],
        run: PlannerRun | None,
        *,
        lease: str,
        looked: Looked | None,
        glance: Glance,
    ) -> None:
        """Write a revision, and the run that made it; the lease ends. No look: a correction.
        `glance` is of the belief that the revision leads to.

        Raises StaleBelief, LeaseLost, UserNotFound; then nothing is written.
        """
        ...

    async def record(self, person: Person, run: PlannerRun, *, lease: str, looked: Looked) -> None:
        """Remember a run that changed nothing; the lease ends. Raises LeaseLost."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Collaborators of a run. `reader` is the built-in extractor, which every look can afford;
    `extractor` is the one whose findings count, often the same."""

    store: Store
    policy: Policy
    reader: Extractor
    extractor: Extractor
    synthesizer: Synthesizer
    embed_phrases: Embed
    words: Words | None  # reads what people wrote for collaborative memory; None: there is none
    rules: Rules
    clock: Callable[[], datetime]
    timer: Callable[[], float]
    roles: Callable[[Person, str], Roles] | None = None  # models' parts in a run, by its id
    lease: str = ""  # the token under which the run in hand may write
    started: float = 0.0  # of the run in hand, on the timer

    def for_run(self, person: Person, run_id: str, *, lease: str) -> Context:
        """The collaborators of one run: with models in the seats that they have."""
        mine = replace(self, lease=lease, started=self.timer())
        if self.roles is None:
            return mine
        taken = self.roles(person, run_id)
        return replace(
            mine,
            policy=taken.policy or self.policy,
            extractor=taken.extractor or self.extractor,
            synthesizer=taken.synthesizer or self.synthesizer,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Whoever takes a seat for one run; None leaves it as it is."""

    policy: Policy | None = None
    extractor: Extractor | None = None
    synthesizer: Synthesizer | None = None
