"""What reading one event may cost, however its text is made."""

from __future__ import annotations

import asyncio
from statistics import median
from time import process_time

import pytest

from credence.memory.model import Belief
from credence.planner.extraction.clauses import MOST, READ, clauses
from credence.planner.extraction.extractor import BuiltInExtractor
from credence.planner.extraction.labels import label_topics
from credence.planner.extraction.witnessed import Witnessed
from tests.unit.planner.extraction.events import an_event, an_item, embed_by_hash

LONGEST = 20_000  # characters
MOST_SECONDS = 0.010  # about 2 ms on one idle core of a small server
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


def seconds_to_read(text: str, *creators: str) -> float:
    """Processor time of one event, at the median of five with texts that no cache knows."""
    item = an_item(creators=creators, categories=("Dragons",))
    extractor = BuiltInExtractor(embed_by_hash)
    spent = []
    for number in range(5):
        event = an_event(text=f"{number} {text}", rating=4)
        witnessed = Witnessed(event=event, item=item, item_vector=None)
        began = process_time()
        asyncio.run(extractor(Belief(), [witnessed]))
        spent.append(process_time() - began)
    return median(spent)


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_no_text_takes_long_to_read(unit: str) -> None:
    assert seconds_to_read(filled(unit), "Ada Lovelace") < MOST_SECONDS


def test_judgements_that_all_differ_do_not_take_long_to_read() -> None:
    text = "".join(f"Good gore number {n} by Lovelace{n}. " for n in range(600))[:LONGEST]

    assert seconds_to_read(text, *(f"Ada Lovelace{n}" for n in range(5))) < MOST_SECONDS


def test_a_hundred_creators_cost_no_more_than_none() -> None:
    text = "".join(f"A good story number {n}, and well told. " for n in range(400))[:LONGEST]

    assert seconds_to_read(text, *(f"Ada Lovelace{n}" for n in range(100))) < MOST_SECONDS


def test_a_thousand_labels_do_not_take_long_to_read() -> None:
    label_topics(["Dragons"])  # reads the lexicon
    labels = [f"label {n} of many" for n in range(1_000)]
    began = process_time()
    topics = label_topics(labels)

    assert process_time() - began < MOST_SECONDS
    assert topics


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
