from __future__ import annotations

import pytest

from credence.planner.extraction.clauses import clauses
from credence.planner.extraction.creators import spoken_creators


def judged(text: str, *creators: str, liking: float = 0.8) -> list[tuple[str, float]]:
    said = tuple(clauses(text))
    return [(s.creator, s.weight) for s in spoken_creators(creators, said, liking)]


@pytest.mark.parametrize(
    ("text", "creator"),
    [
        ("Lovelace is a wonderful storyteller.", "Ada Lovelace"),
        ("Lovelace's wonderful prose is a delight.", "Ada Lovelace"),
        ("O\u2019Brien\u2019s wonderful prose is a delight.", "Ada O'Brien"),
        ("Smith-Jones is a wonderful storyteller.", "Ada Smith-Jones"),
        ("This author is a wonderful, brilliant storyteller.", "Ada Lovelace"),
    ],
)
def test_a_creator_who_is_named_or_meant_and_judged_counts(text: str, creator: str) -> None:
    assert judged(text, creator) == [(creator, 0.5)]


@pytest.mark.parametrize(
    "text",
    ["The king is a wonderful character.", "A wonderful, brilliant read.", "Kings is wonderful."],
)
def test_a_word_that_is_not_the_name_as_written_does_not_count(text: str) -> None:
    assert judged(text, "Stephen King") == []


def test_an_opinion_that_the_rating_belies_does_not_count() -> None:
    assert judged("Lovelace is a wonderful storyteller.", "Ada Lovelace", liking=-0.8) == []


def test_each_of_several_creators_is_judged_by_what_is_said_of_them() -> None:
    text = "Lovelace is wonderful. Babbage drew it."

    assert judged(text, "Charles Babbage", "Ada Lovelace") == [("Ada Lovelace", 0.5)]


def test_of_an_item_of_more_than_five_creators_none_counts() -> None:
    crowd = [f"Writer Number{n}" for n in range(4)]
    text = "Lovelace is a wonderful storyteller."

    assert judged(text, "Ada Lovelace", *crowd) == [("Ada Lovelace", 0.5)]
    assert judged(text, "Ada Lovelace", *crowd, "One More") == []
