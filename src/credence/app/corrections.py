"""What a person may have put right, as the API and the pages do it: one way, one revision an act.

An act is data, so that it can be told, asked for again on a newer state, and applied.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from credence.app.bootstrap import Application
from credence.app.side_words import takes_side
from credence.memory.errors import (
    RevisionNotFound,
    SaidAlready,
    SidedWords,
    StaleBelief,
    UnknownCategory,
)
from credence.memory.ledger import Revision
from credence.memory.lifecycle import correction
from credence.memory.lifecycle.consolidation import mergeable
from credence.memory.lifecycle.draft import Draft, Rules
from credence.memory.lifecycle.undo import undo
from credence.memory.model import Chunk, Person
from credence.memory.unit_of_work import unit_of_work
from credence.planner.correct import Correction, Undone, correct
from credence.planner.llm.proposed import categories

WAIT = timedelta(seconds=10)  # for a planner run of the same person to end


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who does it and why; with `if_revision` only if the belief is still at that revision."""

    actor: str
    reason: str | None = None
    if_revision: int | None = None


class Act(Protocol):
    """Something to put right about one chunk."""

    @property
    def usual_reason(self) -> str:
        """What the ledger says where nobody gave a reason."""
        ...

    def applied(self, draft: Draft, *, now: datetime, rules: Rules, why: str) -> Draft:
        """The draft after the act. Raises what `memory.lifecycle.correction` does."""
        ...


@dataclass(frozen=True, slots=True)
class Pin:
    """It neither drifts, nor is forgotten or merged away."""

    chunk_id: int

    @property
    def usual_reason(self) -> str:
        return "pinned by hand"

    def applied(self, draft: Draft, *, now: datetime, rules: Rules, why: str) -> Draft:
        return correction.pin(draft, self.chunk_id, now=now, rules=rules, why=why)


@dataclass(frozen=True, slots=True)
class Unpin:
    """It drifts again, unless its strength was set by hand, and may be forgotten."""

    chunk_id: int

    @property
    def usual_reason(self) -> str:
        return "unpinned by hand"

    def applied(self, draft: Draft, *, now: datetime, rules: Rules, why: str) -> Draft:
        return correction.unpin(draft, self.chunk_id, now=now, why=why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """New words, another category, a strength; what is None stays as it is.

    Raises SidedWords for new words that begin with a verb of liking, SaidAlready for words that
    another active chunk has, UnknownCategory for a category that no part of Credence would give.
    """

    chunk_id: int
    text: str | None = None
    category: str | None = None
    strength: float | None = None

    @property
    def usual_reason(self) -> str:
        return "edited by hand"

    def applied(self, draft: Draft, *, now: datetime, rules: Rules, why: str) -> Draft:
        if self.text is not None or self.category is not None:
            chunk = correction.believed(draft, self.chunk_id)
            text = self.text or chunk.text
            if _plain(text) != _plain(chunk.text):
                if takes_side(text):
                    raise SidedWords(text)
                _refuse_twice(draft, chunk, text)
            known = (chunk.category, *categories())
            if self.category is not None and self.category not in known:
                raise UnknownCategory(self.category, categories())
            draft = correction.reword(
                draft, self.chunk_id, text=text, category=self.category, why=why
            )
        if self.strength is not None:
            draft = correction.set_strength(
                draft, self.chunk_id, strength=self.strength, now=now, rules=rules, why=why
            )
        return draft


def _refuse_twice(draft: Draft, chunk: Chunk, text: str) -> None:
    """Two chunks of the same words would be two beliefs about one thing. Raises SaidAlready."""
    for other in draft.belief.active:
        if other.chunk_id != chunk.chunk_id and _plain(other.text) == _plain(text):
            raise SaidAlready(
                chunk.chunk_id, other.chunk_id, other.text, mergeable=mergeable(other, chunk)
            )


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


@dataclass(frozen=True, slots=True)
class Reject:
    """It is wrong: it goes, and what it says is never learnt again."""

    chunk_id: int

    @property
    def usual_reason(self) -> str:
        return "rejected by hand"

    def applied(self, draft: Draft, *, now: datetime, rules: Rules, why: str) -> Draft:
        return correction.reject(draft, self.chunk_id, why=why)


@dataclass(frozen=True, slots=True)
class Forget:
    """It goes, but may be learnt again from new events."""

    chunk_id: int

    @property
    def usual_reason(self) -> str:
        return "forgotten by hand"

    def applied(self, draft: Draft, *, now: datetime, rules: Rules, why: str) -> Draft:
        return correction.forget(draft, self.chunk_id, now=now, why=why)


@dataclass(frozen=True, slots=True)
class Merge:
    """Another chunk takes its evidence over."""

    chunk_id: int
    into: int

    @property
    def usual_reason(self) -> str:
        return f"merged into chunk {self.into} by hand"

    def applied(self, draft: Draft, *, now: datetime, rules: Rules, why: str) -> Draft:
        return correction.merge(draft, self.chunk_id, into=self.into, now=now, rules=rules, why=why)


async def put_right(app: Application, person: Person, act: Act, by: Signature) -> Revision:
    """Carry an act out, while no planner run is at work on the person.

    An act that changes nothing makes no revision: the answer then has no changes. Raises what
    the act does, StaleBelief, UserNotFound, PersonBusy and LeaseLost.
    """
    why, context = by.reason or act.usual_reason, app.worker.context
    return await _revised(
        app,
        person,
        by,
        why,
        lambda d: act.applied(d, now=context.clock(), rules=context.rules, why=why),
    )


async def take_back(app: Application, person: Person, revision: int, by: Signature) -> Revision:
    """Undo a revision, as a revision of its own; its events stay consumed.

    What would bring a belief back beside its opposite, learnt since, is refused.
    Raises RevisionNotFound, UndoConflict, OppositeBelieved, and what `put_right` does.
    """
    async with unit_of_work(app.engine) as uow:
        latest = (await uow.people.get(person)).revision
        found = await uow.beliefs.history(person, after=revision - 1, upto=revision)
        if not found:
            raise RevisionNotFound(revision, latest)
        before = await uow.beliefs.at_revision(person, revision - 1)
    context = app.worker.context
    return await _revised(
        app,
        person,
        by,
        by.reason or f"undo of revision {revision}",
        lambda d: undo(d, revision, found[0].changes, now=context.clock()),
        undone=Undone(revision, before),
    )


async def _revised(
    app: Application,
    person: Person,
    by: Signature,
    why: str,
    change: Correction,
    *,
    undone: Undone | None = None,
) -> Revision:
    def guarded(draft: Draft) -> Draft:
        if by.if_revision not in (None, draft.base.revision):
            raise StaleBelief(by.if_revision, draft.base.revision, field="if_revision")
        return change(draft)

    async with app.worker.leases.holding(person, wait=WAIT) as lease:
        return await correct(
            person,
            guarded,
            actor=by.actor,
            why=why,
            undone=undone,
            lease=lease,
            context=app.worker.context,
        )
