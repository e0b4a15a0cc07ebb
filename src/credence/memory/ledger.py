"""The ledger: every committed run as a revision, from which any past belief can be rebuilt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from credence.memory.lifecycle.draft import Change, applied
from credence.memory.model import Belief


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One committed run: who, when, why, and the changes in order."""

    number: int
    run_id: str | None
    actor: str
    at: datetime
    reason: str
    watermark: int
    undoes: int | None
    changes: tuple[Change, ...]


def advanced(belief: Belief, revision: Revision) -> Belief:
    """The belief after one more revision."""
    for change in revision.changes:
        belief = applied(belief, change)
    return replace(belief, revision=revision.number, watermark=revision.watermark)


def rebuilt(revisions: Iterable[Revision]) -> Belief:
    """The belief that a run of revisions from the first one leads to."""
    belief = Belief()
    for revision in revisions:
        belief = advanced(belief, revision)
    return belief
