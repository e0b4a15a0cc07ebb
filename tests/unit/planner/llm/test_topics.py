from __future__ import annotations

import pytest

from credence.memory.model import Item
from credence.planner.llm.topics import topic_of
from credence.planner.llm.who import said_of_oneself, tells_who


def a_topic(text: str, *, likes: bool = True, category: str = "subject") -> str | None:
    return topic_of(text, category=category, likes=likes, item=None)


@pytest.mark.parametrize(
    "text",
    [
        "love triangles",
        "hate-to-love romance",
        "stories about single mothers",
        "a father of modern horror",
        "novels about unhappy marriages",
        "teenage heroines",
        "retired detectives",
        "married detectives",
        "works in translation",
        "stories with children",
        "coming of age as a woman",
        "women in their forties",
        "100-year-old mansions",
        "stories based in Japan",
        "time travel",
        "强盗片",
        "AI",
    ],
)
def test_what_a_work_can_be_about_is_a_topic(text: str) -> None:
    assert a_topic(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "mother of two",
        "being a mother",
        "34-year-old woman",
        "in her thirties",
        "retired teacher",
        "is a nurse",
        "works as a nurse",
        "lives in Ohio",
        "the reader is a woman",
        "married",
    ],
)
def test_what_a_person_is_is_no_topic(text: str) -> None:
    assert a_topic(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "book",
        "good book",
        "a really good read",
        "the story",
        "the a",
        "👍",
        "!!",
        "x",
        "likes",
        "<b>heists</b>",
        "see http://x.y",
        "heists #1",
        "one two three four five six seven eight",
    ],
)
def test_junk_is_no_topic(text: str) -> None:
    assert a_topic(text) is None


def test_a_leading_like_is_no_part_of_a_topic() -> None:
    assert a_topic("likes heists") == "heists"
    assert a_topic("Love of heists") == "heists"


def test_a_dislike_given_out_as_a_like_is_refused() -> None:
    assert a_topic("dislikes heists", likes=True) is None
    assert a_topic("dislikes heists", likes=False) == "heists"


def test_nobody_may_be_said_to_like_what_only_puts_people_off() -> None:
    assert a_topic("animal cruelty", likes=True) is None
    assert a_topic("animal cruelty", likes=False) == "animal cruelty"


def test_the_title_of_the_item_is_no_topic() -> None:
    item = Item(item_id="1", title="The Glass Heist")

    assert topic_of("glass heists", category="trope", likes=True, item=item) is None


def test_a_creator_is_worded_as_the_built_in_extractor_words_one() -> None:
    for given in ("Ursula K. Le Guin", "books by Ursula K. Le Guin", "work by Ursula K. Le Guin"):
        assert a_topic(given, category="creator") == "work by Ursula K. Le Guin"


def test_a_word_in_capitals_keeps_them() -> None:
    assert a_topic("UK crime dramas") == "UK crime dramas"
    assert a_topic("Heists at sea") == "heists at sea"


@pytest.mark.parametrize(
    "sentence",
    [
        "This person is drawn to heists.",
        "They dislike slow pacing but love heists.",
        "They are put off by single mothers in fiction.",
        "They are fond of retired detectives.",
        "They like heroines in their forties.",
        "This person is a fan of teacher memoirs.",
        "They are glad of mother-daughter stories.",
        "They live for heists.",
        "They enjoy tales in which she is a nurse.",
        "They have children's books to thank for a love of dragons.",
    ],
)
def test_a_sentence_about_taste_tells_nothing_of_who_the_person_is(sentence: str) -> None:
    assert not tells_who(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "This person is a mother of two.",
        "This person seems to be a young woman.",
        "This person is probably a student who likes spies.",
        "They are a 34-year-old teacher.",
        "They are married and like heists.",
        "They live in Ohio.",
        "They work as a nurse.",
        "They have two kids and like heists.",
        "In their thirties, they enjoy heists.",
        "As a nurse, they like medical drama.",
        "This single father enjoys heists.",
    ],
)
def test_a_sentence_about_the_person_tells_who_they_are(sentence: str) -> None:
    assert tells_who(sentence)


def test_a_topic_that_the_quote_says_of_its_writer_is_about_the_writer() -> None:
    assert said_of_oneself("single mothers", "As a single mother I loved it")
    assert not said_of_oneself("single mothers", "I loved this tale of single mothers")
    assert not said_of_oneself("heists", "As a fan of heists I loved it")
