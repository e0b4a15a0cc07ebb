from __future__ import annotations

from collections import Counter

import pytest

from credence.planner.extraction.lexicon import Lexicon, Stance, Topic, bundled_lexicon
from credence.planner.extraction.tokens import normal, stem, words

_TOO_GENERAL = {
    "book",
    "fiction",
    "novel",
    "movie",
    "film",
    "drama",
    "story",
    "really",
    "character",
}


def found(text: str, lexicon: Lexicon) -> list[str]:
    return [m.topic.name for m in lexicon.mentions([stem(word) for word in words(text)])]


def test_the_longest_wording_wins_and_none_overlap() -> None:
    romance, dark = (
        Topic(name="romance", category="genre"),
        Topic(name="dark romance", category="genre"),
    )
    lexicon = Lexicon([("romance", romance), ("dark romance", dark)], {})

    assert found("a dark romance and a romance", lexicon) == ["dark romance", "romance"]


def test_a_gap_stands_for_one_word_at_most() -> None:
    flat = Topic(name="flat characters", category="character", stance=Stance.COMPLAINT)
    lexicon = Lexicon([("flat * characters", flat)], {})

    assert found("flat characters", lexicon) == ["flat characters"]
    assert found("flat side characters", lexicon) == ["flat characters"]
    assert found("flat and dull characters", lexicon) == []


@pytest.mark.parametrize(
    "wording", ["Slow-Burn ROMANCE", "slow burn romances", "slow\u2011burn romance"]
)
def test_case_hyphens_and_plurals_do_not_matter(wording: str) -> None:
    topic = bundled_lexicon().named(wording)

    assert topic is not None
    assert topic.name == "slow-burn romance"


def test_every_topic_is_worded_once() -> None:
    counts = Counter(normal(topic.name) for topic in bundled_lexicon().topics)

    assert [text for text, count in counts.items() if count > 1] == []
    assert len(counts) > 500


def test_no_topic_is_too_general_to_say_anything() -> None:
    assert not {normal(topic.name) for topic in bundled_lexicon().topics} & _TOO_GENERAL


def test_opposites_differ_in_stance() -> None:
    lexicon = bundled_lexicon()
    pairs = [(topic, lexicon.opposite(topic)) for topic in lexicon.topics]

    assert any(opposite for _, opposite in pairs)
    assert all(topic.stance is not opposite.stance for topic, opposite in pairs if opposite)


def test_a_wording_that_needs_a_sentence_names_nothing_by_itself() -> None:
    italy = Topic(name="Italian settings", category="setting")
    lexicon = Lexicon([("italy", italy), ("~italian", italy)], {})

    assert found("an italian village", lexicon) == ["Italian settings"]
    assert lexicon.named("Italian") is None
    assert lexicon.named("Italy") == italy
