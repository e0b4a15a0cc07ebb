from __future__ import annotations

from credence.planner.extraction.opinion import opinion


def test_the_start_of_a_text_decides() -> None:
    start = "A wonderful book. ".ljust(400)

    assert opinion(start + "Terrible, awful.") == opinion(start) > 0.5


def test_an_opinion_is_the_same_when_asked_again() -> None:
    assert opinion("A dull, tedious mess.") == opinion("A dull, tedious mess.") < -0.5
