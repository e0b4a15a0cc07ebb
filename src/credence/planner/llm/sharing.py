"""Several people's events in one question, and each their own part of the answer."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import cast

from credence.planner.llm.answers import ExtractorAnswer, PersonAnswer, SharedAnswer
from credence.planner.llm.asking import (
    Answer,
    AnswerT,
    Asks,
    Call,
    Errand,
    Question,
    Unanswered,
)
from credence.planner.llm.documents import ExtractorDocument, PersonView, SharedDocument
from credence.planner.llm.fence import document, read_document
from credence.planner.llm.instructions import shared_prompt

_MOST_TOKENS = 16_000  # that a shared answer may take
_MOST_SHOWN = 60_000  # characters of what people are shown of in one call
_HURRY = 30.0  # seconds left, below which somebody is asked about alone


@dataclass(slots=True, eq=False)
class _Waiting:
    question: Question[ExtractorAnswer]
    answer: asyncio.Future[Answer[ExtractorAnswer]]


@dataclass(slots=True, kw_only=True)
class SharedExtraction:
    """`Asks` for extractors of which up to `most` people of one tenant share a call.

    Whoever asks first waits `seconds` for company, or as long as there is time to spare; alone
    they are asked about as ever; and whoever would bring an answer or a prompt beyond what one may
    hold begins another call. Ids are each person's own, and each extractor checks its part of the
    answer, which is marked as shared, against its person's events and chunks: a topic in others'
    words is dropped there. What a model that obeys one person's words can still do to another is
    to turn a finding round, or to pick what it is about among words of theirs and topics of the
    lexicon. The ledger of cost has a shared call under nobody's name; each run's account has
    an equal part of it.
    """

    model: Asks
    most: int
    seconds: float
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _waiting: defaultdict[str, list[_Waiting]] = field(default_factory=lambda: defaultdict(list))
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _unanswered: set[_Waiting] = field(default_factory=set)  # whatever group they are in

    async def ask(self, question: Question[AnswerT]) -> Answer[AnswerT]:
        """Raises Unanswered. The form must be the extractor's."""
        assert question.form is ExtractorAnswer, "only extractors share calls"
        mine = _Waiting(
            cast(Question[ExtractorAnswer], question), asyncio.get_running_loop().create_future()
        )
        tenant = question.errand.tenant
        if self._spare(mine) <= 0:
            return await self.model.ask(question)
        self._unanswered.add(mine)
        try:
            self._join(mine, tenant)
            return cast(Answer[AnswerT], await mine.answer)
        finally:
            self._unanswered.discard(mine)

    async def close(self) -> None:
        """Ask nothing more; whoever still waits has no answer."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for one in self._unanswered:
            _refuse(one, Unanswered("nothing more is asked: the application ends"))

    def _join(self, mine: _Waiting, tenant: str) -> None:
        """The group that waits, or another where that one has no room."""
        together = self._waiting[tenant]
        if together and not _fits([*together, mine]):
            self._start(self._put(self._waiting.pop(tenant)))
            together = self._waiting[tenant]
        together.append(mine)
        if len(together) >= self.most:
            del self._waiting[tenant]
            self._start(self._put(together))
        elif len(together) == 1:
            self._start(self._after_a_while(tenant, together))

    @staticmethod
    def _spare(one: _Waiting) -> float:
        """Seconds that are left for company; none where nobody should have to keep up."""
        until = one.question.errand.until
        return inf if until is None else until - asyncio.get_running_loop().time() - _HURRY

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _after_a_while(self, tenant: str, together: list[_Waiting]) -> None:
        await self.sleep(min(self.seconds, self._spare(together[0])))
        if self._waiting.get(tenant) is together:
            del self._waiting[tenant]
            await self._put(together)

    async def _put(self, together: Sequence[_Waiting]) -> None:
        """Ask for those who still wait; everybody gets an answer or is told why not."""
        asking = [one for one in together if not one.answer.done()]
        hurried = [one for one in asking if self._spare(one) <= 0]
        if hurried and len(asking) > 1:
            apart = [[one] for one in hurried] + [[one for one in asking if one not in hurried]]
            await asyncio.gather(*map(self._put, apart))
            return
        if not asking:
            return
        try:
            if len(asking) == 1:
                _settle(asking[0], await self.model.ask(asking[0].question))
                return
            questions = [one.question for one in asking]
            shared = await self.model.ask(_shared(questions))
            self._deal(asking, shared)
        except Unanswered as why:
            for one, calls in zip(asking, _parts(why.calls, len(asking)), strict=True):
                _refuse(one, Unanswered(why.why, calls))
        except BaseException as error:
            for one in asking:
                _refuse(one, Unanswered(f"the shared call went wrong: {type(error).__name__}"))
            raise

    @staticmethod
    def _deal(asking: Sequence[_Waiting], shared: Answer[SharedAnswer]) -> None:
        """Give each their part."""
        said = _by_person(shared.value.people)
        for at, (one, calls) in enumerate(
            zip(asking, _parts(shared.calls, len(asking)), strict=True), 1
        ):
            part = said.get(f"p{at}")
            if part is None:
                _refuse(one, Unanswered("the shared answer left this person out", calls))
            else:
                value = ExtractorAnswer(proposals=part.proposals)
                faults = tuple(one.question.check(value))
                _settle(one, Answer(value=value, faults=faults, calls=calls, shared=True))


def _fits(together: Sequence[_Waiting]) -> bool:
    """Whether one answer can hold what is said of all, and one prompt what is shown."""
    questions = [one.question for one in together]
    return (
        sum(question.most_tokens for question in questions) <= _MOST_TOKENS
        and sum(len(question.data) for question in questions) <= _MOST_SHOWN
    )


def _shared(questions: Sequence[Question[ExtractorAnswer]]) -> Question[SharedAnswer]:
    """One question for all of them, in nobody's name."""
    shown = [ExtractorDocument.model_validate_json(read_document(q.data) or "") for q in questions]
    first = questions[0].errand
    ends = [q.errand.until for q in questions if q.errand.until is not None]
    people = tuple(
        PersonView(id=f"p{at}", events=one.events, chunks=one.chunks)
        for at, one in enumerate(shown, 1)
    )

    def check(answer: SharedAnswer) -> Sequence[str]:
        said = _by_person(answer.people)
        faults = [f"no entry for {one.id}" for one in people if one.id not in said]
        for at, question in enumerate(questions, 1):
            if f"p{at}" in said:
                part = ExtractorAnswer(proposals=said[f"p{at}"].proposals)
                faults += [f"p{at}: {fault}" for fault in question.check(part)]
        return faults

    return Question(
        role=questions[0].role,
        errand=Errand(tenant=first.tenant, until=min(ends, default=None)),
        prompt=shared_prompt(),
        data=document(SharedDocument(people=people, categories=shown[0].categories)),
        form=SharedAnswer,
        most_tokens=sum(q.most_tokens for q in questions),
        check=check,
    )


def _by_person(people: Sequence[PersonAnswer]) -> dict[str, PersonAnswer]:
    """The first entry of each."""
    found: dict[str, PersonAnswer] = {}
    for one in people:
        found.setdefault(one.id, one)
    return found


def _parts(calls: Sequence[Call], people: int) -> list[tuple[Call, ...]]:
    """The calls in equal parts, so that what runs cost adds up to what was paid."""

    def part(call: Call, at: int) -> Call:
        def of(whole: int) -> int:
            return whole // people + (at < whole % people)

        return replace(
            call,
            tokens_in=of(call.tokens_in),
            tokens_out=of(call.tokens_out),
            tokens_cached=of(call.tokens_cached),
            price=None if call.price is None else call.price / people,
        )

    return [tuple(part(call, at) for call in calls) for at in range(people)]


def _settle(one: _Waiting, answer: Answer[ExtractorAnswer]) -> None:
    if not one.answer.done():  # whoever was cancelled waits no longer
        one.answer.set_result(answer)


def _refuse(one: _Waiting, why: Unanswered) -> None:
    if not one.answer.done():
        one.answer.set_exception(why)
