"""What one run of the planner knows, node by node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, TypedDict

from langgraph.channels import UntrackedValue

from credence.memory.lifecycle.bearing import Bearing
from credence.memory.lifecycle.draft import Draft
from credence.memory.model import Belief, Finding, Operation, Person, Sentence, Vector
from credence.memory.planner_run import Asked, PlannerRun
from credence.planner.extraction.said import Said
from credence.planner.extraction.witnessed import Witnessed
from credence.planner.read_whole import READING
from credence.planner.told import Told


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
    author: str | None = None  # where it is not the policy itself
    merges: tuple[tuple[int, int], ...] | None = None  # pairs (keep, drop); None: near-duplicates
    forgets: frozenset[int] | None = None  # of the forgettable; None: all of them
    refutes: tuple[tuple[int, int], ...] = ()  # (stronger, weaker) chunks of opposite meaning
    told: Told | None = None

    @property
    def skips(self) -> bool:
        return not self.operations

    @property
    def reads(self) -> bool:
        """Whether events are consumed: only a plan that counts what they say does so."""
        return not set(READING).isdisjoint(self.operations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an extractor found, matched to chunks, and the vectors of the topics it named."""

    bearings: tuple[Bearing, ...]
    vectors: Mapping[str, Vector]  # topic to (D,)
    said: Mapping[int, Said]  # event to what its own words praise and blame, believed or not


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything a policy may look at. `draft` and `done` are what this run has made so far, and
    `refutes` the contradictions that its plans meant to end, as in `Plan`."""

    snapshot: Snapshot
    reading: Reading  # the built-in extractor's, cheap enough for every look
    signals: Signals
    now: datetime
    draft: Draft | None = None
    done: tuple[Operation, ...] = ()
    refutes: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a run looked at, by numbers: enough to find it again after a restart."""

    started_at: datetime
    base: int  # revision
    last_seq: int
    head_seq: int
    late_seqs: tuple[int, ...]
    first_recorded_at: datetime | None  # of the pending; other than before, it is another person
    without_item: tuple[int, ...]  # events whose item the catalogue lacked when they were read


class State(TypedDict, total=False):
    """LangGraph's state: each node adds its part.

    Checkpoints keep what cannot be had again for nothing: what models answered, and how far the
    run came. The belief is not kept there, nor the words of events; `restored` finds them again.
    """

    person: Person
    run_id: str
    forced: bool
    asked: Asked | None  # where it was forced: by whom
    mark: Mark
    plans: tuple[Plan, ...]
    looks: int  # that the policy may still take
    remaining: tuple[Operation, ...]
    done: tuple[tuple[int, Operation], ...]  # each with the index of its plan
    found: tuple[Finding, ...] | None  # None: as the built-in extractor reads
    written: tuple[tuple[Sentence, ...], ...]  # by each resynthesis
    shaken: bool  # the narrative has a sentence that no longer holds
    mended: bool
    told: tuple[Told, ...]
    run: PlannerRun

    situation: Annotated[Situation, UntrackedValue]
    reading: Annotated[Reading, UntrackedValue]
    draft: Annotated[Draft, UntrackedValue]


Update = dict[str, Any]


def also_told(state: State, told: Told | None) -> Update:
    """A model's part in a step added to the others'; nothing where none was asked.

    What a step adds here was paid for: a run that is kept is kept after such steps.
    """
    return {} if told is None else {"told": (*state.get("told", ()), told)}


def also_noted(state: State, notes: Sequence[str]) -> Update:
    """Notes added to the model's part in the latest plan; nothing without notes or such a part."""
    told, plan = state.get("told", ()), state["plans"][-1]
    if plan.told is None or not notes:
        return {}
    at = max(at for at, one in enumerate(told) if one.role == plan.told.role)
    part = replace(told[at], notes=(*told[at].notes, *notes))
    return {"told": (*told[:at], part, *told[at + 1 :])}
