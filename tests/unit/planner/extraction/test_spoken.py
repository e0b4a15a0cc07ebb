from __future__ import annotations

import pytest

from credence.planner.extraction.clauses import clauses
from credence.planner.extraction.lexicon import bundled_lexicon
from credence.planner.extraction.spoken import Spoken, spoken_topics


def weights(text: str, liking: float = 0.5) -> dict[str, float]:
    return {s.topic.name: s.weight for s in spoken(text, liking)}


def spoken(text: str, liking: float = 0.5) -> list[Spoken]:
    return spoken_topics(tuple(clauses(text)), liking, bundled_lexicon())


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("I love a good heist.", "heist stories"),
        ("The banter was a delight.", "banter"),
        ("I couldn't put it down!", "fast pacing"),
        ("It was never slow-paced.", "fast pacing"),
        ("I wish there had been more world-building.", "world-building"),
        ("The main characters are well developed.", "well-drawn characters"),
    ],
)
def test_likes(text: str, topic: str) -> None:
    assert weights(text)[topic] > 0


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("There was too much gore for me.", "graphic violence"),
        ("I'm not a fan of love triangles.", "love triangles"),
        ("I am no big fan of horror.", "horror"),
        ("The plot was predictable.", "predictable plots"),
        ("The story dragged in the middle.", "slow pacing"),
        ("The ending felt rushed.", "rushed stories"),
    ],
)
def test_dislikes_even_of_an_item_that_was_liked(text: str, topic: str) -> None:
    assert weights(text)[topic] < 0


def test_one_review_can_praise_and_complain() -> None:
    said = weights("The plot was predictable, but I loved the slow-burn romance.")

    assert said["predictable plots"] < 0 < said["slow-burn romance"]


def test_a_concession_does_not_colour_what_follows_it() -> None:
    said = weights("While the epilogue was disappointing, the banter was great.")

    assert said["banter"] > 0
    assert said.get("epilogues", -1) < 0


def test_what_is_denied_is_not_said() -> None:
    assert "vampire stories" not in weights("This is not a vampire story.")


def test_words_that_only_look_like_a_topic_are_passed_over() -> None:
    assert "plot twists" not in weights("A fresh twist on the classic tale.")
    assert "ghost stories" not in weights("Set in a ghost town.")


def test_a_topic_named_without_judgement_follows_the_rating() -> None:
    text = "The story explores grief."

    assert weights(text, 1.0)["stories about grief"] > 0
    assert weights(text, -1.0)["stories about grief"] < 0


def test_a_low_rating_blames_a_topic_less_than_a_high_one_credits_it() -> None:
    text = "The story explores grief."

    liked, disliked = weights(text, 1.0), weights(text, -1.0)

    assert liked["stories about grief"] > -disliked["stories about grief"]


def test_each_topic_comes_once_with_its_clearest_mention() -> None:
    said = spoken("There is banter. I love the banter!")

    assert [s.words for s in said if s.topic.name == "banter"] == ["I love the banter"]


def test_long_clauses_are_quoted_in_part() -> None:
    text = "word " * 200 + "I love a good heist " + "word " * 200

    quotes = [s.words for s in spoken(text)]

    assert all("heist" in quote and len(quote) <= 120 for quote in quotes)
    assert quotes


@pytest.mark.parametrize(
    "text", ["Far too gory for me.", "Overly violent", "Too gory.", "It was just too gruesome."]
)
@pytest.mark.parametrize("liking", [-0.75, 0.5])
def test_too_gory_is_a_dislike_of_gore_however_it_was_rated(text: str, liking: float) -> None:
    assert weights(text, liking) == {
        "graphic violence": pytest.approx(-0.65 if liking < 0 else -0.39)
    }


@pytest.mark.parametrize(
    "text", ["It was not too gory.", "Never overly violent.", "Too gory for some readers."]
)
def test_not_too_gory_is_no_dislike_of_gore(text: str) -> None:
    assert weights(text) == {}


def test_gore_that_is_praised_is_still_liked() -> None:
    assert weights("I loved the gory scenes.")["graphic violence"] > 0


def test_a_slow_burn_is_a_romance_only_where_romance_is_named() -> None:
    assert set(weights("I love slow-burn science fiction.")) == {
        "slow-burn stories",
        "science fiction",
    }
    assert set(weights("I love a slow-burn romance.")) == {"slow-burn romance"}


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("A cozy evening with a great story.", "cozy mysteries"),
        ("The political intrigue is wonderful.", "political thrillers"),
        ("A wonderful retelling of an opera.", "fairy-tale retellings"),
        ("A sweet romance, and I enjoyed it.", "clean romance"),
        ("Her kitchen adventures are great.", "adventure stories"),
        ("I enjoyed the high-stakes bake sale.", "intense stories"),
        ("The divorce lawyer was a great lead.", "stories about divorce and infidelity"),
        ("It moves like an anime, and well.", "manga"),
        ("The marriage pact was fun.", "stories about marriage"),
        ("I loved each book and novella.", "novellas"),
        ("Great for high school students.", "high-school settings"),
        ("It explores violence.", "graphic violence"),
        ("The present tense works well.", "suspense"),
        ("He finds his sense of place.", "vivid settings"),
        ("It is easy to read in small doses.", "accessible writing"),
        ("Easy to understand directions.", "accessible writing"),
        ("Every page is quotable.", "sharp dialogue"),
        ("The dialogue felt unrealistic.", "implausible plots"),
        ("There are typos.", "poor writing"),
        ("There are pacing issues.", "slow pacing"),
        ("I did not read it in one sitting.", "slow pacing"),
        ("The comic relief was great.", "graphic novels"),
    ],
)
def test_a_word_in_another_sense_is_not_the_topic(text: str, topic: str) -> None:
    assert topic not in weights(text)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("The political intrigue is wonderful.", "political intrigue"),
        ("A wonderful retelling of an opera.", "retellings"),
        ("The dialogue felt unrealistic.", "stilted dialogue"),
        ("The story was unrealistic.", "implausible plots"),
        ("There are typos.", "careless editing"),
        ("There are pacing issues.", "uneven pacing"),
        ("There was too much violence.", "graphic violence"),
        ("Easy to understand directions.", "clear instructions"),
    ],
)
def test_a_word_sense_has_its_own_topic(text: str, topic: str) -> None:
    assert topic in weights(text)


@pytest.mark.parametrize(
    "text", ["Family, love and friendship.", "There is instant love and friendship."]
)
def test_love_the_feeling_is_no_judgement(text: str) -> None:
    assert all(abs(weight) < 0.9 for weight in weights(text).values())


@pytest.mark.parametrize(
    "text", ["I really love dragons.", "Love the dragons!", "Those who love dragons will read on."]
)
def test_love_the_verb_is_a_judgement(text: str) -> None:
    assert weights(text)["dragon stories"] == pytest.approx(0.9)


@pytest.mark.parametrize(
    "text",
    ["Although the pacing is slow, I never left my chair.", "A warm yet frustrating heroine."],
)
def test_a_conceded_complaint_about_what_was_liked_weighs_little(text: str) -> None:
    assert all(w > -0.2 for w in weights(text, 0.9).values())
    assert min(weights(text, -0.6).values()) <= -0.5


def test_a_complaint_in_a_middling_review_keeps_its_weight() -> None:
    assert weights("It depicts all its people as unlikable.", -0.2)["grating characters"] < -0.5


def test_a_theme_of_a_middling_item_is_hardly_blamed() -> None:
    (weight,) = weights("It explores grief in flawed people.", -0.2).values()

    assert -0.2 < weight <= 0


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("I love spicy noodles.", "steamy romance"),
        ("I love the steam oven, and what sizzling pans do.", "steamy romance"),
        ("I love its open door.", "explicit sex scenes"),
        ("I love The Kinks.", "kink"),
        ("I love my Gore-Tex jacket.", "graphic violence"),
        ("I love this non-alcoholic beer.", "stories about addiction"),
        ("I love the asexual propagation of plants.", "queer fiction"),
        ("I love Christian Dior.", "stories of faith"),
        ("I love its plus size range.", "body image"),
        ("I love organic chemistry.", "chemistry between leads"),
        ("I hate Suicide Squad.", "suicide as a subject"),
        ("Why choose another brand? Wonderful.", "reverse harem"),
        ("I loved the older man who served us.", "age-gap romance"),
        ("I love curry.", "Indian food"),
    ],
)
def test_innocent_words_make_no_taste_that_nobody_has(text: str, topic: str) -> None:
    assert topic not in weights(text, 1.0)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("I love spicy food.", "spicy food"),
        ("I love spicy romance.", "steamy romance"),
        ("I loved the spicy scenes.", "explicit sex scenes"),
        ("I love open-door romance.", "explicit sex scenes"),
        ("I love the chemistry.", "chemistry between leads"),
        ("I love Italian books.", "Italian settings"),
    ],
)
def test_words_that_say_so_are_heard(text: str, topic: str) -> None:
    assert weights(text, 1.0)[topic] > 0


def test_what_is_not_for_beginners_is_not_too_basic() -> None:
    assert weights("The heat is not for beginners.") == {}
    assert weights("It is too basic.")["basic content"] < 0


def test_a_recipe_that_is_too_complicated_is_no_technical_writing() -> None:
    assert list(weights("It is too complicated.")) == ["overly complicated content"]
