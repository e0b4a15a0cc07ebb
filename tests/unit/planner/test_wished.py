"""What an instruction asks to be left out is told from what it asks for."""

from __future__ import annotations

import pytest

from credence.planner.extraction.lexicon import bundled_lexicon
from credence.planner.extraction.wished import Wish, understood

HORROR, WESTERN, SCIENCE = "horror", "westerns", "science fiction"
GORE, VAMPIRES, ZOMBIES = "graphic violence", "vampire stories", "zombie stories"


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
        ("I'm not in the mood for horror", "", (HORROR,)),
        ("I can\u2019t stand westerns, give me a mystery", "give me a mystery", (WESTERN,)),
        ("I don't want a story with horror in it", "", (HORROR,)),
        ("not into horror but into romance", "into romance", (HORROR,)),
        ("short and funny, no science fiction", "short and funny", (SCIENCE,)),
        ("a funny story without horror", "a funny story", (HORROR,)),
        ("I want romance, not horror", "i want romance", (HORROR,)),
        ("not horror but something warm", "something warm", (HORROR,)),
        ("A mystery. I am tired of westerns.", "A mystery", (WESTERN,)),
        ("something warm, horror-free", "something warm", (HORROR,)),
        ("space adventures instead of westerns", "space adventures", (WESTERN,)),
        # only what the denial is of goes
        ("a slow burn romance free of gore", "a slow burn romance", (GORE,)),
        ("gore-free romance", "romance", (GORE,)),
        ("I'd rather have a cozy mystery without gore", "i'd rather have a cozy mystery", (GORE,)),
        ("I'm tired so a cozy mystery without gore", "i'm tired so a cozy mystery", (GORE,)),
        ("I'm sick and tired of horror", "", (HORROR,)),
        ("rather a western than horror", "rather a western", (HORROR,)),
        ("I'd rather not read any horror", "", (HORROR,)),
        ("I was put off by the gore", "", (GORE,)),
        ("please steer clear of horror", "", (HORROR,)),
        ("something not spicy", "", ("spicy",)),
        ("I want nothing but romance without gore", "i want only romance", (GORE,)),
        # a comma ends it, but for a list
        ("no horror, fantasy please", "fantasy please", (HORROR,)),
        ("no vampires, more romance", "more romance", (VAMPIRES,)),
        ("Instead of horror, romance", "romance", (HORROR,)),
        ("no horror, comedy please", "comedy please", (HORROR,)),
        ("no gore, romance and dragons", "romance and dragons", (GORE,)),
        ("no gore or horror, romance or fantasy", "romance or fantasy", (GORE, HORROR)),
        ("no horror, a romance or a western", "a romance or a western", (HORROR,)),
        ("no horror, gore or vampires, a romance", "a romance", (HORROR, GORE, VAMPIRES)),
        ("no vampires, gore, or zombies", "", (VAMPIRES, GORE, ZOMBIES)),
        ("not a vampire, a western or a zombie", "", (VAMPIRES, WESTERN, ZOMBIES)),
        ("I hate horror, gore and zombies", "", (HORROR, GORE, ZOMBIES)),
        # whose aversion it is does not matter
        ("my wife hates horror, so no horror", "", (HORROR,)),
        ("romance for my wife who hates horror", "romance for my wife who", (HORROR,)),
        ("my kids don't like horror", "my kids", (HORROR,)),
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
        "nothing other than horror",
        "nothing except horror please",
        "nothing but horror",
        "I don't want anything but horror",
        "I don\u2019t want anything other than horror",
        "I don't mind gore",
        "I don't mind gore or horror",
        "no problem with gore",
        "I don't have a problem with gore",
        "doesn't avoid horror",
        "no need to avoid horror",
        "Don't you have any space opera?",
        "no less than epic fantasy",
        "no more than a little romance",
        "no one does horror better, more like that",
        "without clichés, space opera",
        "my husband loves horror",
        "my husband doesn't mind gore",
    ],
)
def test_other_words_stay_as_they_are(instruction: str) -> None:
    assert understood(instruction, bundled_lexicon()) == Wish(instruction)


def test_a_long_text_names_a_bounded_number_of_topics() -> None:
    names = [topic.name for topic in bundled_lexicon().topics]

    wish = understood(". ".join(f"no {name}" for name in names), bundled_lexicon())

    assert 0 < len(wish.without) <= 8
