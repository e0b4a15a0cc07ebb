"""What the audit looks at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from credence.memory.model import Item, Vector
from credence.replay.exam.paper import FrozenExam, Paper
from credence.replay.people import Domain, Interaction, ReplayPerson
from credence.replay.runner.folder import FinishedRun
from credence.replay.runner.record import Record


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """An exam, the data that it was drawn from, and a run of it where there is one."""

    domain: Domain
    exam: FrozenExam
    donors: Mapping[str, Sequence[Interaction]]  # what systems may learn from, by person
    run: FinishedRun | None = None
    plain: Mapping[str, Vector] | None = None  # the items' texts; for near lists alone

    @cached_property
    def people(self) -> Mapping[str, ReplayPerson]:
        return {person.user_id: person for person in self.domain.people}

    @cached_property
    def items(self) -> Mapping[str, Item]:
        return {item.item_id: item for item in self.domain.items}

    @cached_property
    def papers(self) -> Mapping[str, Paper]:
        return {paper.user_id: paper for paper in self.exam.papers}

    @property
    def known(self) -> Iterator[tuple[ReplayPerson, Paper]]:
        """The exam's people who are in the data; that all are is the second check's business."""
        for paper in self.exam.papers:
            if paper.user_id in self.people:
                yield self.people[paper.user_id], paper

    @property
    def answers(self) -> Iterator[tuple[str, Paper, Record]]:
        """Every system's answers that were given to a paper of the exam."""
        for system, records in (self.run.records if self.run is not None else {}).items():
            for record in records:
                if record.user_id in self.papers:
                    yield system, self.papers[record.user_id], record
