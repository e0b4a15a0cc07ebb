"""Explanations by language models in this process, with the models played by the test."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import torch

from credence.app.causal_ranker import CausalRanker
from credence.app.causal_teller import CausalTeller
from credence.app.model_thread import ModelThread
from credence.app.not_explained import NotExplained
from credence.inference.causal.texts import ModelText, TextTrace, Unwanted
from credence.inference.errors import NoAnswer
from credence.planner.llm.fence import CLOSES
from credence.planner.placement import LONGEST_TEXT
from tests.unit.app.test_causal_ranker import Lists, shown
from tests.unit.planner.llm.test_explained import HOSTILE, a_placement

TRACE = TextTrace(experts={"films": 0.75, "books": 0.25}, complement_share=0.4, alpha=0.2)


@dataclass
class Texts:
    """In the place of models: the text, once the gate is open, unless it is to fail."""

    text: str = "You like deserts."
    cut: bool = False
    fails: Exception | None = None
    gate: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    given_up: threading.Event = field(default_factory=threading.Event)
    heard: list[tuple[str, int]] = field(default_factory=list)

    def write(self, asked: str, *, most: int, wanted: Callable[[], bool]) -> ModelText:
        self.heard.append((asked, most))
        self.begun.set()
        while not self.gate.wait(0.005):
            if not wanted():
                self.given_up.set()
                raise Unwanted
        if self.fails is not None:
            raise self.fails
        return ModelText(text=self.text, tokens=9, cut=self.cut, trace=TRACE)


def a_teller(texts: Texts, *, seconds: float = 60) -> CausalTeller:
    return CausalTeller(
        texts=texts,
        thread=ModelThread(),
        name="tiny-explanation-1",
        models=("tiny", "films", "books"),
        most=80,
        seconds=seconds,
    )


@pytest.fixture
def texts() -> Texts:
    made = Texts()
    made.gate.set()
    return made


async def test_the_models_text_is_told_with_how_it_came_about(texts: Texts) -> None:
    made = await a_teller(texts)(a_placement())

    assert (made.text, made.tokens, made.cut) == ("You like deserts.", 9, False)
    assert (made.model, made.models) == ("tiny-explanation-1", ("tiny", "films", "books"))
    assert (made.experts, made.complement_share, made.alpha) == (TRACE.experts, 0.4, 0.2)


@pytest.mark.parametrize(("wanted", "asked"), [(5, 5), (500, 80)])
async def test_no_more_tokens_are_written_than_either_bound_allows(
    texts: Texts, wanted: int, asked: int
) -> None:
    await a_teller(texts).told(a_placement(), most=wanted, seconds=60)

    assert [most for _, most in texts.heard] == [asked]


async def test_the_models_are_asked_with_all_texts_in_the_fence(texts: Texts) -> None:
    await a_teller(texts)(a_placement(HOSTILE))

    ((prompt, _),) = texts.heard
    assert prompt.count(CLOSES) == 2  # one is named in the instruction
    assert prompt.endswith(CLOSES)


async def test_a_text_comes_without_what_hides_in_it(texts: Texts) -> None:
    texts.text = " You\u200b like\u202e\n<b>sand</b>\x07.\N{REPLACEMENT CHARACTER}"

    made = await a_teller(texts)(a_placement())

    assert made.text == "You like <b>sand</b>."


async def test_a_text_of_endless_words_is_cut(texts: Texts) -> None:
    texts.text = "sand " * LONGEST_TEXT

    made = await a_teller(texts)(a_placement())

    assert len(made.text) <= LONGEST_TEXT
    assert made.cut


@pytest.mark.parametrize("text", ["", "  \n", "\u200b\N{REPLACEMENT CHARACTER}"])
async def test_a_text_without_words_is_none(texts: Texts, text: str) -> None:
    texts.text = text

    with pytest.raises(NotExplained, match="before the first word") as refused:
        await a_teller(texts)(a_placement())
    assert refused.value.cause == "failed"


@pytest.mark.parametrize(
    ("fails", "why"),
    [
        (NoAnswer("1 of 1 rows got no usable logits"), "no usable logits"),
        (torch.OutOfMemoryError("words of somebody"), "OutOfMemoryError"),
        (IndexError("words of somebody"), "IndexError"),
    ],
)
async def test_models_that_fail_are_said_to(
    texts: Texts, caplog: pytest.LogCaptureFixture, fails: Exception, why: str
) -> None:
    texts.fails = fails

    with caplog.at_level(logging.WARNING), pytest.raises(NotExplained, match=why) as refused:
        await a_teller(texts)(a_placement())

    assert refused.value.cause == "failed"
    assert why in caplog.text
    assert "words of somebody" not in caplog.text + str(refused.value)


async def test_what_is_late_is_written_no_further() -> None:
    slow = Texts()
    teller = a_teller(slow, seconds=0.05)

    with pytest.raises(NotExplained, match="CREDENCE_CAUSAL_SECONDS") as refused:
        await teller(a_placement())

    assert refused.value.cause == "late"
    assert await asyncio.to_thread(slow.given_up.wait, 60)
    await teller.thread.settled()


async def test_what_nobody_waits_for_any_more_is_written_no_further() -> None:
    slow = Texts()
    teller = a_teller(slow)
    asking = asyncio.create_task(teller(a_placement()))
    assert await asyncio.to_thread(slow.begun.wait, 60)

    asking.cancel()

    assert await asyncio.to_thread(slow.given_up.wait, 60)
    await teller.thread.settled()


async def test_lists_and_texts_of_the_same_models_wait_for_each_other() -> None:
    slow, lists = Texts(), Lists()
    lists.gate.set()
    teller = a_teller(slow)
    ranker = CausalRanker(lists, name="n", most=20, seconds=60, rise=None, teller=teller)
    waiting = [asyncio.create_task(teller(a_placement()))]
    waiting += [asyncio.create_task(teller(a_placement())) for _ in range(7)]
    await asyncio.sleep(0)

    late = await ranker(shown())
    with pytest.raises(NotExplained) as refused:
        await teller(a_placement())
    slow.gate.set()
    in_time = await asyncio.gather(*waiting)

    assert late.fallback == "the language models have 8 others before this one"
    assert refused.value.cause == "busy"
    assert [made.text for made in in_time] == [slow.text] * 8
    assert (await ranker(shown())).fallback is None
    ranker.close()
