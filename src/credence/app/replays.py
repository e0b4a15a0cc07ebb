"""Replays that were run, in the form in which the pages show them, and whoever reads them.

The application knows nothing of how a replay is run or written. `credence serve` hands it a reader
of the folder, so that there is one reading of those files, and figures of two runs are compared by
the very code that `credence replay compare` has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

HEADLINES = ("HR@1", "NDCG@5")  # measures that are shown where there is no room for all


class Kind(StrEnum):
    """What a folder holds."""

    STUDY = "study"  # exams that were sat, counted and reported
    RUNS = "runs"  # exams that were sat, not counted yet
    EVOLVING = "evolving"  # people followed step by step
    UNKNOWN = "unknown"


class Audited(StrEnum):
    """How the audit of some runs came out, the worst of them."""

    FAILED = "failed"
    PARTLY = "not of all runs"
    NOTED = "passed with notes"
    PASSED = "passed"
    NEVER = "not made"


@dataclass(frozen=True, slots=True)
class Measured:
    """A mean and its 95% interval."""

    mean: float
    low: float
    high: float

    @property
    def sure(self) -> bool:
        """Whether the interval leaves zero out, which only says something of differences."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemFigures:
    """One system in one exam."""

    system: str
    values: Mapping[str, Measured]  # by measure, those of HEADLINES
    difference: Measured | None  # NDCG@5 less the reference; None for the reference itself
    p_holm: float | None
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamFigures:
    """One exam, its systems the best NDCG@5 first."""

    sha256: str
    domain: str
    condition: str  # kind of lists, with or without instruction
    seed: int | None  # None: figures that do not say it
    people: int
    reference: str
    plumbing_only: bool
    simulated: bool  # its people are made up
    systems: tuple[SystemFigures, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of an exam."""

    name: str
    domain: str
    condition: str
    started_at: datetime | None
    commit: str
    command: str
    people: int
    systems: Mapping[str, int]  # how many people each one has answered
    audit: Audited
    findings: tuple[str, ...]  # of the audit: what failed or was noted

    @property
    def finished(self) -> bool:
        return all(answered >= self.people for answered in self.systems.values())


@dataclass(frozen=True, slots=True)
class Level:
    """Quality in some steps: `first` to `last`, or to the end."""

    first: int
    last: int | None
    people: int
    value: Measured

    @property
    def steps(self) -> str:
        if self.last is None:
            return f"{self.first} on"
        return f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """One system along people's timelines, by one measure."""

    system: str
    overall: Measured | None
    over_time: tuple[Level, ...]
    before: Measured | None  # the change
    after: tuple[Level, ...]
    recovery: str  # steps until it is as good as before, in words; empty without a change
    looks: float | None  # of the planner, a person
    operations: float | None  # a person
    difference: Measured | None  # less the system that never looks
    p_holm: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evolving:
    """A study of people followed step by step."""

    spliced: bool
    plumbing_only: bool
    simulated: bool  # its people are made up
    questions: int
    stride: int
    others: str
    command: str
    by_measure: Mapping[str, tuple[Walked, ...]]
    by_chance: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """One folder. `trouble` says what is missing or damaged in it; the rest is as far as known."""

    name: str
    kind: Kind
    trouble: str = ""
    at: datetime | None = None
    domains: tuple[str, ...] = ()
    people: int = 0
    systems: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()
    audit: Audited = Audited.NEVER
    has_report: bool = False
    exams: tuple[ExamFigures, ...] = ()
    runs: tuple[Run, ...] = ()
    evolving: Evolving | None = None

    @property
    def plumbing_only(self) -> bool:
        walks = self.evolving is not None and self.evolving.plumbing_only
        return walks or any(exam.plumbing_only for exam in self.exams)

    @property
    def simulated(self) -> bool:
        """Whether any of its people are."""
        walks = self.evolving is not None and self.evolving.simulated
        return walks or any(exam.simulated for exam in self.exams)


@dataclass(frozen=True, slots=True)
class Listing:
    """Replays, the latest first, and whether there are more than were read."""

    replays: tuple[Replay, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it was written, and the hashes of the scripts that it names as its own."""

    content: bytes
    script_hashes: tuple[str, ...]  # sha256-…, as a content security policy has them


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One measure on both sides. Without intervals and p where people were not the same."""

    measure: str
    left: Measured
    right: Measured
    difference: Measured | None
    p_holm: float | None

    @property
    def apart(self) -> float:
        return self.left.mean - self.right.mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A system on the left and one on the right, in exams of one domain and condition."""

    left: str
    right: str
    gaps: tuple[Gap, ...]
    better: int | None = None  # people for whom the left one ranked the target higher
    same: int | None = None
    worse: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamBeside:
    """One exam on both sides: the same one, and then paired, or one of the same kind."""

    sha256: str  # of the left one
    domain: str
    condition: str
    seed: int | None  # of the left one, where it is known
    people: tuple[int, int]
    paired: bool
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """Two replays side by side, and what kept some of it from being compared."""

    exams: tuple[ExamBeside, ...]
    troubles: Sequence[str]


class Replays(Protocol):
    """Reads one folder of replays. Every method reads files, so call it in a thread.

    A name is looked for among those listed; none becomes part of a path unseen.
    """

    @property
    def folder(self) -> Path: ...

    def listed(self) -> Listing: ...

    def get(self, name: str) -> Replay | None: ...

    def report(self, name: str) -> Report | None: ...

    def beside(
        self, left: Replay, right: Replay, *, ours: str = "", theirs: str = ""
    ) -> Beside: ...
