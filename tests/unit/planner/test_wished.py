"""What an instruction asks to be left out is told from what it asks for."""

from __future__ import annotations

import pytest

from credence.planner.extraction.lexicon import bundled_lexicon
from credence.planner.extraction.wished import Wish, understood

HORROR, WESTERN, SCIENCE = "horror", "westerns", "science fiction"


@pytest.mark.parametrize(
    ("instruction", "text", "without"),
    [
        ("no horror", "", (HORROR,)),
        ("No horror, please!", "", (HORROR,)),
        ("I hate westerns", "", (WESTERN,)),
        ("I don't like westerns", "", (WESTERN,)),
        ("anything but horror", "", (HORROR,)),
        ("anything except horror", "", (HORROR,)),
        ("no horror or westerns", "", (HORROR, WESTERN)),
        ("short and funny, no science fiction", "short and funny", (SCIENCE,)),
        ("a funny story without horror", "a funny story", (HORROR,)),
        ("I want romance, not horror", "i want romance", (HORROR,)),
        ("not horror but something warm", "something warm", (HORROR,)),
        ("A mystery. I am tired of westerns.", "A mystery", (WESTERN,)),
        ("something warm, horror-free", "something warm", (HORROR,)),
        ("space adventures instead of westerns", "space adventures", (WESTERN,)),
    ],
)
def test_what_is_not_wanted_is_taken_out(
    instruction: str, text: str, without: tuple[str, ...]
) -> None:
    assert understood(instruction, bundled_lexicon()) == Wish(text, without)


@pytest.mark.parametrize(
    "instruction",
    [
        "",
        "horror",
        "something warm and funny for a quiet evening",
        "not just horror",
        "not only westerns but all of the old west",
        "I can never get enough of horror",
        "never too much horror for me",
        "no idea what I want",
        "a story about a man who fears nothing",
        "who doesn't love a good western?",
        "no predictable plots",
        "nothing too long",
        "It is nothing less than horror at its best",
        "more than enough humor",
        "It would not have worked without romance",
    ],
)
def test_other_words_stay_as_they_are(instruction: str) -> None:
    assert understood(instruction, bundled_lexicon()) == Wish(instruction)


def test_a_long_text_names_a_bounded_number_of_topics() -> None:
    names = [topic.name for topic in bundled_lexicon().topics]

    wish = understood(". ".join(f"no {name}" for name in names), bundled_lexicon())

    assert 0 < len(wish.without) <= 8
