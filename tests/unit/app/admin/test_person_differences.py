"""Two texts as one: what stayed and came makes the later, what stayed and went the earlier."""

from __future__ import annotations

import time

import pytest

from credence.app.admin.person.differences import Fate, Stretch, difference


def test_one_word_in_place_of_another() -> None:
    assert difference("likes three books.", "likes four books.") == [
        Stretch(Fate.KEPT, "likes "),
        Stretch(Fate.GONE, "three "),
        Stretch(Fate.NEW, "four "),
        Stretch(Fate.KEPT, "books."),
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "All new. Of it."),
        ("All gone. Of it.", ""),
        ("The same.", "The same."),
        ("One. Two. Three.", "Two. Three. Four."),
        ("a b c " * 2_000, "a c b " * 2_000),
        ("Likes <b>bold</b>.", "Likes <i>bold</i>."),
    ],
)
def test_both_texts_can_be_read_off(before: str, after: str) -> None:
    found = difference(before, after)

    later = "".join(s.text for s in found if s.fate is not Fate.GONE)
    earlier = "".join(s.text for s in found if s.fate is not Fate.NEW)
    assert later == after
    assert earlier.split() == before.split()


def test_long_texts_take_no_long_time() -> None:
    before = " ".join(f"word{i}" for i in range(20_000))
    begun = time.process_time()

    difference(before, before[::-1])

    assert time.process_time() - begun < 2
