from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from credence.planner.llm.answers import RankerAnswer
from credence.planner.llm.asking import Call, Outcome, Prompt, Question, Role, Unanswered
from credence.planner.llm.documents import RankerDocument
from credence.planner.llm.fence import document
from credence.replay.asking.interview import ERRAND, ModelsAway
from credence.replay.asking.journal import Kept
from credence.replay.asking.spent import Spent
from credence.replay.errors import MalformedData
from tests.unit.replay.asking.scripted import ORDER, Scripted, a_desk, saying

LOG = Path("prompts") / "system.jsonl"


def a_question(profile: str = "") -> Question[RankerAnswer]:
    return Question(
        role=Role.RANKER,
        errand=ERRAND,
        prompt=Prompt(version="toy-1", text="Order these."),
        data=document(RankerDocument(profile=profile, recent=(), candidates=())),
        form=RankerAnswer,
        most_tokens=10,
    )


async def ask(model: Scripted, folder: Path, *questions: Question[RankerAnswer]) -> list[str]:
    """The first labels answered, in an interview of its own around what the folder keeps."""
    with a_desk(model, folder) as desk:
        interview = desk.interview("anna")
        return [(await interview.ask(question)).value.order[0] for question in questions]


async def test_what_was_answered_before_is_not_asked_again(tmp_path: Path) -> None:
    first, second = saying({}), saying({})

    before = await ask(first, tmp_path, a_question(), a_question("likes heists"))
    after = await ask(second, tmp_path, a_question(), a_question("likes heists"), a_question("new"))

    assert (before, after) == (["C", "C"], ["C", "C", "C"])
    assert len(first.asked) == 2
    assert [question.data for question in second.asked] == [a_question("new").data]


async def test_what_an_answer_cost_is_remembered_with_it(tmp_path: Path) -> None:
    await ask(saying({}), tmp_path, a_question())

    with a_desk(saying({}), tmp_path) as desk:
        interview = desk.interview("anna")
        await interview.ask(a_question())

    [kept] = interview.spent
    assert (kept.calls, kept.tokens_in, kept.tokens_out, kept.cost) == (1, 10, 2, 0.25)


async def test_calls_without_a_price_are_counted_and_remembered(tmp_path: Path) -> None:
    call = Call(
        role=Role.RANKER,
        model="m",
        prompt="toy-1",
        outcome=Outcome.ANSWERED,
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        latency_ms=1.0,
        tokens_in=5,
    )
    kept = Kept.of({}, (replace(call, price=0.25), call, replace(call, price=0.0)))
    row = kept.row()
    older = {name: value for name, value in row.items() if name != "unpriced"}

    assert (kept.cost, kept.unpriced) == (0.25, 1)
    assert Kept.of_row(row) == Kept.of_row(older) == kept
    without_calls = older | {"each": ()}
    assert Kept.of_row(without_calls).unpriced == 0
    assert Kept.of_row(without_calls | {"cost": 0.0}).unpriced == 3
    assert Spent.on_answers([kept]).price is None
    assert Spent.on_answers([replace(kept, unpriced=0)]).price == 0.25


async def test_every_call_of_an_answer_is_remembered_with_it(tmp_path: Path) -> None:
    told = []
    for _ in range(2):
        with a_desk(saying({}), tmp_path) as desk:
            told.append(await desk.interview("anna").ask(a_question()))

    assert told[0] == told[1]
    assert [(call.tokens_in, call.price) for call in told[1].calls] == [(10, 0.25)]


async def test_an_answer_of_a_version_that_kept_no_calls_is_remembered(tmp_path: Path) -> None:
    await ask(saying({}), tmp_path, a_question())
    row = json.loads((tmp_path / LOG).read_text(encoding="utf-8"))
    del row["each"], row["unpriced"]
    (tmp_path / LOG).write_text(json.dumps(row) + "\n", encoding="utf-8")

    with a_desk(saying({}), tmp_path) as desk:
        interview = desk.interview("anna")
        answer = await interview.ask(a_question())

    assert answer.calls == ()
    assert interview.spent[0].tokens_in == 10


async def test_other_people_are_asked_for_themselves(tmp_path: Path) -> None:
    model = saying({})
    with a_desk(model, tmp_path) as desk:
        for user_id in ("anna", "ben", "anna"):
            await desk.interview(user_id).ask(a_question())

    assert len(model.asked) == 2


@pytest.mark.parametrize("outcome", [Outcome.MALFORMED, Outcome.REFUSED])
async def test_no_usable_answer_is_remembered_too_and_not_asked_for_again(
    outcome: Outcome, tmp_path: Path
) -> None:
    model = saying({RankerAnswer: outcome})

    for _ in range(2):
        with pytest.raises(Unanswered, match=outcome.value):
            await ask(model, tmp_path, a_question())

    assert len(model.asked) == 1


@pytest.mark.parametrize(
    "outcome", [Outcome.FAILED, Outcome.LATE, Outcome.LIMITED, Outcome.REJECTED]
)
async def test_a_server_that_is_away_ends_the_run_and_leaves_the_question_open(
    outcome: Outcome, tmp_path: Path
) -> None:
    with pytest.raises(ModelsAway, match=outcome.value):
        await ask(saying({RankerAnswer: outcome}), tmp_path, a_question())

    assert await ask(saying({}), tmp_path, a_question()) == ["C"]


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.LATE, Outcome.LIMITED])
async def test_who_is_stood_in_for_goes_on_and_the_question_stays_open(
    outcome: Outcome, tmp_path: Path
) -> None:
    with a_desk(saying({RankerAnswer: outcome}), tmp_path) as desk:
        with pytest.raises(Unanswered, match=outcome.value) as failed:
            await desk.interview("anna", stood_in=True).ask(a_question())
        assert failed.value.calls

    assert await ask(saying({}), tmp_path, a_question()) == ["C"]


async def test_nobody_stands_in_for_a_model_that_takes_no_key(tmp_path: Path) -> None:
    with (
        a_desk(saying({RankerAnswer: Outcome.REJECTED}), tmp_path) as desk,
        pytest.raises(ModelsAway, match="rejected"),
    ):
        await desk.interview("anna", stood_in=True).ask(a_question())


async def test_a_line_torn_by_a_kill_is_given_up_and_its_question_asked_again(
    tmp_path: Path,
) -> None:
    await ask(saying({}), tmp_path, a_question(), a_question("likes heists"))
    whole = (tmp_path / LOG).read_bytes()
    (tmp_path / LOG).write_bytes(whole[:-20])
    again = saying({})

    await ask(again, tmp_path, a_question(), a_question("likes heists"))

    assert len(again.asked) == 1
    assert (tmp_path / LOG).read_bytes() == whole


async def test_the_log_says_who_was_asked_what_and_how_much_was_shown_of_them(
    tmp_path: Path,
) -> None:
    await ask(saying({}), tmp_path, a_question(), a_question("likes heists"))

    rows = [json.loads(line) for line in (tmp_path / LOG).read_text().splitlines()]
    assert [(row["user_id"], row["memory"]) for row in rows] == [("anna", 0), ("anna", 1)]
    assert all(row["prompt"].startswith("Order these.\n\n<data>") for row in rows)
    assert rows[0]["answer"] == ORDER.model_dump()


async def test_a_log_of_another_form_is_refused_by_line(tmp_path: Path) -> None:
    (tmp_path / LOG).parent.mkdir()
    (tmp_path / LOG).write_text('{"user_id": "anna"}\n')

    with pytest.raises(MalformedData, match=r"system\.jsonl, line 1"):
        await ask(saying({}), tmp_path, a_question())
