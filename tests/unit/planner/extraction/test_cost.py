"""What reading one event may cost, however its text is made."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from types import FrameType

import pytest

from credence.memory.model import Belief
from credence.planner.extraction.clauses import MOST, READ, clauses
from credence.planner.extraction.extractor import BuiltInExtractor
from credence.planner.extraction.labels import labelled
from credence.planner.extraction.witnessed import Witnessed
from tests.unit.planner.extraction.events import an_event, an_item, embed_by_hash

LONGEST = 20_000  # characters
MOST_CALLS = 100_000  # a review of 450 characters takes about 8,000
HOSTILE = {
    "one word": "word ",
    "no spaces": "x",
    "punctuation": "!?.,;:",
    "quotes": '"',
    "apostrophes": "'a'",
    "concessions without end": "while ",
    "concessions with a comma": "while a, ",
    "dashes": " -- ",
    "topics alone": "gore ",
    "topics in clauses": "I love gore. ",
    "denials": "not not not gore ",
    "wishes": "wish more gore ",
    "judgements": "good ",
    "long words": "z" * 500 + " gore wish ",
    "symbols": "\U0001f600 ",
    "the author": "the author is good. ",
    "a name": "Lovelace is good. ",
}


def filled(unit: str) -> str:
    return (unit * (LONGEST // len(unit) + 1))[:LONGEST]


def calls(work: Callable[[], object]) -> int:
    """How many functions, Python's and C's, the work calls: the same on every machine."""
    count = 0

    def counted(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def calls_to_read(text: str, *creators: str) -> int:
    item = an_item(creators=creators, categories=("Dragons",))
    witnessed = Witnessed(event=an_event(text=text, rating=4), item=item, item_vector=None)
    extractor = BuiltInExtractor(embed_by_hash)
    asyncio.run(extractor(Belief(), []))  # reads the lexicon
    return calls(lambda: asyncio.run(extractor(Belief(), [witnessed])))


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_no_text_takes_much_work_to_read(unit: str) -> None:
    assert calls_to_read(filled(unit), "Ada Lovelace") < MOST_CALLS


def test_judgements_that_all_differ_take_no_more_work() -> None:
    text = "".join(f"Good gore number {n} by Lovelace{n}. " for n in range(600))[:LONGEST]

    assert calls_to_read(text, *(f"Ada Lovelace{n}" for n in range(5))) < MOST_CALLS


def test_a_hundred_creators_cost_no_more_than_none() -> None:
    text = "".join(f"A good story number {n}, and well told. " for n in range(400))[:LONGEST]

    assert calls_to_read(text, *(f"Ada Lovelace{n}" for n in range(100))) < MOST_CALLS


def test_a_thousand_labels_take_no_more_work() -> None:
    labelled(["Dragons"])  # reads the lexicon
    labels = [f"label {n} of many" for n in range(1_000)]

    assert calls(lambda: labelled(labels)) < MOST_CALLS


def test_what_is_read_of_a_text_is_bounded() -> None:
    assert len(list(clauses("a. " * LONGEST))) == MOST
    assert sum(len(clause.text) for clause in clauses("word " * LONGEST)) <= READ


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("While it drags, I liked it.", ["it drags", "I liked it"]),
        ("It drags while while I read", ["It drags", "I read"]),
        ("Good, though long, though dull, and late.", ["Good,", "long", "dull", "and late"]),
    ],
)
def test_a_concession_ends_at_its_comma(text: str, parts: list[str]) -> None:
    assert [clause.text for clause in clauses(text)] == parts


async def test_other_tasks_run_between_the_events_of_a_batch() -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    events = [
        Witnessed(event=an_event(seq, text="I love a heist."), item=None, item_vector=None)
        for seq in range(1, 21)
    ]
    await BuiltInExtractor(embed_by_hash)(Belief(), events)
    task.cancel()

    assert turns >= 20
