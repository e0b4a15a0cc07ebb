"""The parts of the studies of language models that have known answers."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from scripts.llm.quotes import stands
from scripts.llm.report import table
from scripts.llm.tokens import ratio

from credence.memory.model import Action, Event, Item
from credence.replay.asking.stand_in import MOST_WORDS, within

NOW = datetime(2026, 1, 1, tzinfo=UTC)
EVENT = Event(
    seq=1,
    item_id="one",
    action=Action.REVIEW,
    rating=4.0,
    text="I loved the “slow burn”,\nthe end less so.",
    metadata={},
    occurred_at=NOW,
    recorded_at=NOW,
)
ITEM = Item(item_id="one", title="Ember", description="A cosy mystery.", categories=("Fantasy",))


@pytest.mark.parametrize(
    ("words", "there"),
    [
        ('the "slow burn", the end', True),
        ("A Cosy Mystery", True),
        ("listed under Fantasy", True),
        ("listed under Horror", False),
        ("hated every page", False),
        ("", False),
    ],
)
def test_words_stand_in_the_event_or_its_item(words: str, there: bool) -> None:
    assert stands(words, EVENT, ITEM) is there


def test_without_its_item_an_event_has_only_its_own_words() -> None:
    assert not stands("listed under Fantasy", EVENT, None)


def test_a_flat_summary_loses_its_oldest_sentences_first() -> None:
    summary = ""
    for number in range(200):
        summary = within(summary, f"Sentence {number} has six words.")

    assert len(summary.split()) <= MOST_WORDS
    assert summary.startswith("Sentence 140 ")
    assert summary.endswith("Sentence 199 has six words.")


def test_a_ratio_of_sums_is_sure_where_everybody_costs_the_same() -> None:
    found = ratio(np.full(10, 6.0), np.full(10, 3.0), seed=0)

    assert (found.mean, found.low, found.high) == (2.0, 2.0, 2.0)


def test_a_table_has_a_head_and_a_row_a_line() -> None:
    assert table(("a", "b"), [(1, 2)]) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n"
