"""Which words for a topic say by themselves whether it is liked."""

from __future__ import annotations

import pytest

from credence.app.side_words import takes_side


@pytest.mark.parametrize(
    "text",
    [
        "likes quick recipes",
        "  Dislikes  long recipes",
        "dislike long recipes",
        "loves slow stories",
        "hates horror",
        "prefers tea",
        "enjoys long walks",
        "wants more science",
        "avoids gluten",
        "really likes tea",
        "doesn't like long recipes",
        "doesn\N{RIGHT SINGLE QUOTATION MARK}t care for tea",
        "does not finish long novels",
        "don't like tea",
        "do not really enjoy tea",
        "DONT LIKE TEA",
        "I like tea",
        "i don't want tea",
        "they love tea",
        "she hates horror",
    ],
)
def test_a_verb_of_liking_at_the_beginning_takes_a_side(text: str) -> None:
    assert takes_side(text)


@pytest.mark.parametrize(
    "text",
    [
        "love stories",
        "love",
        "hate crimes",
        "likeable heroes",
        "Like Water for Chocolate",
        "Loves of a Blonde",
        "likes and followers",
        "wants and needs",
        "dislikeable heroes",
        "Don't Look Now",
        "do not disturb signs",
        "I Love Lucy",
        "I, Robot",
        "They Might Be Giants",
        "heroes that nobody likes",
        "stories of a hero who hates war",
        "prefer\N{LATIN SMALL LETTER E WITH ACUTE}",
        "avoidance",
        "enjoyable endings",
        "want ads",
        "",
    ],
)
def test_a_topic_takes_none(text: str) -> None:
    assert not takes_side(text)
