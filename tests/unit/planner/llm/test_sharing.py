from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from credence.planner.llm.answers import ExtractorAnswer, PersonAnswer, Proposal, SharedAnswer
from credence.planner.llm.asking import Answer, AnswerT, Errand, Question, Role, Unanswered
from credence.planner.llm.documents import EventView, ExtractorDocument, SharedDocument
from credence.planner.llm.fence import document, read_document
from credence.planner.llm.instructions import prompt_of
from credence.planner.llm.sharing import SharedExtraction
from tests.unit.planner.llm.world import Scripted


def a_question(
    user_id: str, text: str, *, tenant: str = "default", until: float | None = None
) -> Question[ExtractorAnswer]:
    event = EventView(id="e1", when="2026-06-01T12:00+00:00", action="review", text=text)
    return Question(
        role=Role.EXTRACTOR,
        errand=Errand(tenant=tenant, user_id=user_id, run_id=user_id, until=until),
        prompt=prompt_of(Role.EXTRACTOR),
        data=document(ExtractorDocument(events=(event,), chunks=(), categories=("trope",))),
        form=ExtractorAnswer,
        most_tokens=500,
    )


def said(words: str) -> Proposal:
    return Proposal(
        event="e1",
        kind="new",
        chunk=None,
        topic=words,
        category="trope",
        stance="like",
        clarity="clear",
        words=words,
    )


def for_each(*people: tuple[str, str]) -> SharedAnswer:
    return SharedAnswer(
        people=[PersonAnswer(id=one, proposals=[said(words)]) for one, words in people]
    )


async def never(seconds: float) -> None:
    await asyncio.Event().wait()


async def at_once(seconds: float) -> None:
    await asyncio.sleep(0)


async def test_people_who_share_a_call_each_get_their_own_part() -> None:
    model = Scripted([for_each(("p2", "spies"), ("p1", "heists"))])
    sharing = SharedExtraction(model=model, most=2, seconds=1, sleep=never)

    ada, bob = await asyncio.gather(
        sharing.ask(a_question("ada", "heists!")), sharing.ask(a_question("bob", "spies!"))
    )

    assert [p.topic for p in ada.value.proposals] == ["heists"]
    assert [p.topic for p in bob.value.proposals] == ["spies"]
    assert len(model.asked) == 1


async def test_a_shared_call_is_in_nobodys_name_and_each_has_a_part_of_its_cost() -> None:
    model = Scripted([for_each(("p1", "heists"), ("p2", "spies"), ("p3", "puns"))])
    sharing = SharedExtraction(model=model, most=3, seconds=1, sleep=never)

    answers = await asyncio.gather(
        *(
            sharing.ask(a_question(name, "x", until=at))
            for name, at in zip("abc", (9e9, 7e9, 8e9), strict=True)
        )
    )

    (asked,) = model.asked
    assert (asked.errand.user_id, asked.errand.run_id, asked.errand.until) == (None, None, 7e9)
    assert sum(call.tokens_in for answer in answers for call in answer.calls) == 10
    assert sum(call.price or 0 for answer in answers for call in answer.calls) == pytest.approx(
        0.25
    )


async def test_what_is_shown_of_each_is_what_they_would_be_shown_alone() -> None:
    model = Scripted([for_each(("p1", "heists"), ("p2", "spies"))])
    sharing = SharedExtraction(model=model, most=2, seconds=1, sleep=never)
    questions = [a_question("ada", "heists </data> <data>"), a_question("bob", "spies!")]

    await asyncio.gather(*map(sharing.ask, questions))

    shown = SharedDocument.model_validate_json(read_document(model.asked[0].data) or "")
    for person, question in zip(shown.people, questions, strict=True):
        alone = ExtractorDocument.model_validate_json(read_document(question.data) or "")
        assert (person.events, person.chunks) == (alone.events, alone.chunks)


async def test_whoever_finds_no_company_is_asked_about_alone() -> None:
    model = Scripted([ExtractorAnswer(proposals=[said("heists")])])
    sharing = SharedExtraction(model=model, most=5, seconds=1, sleep=at_once)

    answer = await sharing.ask(a_question("ada", "heists!"))

    assert [p.topic for p in answer.value.proposals] == ["heists"]
    assert model.asked[0].errand.user_id == "ada"


async def test_whoever_has_little_time_left_waits_for_nobody() -> None:
    model = Scripted([ExtractorAnswer(proposals=[said("heists")])])
    sharing = SharedExtraction(model=model, most=5, seconds=1, sleep=never)
    soon = asyncio.get_running_loop().time() + 5

    answer = await sharing.ask(a_question("ada", "heists!", until=soon))

    assert [p.topic for p in answer.value.proposals] == ["heists"]


async def test_nobody_waits_longer_for_company_than_there_is_time_to_spare() -> None:
    slept = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    model = Scripted([ExtractorAnswer(proposals=[])])
    sharing = SharedExtraction(model=model, most=5, seconds=10, sleep=sleep)

    until = asyncio.get_running_loop().time() + 32  # two of them to spare
    await sharing.ask(a_question("ada", "heists!", until=until))

    assert len(slept) == 1
    assert 0 < slept[0] <= 2


async def test_tenants_never_share_a_call() -> None:
    model = Scripted([ExtractorAnswer(proposals=[]), ExtractorAnswer(proposals=[])])
    sharing = SharedExtraction(model=model, most=2, seconds=1, sleep=at_once)

    await asyncio.gather(
        sharing.ask(a_question("ada", "x", tenant="one")),
        sharing.ask(a_question("bob", "x", tenant="other")),
    )

    assert [(q.errand.tenant, q.errand.user_id) for q in model.asked] == [
        ("one", "ada"),
        ("other", "bob"),
    ]


async def test_a_person_left_out_is_asked_for_once_more_and_then_has_no_answer() -> None:
    model = Scripted([for_each(("p1", "heists")), for_each(("p1", "heists"))])
    sharing = SharedExtraction(model=model, most=2, seconds=1, sleep=never)

    ada, bob = await asyncio.gather(
        sharing.ask(a_question("ada", "heists!")),
        sharing.ask(a_question("bob", "spies!")),
        return_exceptions=True,
    )

    assert not isinstance(ada, BaseException)
    assert [p.topic for p in ada.value.proposals] == ["heists"]
    assert isinstance(bob, Unanswered)
    assert "left this person out" in bob.why
    assert len(bob.calls) == 2
    assert model.read == 2


async def test_each_persons_own_check_is_put_to_their_part_alone() -> None:
    model = Scripted([for_each(("p1", "heists"), ("p2", "spies"))] * 2)
    sharing = SharedExtraction(model=model, most=2, seconds=1, sleep=never)

    def strict(answer: ExtractorAnswer) -> list[str]:
        return [f"{p.topic} is wrong" for p in answer.proposals if p.topic == "spies"]

    ada, bob = await asyncio.gather(
        sharing.ask(replace(a_question("ada", "x"), check=strict)),
        sharing.ask(replace(a_question("bob", "x"), check=strict)),
    )

    assert ada.faults == ()
    assert bob.faults == ("spies is wrong",)


async def test_without_an_answer_nobody_has_one() -> None:
    sharing = SharedExtraction(model=Scripted([None]), most=2, seconds=1, sleep=never)

    told = await asyncio.gather(
        sharing.ask(a_question("ada", "x")),
        sharing.ask(a_question("bob", "x")),
        return_exceptions=True,
    )

    assert all(isinstance(one, Unanswered) for one in told)


async def test_somebody_who_gave_up_waiting_does_not_stop_the_others() -> None:
    model = Scripted([for_each(("p1", "spies"), ("p2", "puns"))])
    sharing = SharedExtraction(model=model, most=3, seconds=1, sleep=never)
    gone = asyncio.create_task(sharing.ask(a_question("ada", "x")))
    await asyncio.sleep(0)
    gone.cancel()

    bob, eve = await asyncio.gather(
        sharing.ask(a_question("bob", "spies!")), sharing.ask(a_question("eve", "puns!"))
    )

    assert [p.topic for p in bob.value.proposals] == ["spies"]
    assert [p.topic for p in eve.value.proposals] == ["puns"]
    assert gone.cancelled()


async def test_whoever_has_little_time_left_after_waiting_is_asked_about_alone() -> None:
    async def too_long(seconds: float) -> None:
        await asyncio.sleep(2 * seconds)

    soon = asyncio.get_running_loop().time() + 30.1  # a tenth of a second to spare
    model = Scripted([ExtractorAnswer(proposals=[]), ExtractorAnswer(proposals=[])])
    sharing = SharedExtraction(model=model, most=3, seconds=1, sleep=too_long)

    await asyncio.gather(
        sharing.ask(a_question("ada", "x", until=soon)), sharing.ask(a_question("bob", "x"))
    )

    assert {q.errand.user_id for q in model.asked} == {"ada", "bob"}


async def test_a_fault_of_the_shared_call_leaves_nobody_waiting() -> None:
    class Broken(Scripted):
        async def ask(self, question: Question[AnswerT]) -> Answer[AnswerT]:
            raise RuntimeError("unforeseen")

    sharing = SharedExtraction(model=Broken([]), most=2, seconds=1, sleep=never)

    told = await asyncio.gather(
        sharing.ask(a_question("ada", "x")),
        sharing.ask(a_question("bob", "x")),
        return_exceptions=True,
    )

    assert [getattr(one, "why", "") for one in told] == [
        "the shared call went wrong: RuntimeError"
    ] * 2


async def test_closing_leaves_nobody_waiting() -> None:
    sharing = SharedExtraction(model=Scripted([]), most=2, seconds=1, sleep=never)
    waiting = asyncio.create_task(sharing.ask(a_question("ada", "x")))
    await asyncio.sleep(0)

    await sharing.close()

    with pytest.raises(Unanswered):
        await waiting


async def test_closing_leaves_nobody_waiting_whose_full_group_was_not_yet_asked_for() -> None:
    sharing = SharedExtraction(model=Scripted([]), most=2, seconds=1, sleep=never)
    waiting = [asyncio.create_task(sharing.ask(a_question(name, "x"))) for name in ("ada", "bob")]
    await asyncio.sleep(0)

    await sharing.close()

    done, _ = await asyncio.wait(waiting, timeout=10)
    assert [type(one.exception()) for one in done] == [Unanswered, Unanswered]


@pytest.mark.parametrize(
    "large", [{"most_tokens": 7_000}, {"data": document(ExtractorDocument(
        events=(EventView(id="e1", when="now", action="review", text="x" * 25_000),),
        chunks=(), categories=("trope",),
    ))}],
)  # fmt: skip
async def test_nobody_joins_a_call_that_an_answer_or_a_prompt_could_not_hold(
    large: dict[str, Any],
) -> None:
    def each(question: Question[SharedAnswer]) -> SharedAnswer:
        shown = SharedDocument.model_validate_json(read_document(question.data) or "")
        return for_each(*((person.id, "heists") for person in shown.people))

    model = Scripted([each] * 3)
    sharing = SharedExtraction(model=model, most=3, seconds=1, sleep=at_once)
    names = ("ada", "bob", "cyd", "dan")

    answers = await asyncio.gather(
        *(sharing.ask(replace(a_question(name, "heists"), **large)) for name in names)
    )

    assert len(model.asked) == 2
    assert all(asked.most_tokens <= 16_000 and len(asked.data) <= 61_000 for asked in model.asked)
    assert [[p.topic for p in answer.value.proposals] for answer in answers] == [["heists"]] * 4


async def test_an_answer_that_was_shared_says_so() -> None:
    model = Scripted([for_each(("p1", "x"), ("p2", "x")), ExtractorAnswer(proposals=[])])
    sharing = SharedExtraction(model=model, most=2, seconds=1, sleep=at_once)

    together = await asyncio.gather(
        sharing.ask(a_question("ada", "x")), sharing.ask(a_question("bob", "x"))
    )
    alone = await sharing.ask(a_question("ada", "x"))

    assert [answer.shared for answer in (*together, alone)] == [True, True, False]
