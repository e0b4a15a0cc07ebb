"""What one run of the planner knows, node by node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from credence.memory.lifecycle.bearing import Bearing
from credence.memory.lifecycle.draft import Draft
from credence.memory.model import Belief, Operation, Person, Vector
from credence.memory.planner_run import PlannerRun
from credence.planner.extraction.said import Said
from credence.planner.extraction.witnessed import Witnessed

_READ_EVENTS = frozenset({Operation.EXTRACTION, Operation.REINFORCEMENT, Operation.WEAKENING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The belief and the pending events as they stood when the run began."""

    belief: Belief
    vectors: Mapping[int, Vector]  # chunk id to (D,)
    pending: tuple[Witnessed, ...]
    last_seq: int  # the last event read here; later ones wait for the next run
    head_seq: int  # the last event there is
    shared_to: int = 0  # the last event that has brought something to its item
    # Events consumed before the catalogue had their item, which it has now: the first few to be
    # read once more, the numbers of all, and the (chunk, event) pairs that have evidence already.
    late: tuple[Witnessed, ...] = ()
    late_seqs: tuple[int, ...] = ()
    counted: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What a policy decides by. Counts of what the pending events would do, and of upkeep due."""

    pending: int  # events not yet consumed, or to be read once more
    information: float  # total clarity of what they say
    novel: int  # topics that no chunk covers
    agreeing: int  # findings that agree with a chunk
    contradicting: int  # findings that contradict one
    active: int  # chunks believed
    redundant: int  # pairs of chunks that say the same
    forgettable: int  # chunks that decayed or were refuted
    since_profile: int  # events consumed or pending since the profile was written
    unsupported: int  # sentences of the profile whose chunks are gone
    has_profile: bool
    forced: bool  # somebody asked for this run
    late: int = 0  # of the pending events those consumed before their item was known


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A policy's choice: operations in order, none to skip, and a sentence why."""

    operations: tuple[Operation, ...]
    reason: str

    @property
    def skips(self) -> bool:
        return not self.operations

    @property
    def reads(self) -> bool:
        """Whether events are consumed: only a plan that counts what they say does so."""
        return not _READ_EVENTS.isdisjoint(self.operations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an extractor found, matched to chunks, and the vectors of the topics it named."""

    bearings: tuple[Bearing, ...]
    vectors: Mapping[str, Vector]  # topic to (D,)
    said: Mapping[int, Said]  # event to what its own words praise and blame, believed or not


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything a policy may look at."""

    snapshot: Snapshot
    reading: Reading  # the built-in extractor's, cheap enough for every look
    signals: Signals
    now: datetime


class State(TypedDict, total=False):
    """LangGraph's state: each node adds its part."""

    person: Person
    run_id: str
    lease: str  # the token under which this run may write
    forced: bool
    started_at: datetime
    started: float  # on the timer of the context, seconds
    situation: Situation
    plan: Plan
    remaining: tuple[Operation, ...]
    reading: Reading
    draft: Draft
    run: PlannerRun


Update = dict[str, Any]
