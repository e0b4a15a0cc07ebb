"""Whose taste a sentence tells of, and whether it is denied, past or meant the other way."""

from __future__ import annotations

import pytest

from credence.planner.extraction.clauses import clauses
from credence.planner.extraction.lexicon import bundled_lexicon
from credence.planner.extraction.spoken import spoken_topics

ROMANCE, HORROR, DRAGONS, BANTER = "romance", "horror", "dragon stories", "banter"
VAMPIRES, HEISTS, TRAVEL, GORE = (
    "vampire stories",
    "heist stories",
    "time travel",
    "graphic violence",
)


def weight(text: str, topic: str, liking: float = 0.8) -> float:
    """What the text says of the topic; 0 if nothing."""
    said = spoken_topics(tuple(clauses(text)), liking, bundled_lexicon())
    return {one.topic.name: one.weight for one in said}.get(topic, 0.0)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("I never get tired of time travel.", TRAVEL),
        ("I am never tired of vampire stories.", VAMPIRES),
        ("I will never tire of vampires.", VAMPIRES),
        ("I have never been bored by a heist.", HEISTS),
        ("I can't get tired of dragons.", DRAGONS),
        ("You can never have too many dragons.", DRAGONS),
        ("One can't have too much banter.", BANTER),
        ("There is never too much romance for me.", ROMANCE),
        ("There is no such thing as too much banter.", BANTER),
        ("To me there's no such thing as too many vampires.", VAMPIRES),
        ("I can't get enough of vampires.", VAMPIRES),
        ("I could never get enough of the banter.", BANTER),
        ("There can never be enough romance.", ROMANCE),
        ("Who doesn't love a good heist?", HEISTS),
        ("And who does not enjoy dragons?", DRAGONS),
        ("I love horror.", HORROR),
        ("My wife hates horror but I love romance.", ROMANCE),
        ("My wife hates horror, I love romance.", ROMANCE),
        ("My friend and I love horror.", HORROR),
        ("My favourite kind of book, and I loved the dragons.", DRAGONS),
        ("My inner child loved the dragons.", DRAGONS),
        ("People like me loved the dragons.", DRAGONS),
        ("Those who love dragons will read on.", DRAGONS),
        ("Readers will love the banter.", BANTER),
        ("Perfect for readers who appreciate found families.", "found family"),
        ("For anyone who loves a captivating heist.", HEISTS),
        ("I never thought I would love horror.", HORROR),
        ("I didn't think I would love horror.", HORROR),
        ("I can't believe I loved the dragons.", DRAGONS),
        ("I hate how much I love banter.", BANTER),
        ("Not only did I enjoy the banter.", BANTER),
    ],
)
def test_sure_likes(text: str, topic: str) -> None:
    assert weight(text, topic) == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("I hate romance.", ROMANCE),
        ("I really hate love triangles.", "love triangles"),
        ("Unlike most people I hate romance.", ROMANCE),
        ("As someone who hates romance, I kept away.", ROMANCE),
        ("My husband loves horror, I hate romance.", ROMANCE),
        ("There was too much gore for me.", GORE),
        ("Did not finish, too much gore.", GORE),
        ("I can't handle too much gore.", GORE),
        ("I am tired of vampires.", VAMPIRES),
        ("So sick of dragons.", DRAGONS),
        ("I'm not a fan of love triangles.", "love triangles"),
        ("I don't like horror.", HORROR),
        ("I do not really enjoy romance.", ROMANCE),
        ("I was put off by the horror.", HORROR),
        ("My favorite author, but I hated the romance.", ROMANCE),
        ("I have always hated horror.", HORROR),
        ("I could have done without the romance.", ROMANCE),
        ("Full of unnecessary gore.", GORE),
        ("My kids love it, too much gore for me.", GORE),
        ("He liked the book, too much gore.", GORE),
        ("I said there was too much gore.", GORE),
    ],
)
@pytest.mark.parametrize("liking", [0.8, -0.6])
def test_sure_dislikes(text: str, topic: str, liking: float) -> None:
    assert weight(text, topic, liking) == pytest.approx(-0.9)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        # denied
        ("I don't hate romance.", ROMANCE),
        ("I do not dislike horror.", HORROR),
        ("I didn't really hate the love triangle.", "love triangles"),
        ("It's not that I hate romance.", ROMANCE),
        ("I can't say I dislike vampires.", VAMPIRES),
        ("I'm not sick of vampires yet.", VAMPIRES),
        ("There wasn't too much gore.", GORE),
        ("There was never too much gore.", GORE),
        ("A thriller without too much gore.", GORE),
        ("It never adds too much gore.", GORE),
        ("I wasn't put off by the gore.", GORE),
        # past, or only expected
        ("I used to hate romance but this won me over.", ROMANCE),
        ("I used to love vampires.", VAMPIRES),
        ("I used to be a fan of vampires.", VAMPIRES),
        ("I once disliked horror.", HORROR),
        ("I thought I would hate the romance.", ROMANCE),
        ("I thought I hated romance.", ROMANCE),
        ("I wanted to love the dragons.", DRAGONS),
        ("I no longer enjoy horror.", HORROR),
        ("I hated romance until this one.", ROMANCE),
        # not found
        ("I don't find I enjoy horror.", HORROR),
        ("I can't say I enjoyed the romance.", ROMANCE),
        ("I don't think I'd enjoy horror.", HORROR),
        # of somebody else
        ("My husband loves horror.", HORROR),
        ("My wife hates horror, I love it.", HORROR),
        ("My seven-year-old daughter loves dragons.", DRAGONS),
        ("My kids really enjoyed the dragons.", DRAGONS),
        ("My friends are obsessed with vampires.", VAMPIRES),
        ("My mother will love the romance.", ROMANCE),
        ("My sister thought the romance was wonderful.", ROMANCE),
        ("My husband is a huge horror fan.", HORROR),
        ("My husband never gets tired of horror.", HORROR),
        ("My brother isn't a fan of horror.", HORROR),
        ("He loves horror.", HORROR),
        ("She can't get enough of vampires.", VAMPIRES),
        ("They hate romance.", ROMANCE),
        ("Everyone loves vampires.", VAMPIRES),
        ("Most people hate horror.", HORROR),
        ("Some readers don't like romance.", ROMANCE),
        ("People love dragons.", DRAGONS),
        ("Not for those who hate gore.", GORE),
        ("My dad, who hates romance, read it too.", ROMANCE),
        ("My kids are into dragons.", DRAGONS),
        ("If you don't like romance, skip it.", ROMANCE),
        ("If you're tired of vampires, this is fresh.", VAMPIRES),
        ("They said too much gore.", GORE),
        ("People say there is too much gore.", GORE),
        ("My husband thought there was too much gore.", GORE),
        ("You don't like romance? Neither do I.", ROMANCE),
        ("My wife hates this book and horror.", HORROR),
        ("My wife loves this kind of horror.", HORROR),
        ("She loves her vampires.", VAMPIRES),
        ("My sister loves it when vampires sparkle.", VAMPIRES),
        ("My husband loves it, my wife hates the gore.", GORE),
    ],
)
@pytest.mark.parametrize("liking", [0.8, -0.6])
def test_what_is_denied_past_or_another_taste_says_nothing(
    text: str, topic: str, liking: float
) -> None:
    assert weight(text, topic, liking) == 0


@pytest.mark.parametrize(
    ("text", "topic", "sign"),
    [
        ("My husband loved this book, the slow pacing bored me.", "slow pacing", -1),
        ("The kids love her and the characters are flat.", "flat characters", -1),
        ("My sister hates it and the romance was wonderful.", ROMANCE, 1),
        ("He loves her and the romance is beautiful.", ROMANCE, 1),
    ],
)
@pytest.mark.parametrize("liking", [0.8, -0.6])
def test_after_the_taste_of_another_comes_the_own(
    text: str, topic: str, sign: int, liking: float
) -> None:
    assert sign * weight(text, topic, liking) > 0.1


@pytest.mark.parametrize(
    "text", ["I don't hate the slow pacing.", "My husband found the plot predictable."]
)
def test_a_complaint_that_is_not_made_praises_no_opposite(text: str) -> None:
    assert spoken_topics(tuple(clauses(text)), 0.8, bundled_lexicon()) == []


def test_nobody_longs_for_a_flaw() -> None:
    assert weight("I never tire of predictable plots.", "predictable plots") == 0
    assert weight("I never tire of lyrical prose.", "lyrical prose") > 0
