"""One person's questions to a model: logged, counted, and none of them paid for twice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from credence.planner.llm.asking import (
    TOO_LONG,
    Answer,
    AnswerT,
    Asks,
    Errand,
    Outcome,
    Question,
    Role,
    Unanswered,
)
from credence.planner.llm.fence import read_document
from credence.replay.asking.journal import Journal, Kept, key_of
from credence.replay.errors import ReplayError

ERRAND = Errand(tenant="replay")  # for the ledger: of nobody, as recorded people are no users
# Of the server or the account, not of an answer. A server that hangs is one, and so is a refused
# request: a key that was revoked refuses everybody, and what is not answered is kept for good.
_OUTAGES = frozenset({Outcome.FAILED, Outcome.LATE, Outcome.LIMITED, Outcome.REJECTED})
_PASSING = _OUTAGES - {Outcome.REJECTED}  # what may be over in a moment
_LISTS = ("recent", "events", "chunks")  # in a document: what is known of a person
_TEXTS = ("profile", "summary", "interest", "event", "took")


class ModelsAway(ReplayError):
    """A language model's server gives no answers, so that going on would measure nothing."""

    fix = "see to the server and the limits, then run again: it goes on where it stopped"


@dataclass(frozen=True, slots=True)
class Desk:
    """The models of a run and the journal of one system's questions."""

    models: Mapping[Role, Asks]
    journal: Journal

    def interview(self, user_id: str, *, stood_in: bool = False) -> Interview:
        return Interview(self, user_id, stood_in=stood_in)


@dataclass(slots=True)
class Interview:
    """`planner.llm.asking.Asks` on behalf of one person.

    The same questions in the same order get the answers that the journal has, with what they cost.
    Raises ModelsAway where the server or a limit is the cause; other questions without an answer
    are the system's failures, and are not asked again either. Where built-in parts stand in for a
    model they do so too when its server fails once; that alone is not kept.
    """

    desk: Desk
    user_id: str
    stood_in: bool = False
    spent: list[Kept] = field(default_factory=list)

    async def ask(self, question: Question[AnswerT]) -> Answer[AnswerT]:
        """Without a deadline of the question's own: answers must not depend on the load."""
        key = key_of(question, user_id=self.user_id, number=len(self.spent))
        kept = self.desk.journal.kept(key)
        if kept is None:
            kept = await self._asked(question)
            self.desk.journal.keep(
                key,
                kept,
                user_id=self.user_id,
                memory=shown_in(question.data),
                prompt=f"{question.prompt.text}\n\n{question.data}",
            )
        self.spent.append(kept)
        if kept.answer is None:
            raise Unanswered(kept.why, kept.each)
        value = question.form.model_validate(kept.answer)
        return Answer(value=value, faults=tuple(question.check(value)), calls=kept.each)

    async def _asked(self, question: Question[AnswerT]) -> Kept:
        try:
            answer = await self.desk.models[question.role].ask(replace(question, errand=ERRAND))
        except Unanswered as failure:
            last = failure.calls[-1].outcome if failure.calls else None
            if self.stood_in and last in _PASSING:
                raise
            if failure.why != TOO_LONG and (last is None or last in _OUTAGES):
                raise ModelsAway(f"no answer of the {question.role}: {failure.why}") from failure
            return Kept.of(None, failure.calls, failure.why)
        return Kept.of(answer.value.model_dump(mode="json"), answer.calls)


def shown_in(data: str) -> int:
    """How many entries about a person a document shows: events, beliefs, texts about them."""
    found = json.loads(read_document(data) or "{}")
    listed = sum(len(found.get(name, ())) for name in _LISTS)
    return listed + sum(bool(found.get(name)) for name in _TEXTS)
