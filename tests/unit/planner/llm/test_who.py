from __future__ import annotations

import pytest

from credence.planner.llm.answers import ProfileSentence, SynthesizerAnswer
from credence.planner.llm.synthesizer import LlmSynthesizer
from credence.planner.llm.who import tells_more
from credence.planner.synthesis.synthesizer import BuiltInSynthesizer
from tests.unit.planner.llm.world import ERRAND, NOW, RULES, Scripted, a_belief, a_chunk

LONG = "This person likes science fiction above all and comes back to it again and again."


@pytest.mark.parametrize(
    "sentence",
    [
        "A 45-year-old nurse from Leeds, this person likes science fiction.",
        "Being in their forties, they enjoy science fiction.",
        "This person, a mother of two, likes science fiction.",
        "This 34 year old woman likes science fiction.",
        "Their science fiction taste comes from working as a nurse in Leeds.",
        "As a Muslim woman in her thirties she likes science fiction.",
        "He likes science fiction and his wife does not.",
        "They like science fiction because they suffer from depression.",
        "This gay reader likes science fiction.",
        "A devout Catholic with three kids, they love science fiction.",
        "They like science fiction, being pregnant.",
        "This person earns little and likes science fiction.",
        "She likes science fiction, having grown up in India.",
        "They are German and like science fiction.",
        "This Black reader enjoys science fiction.",
        "They like science fiction as retired teachers do.",
        "They like science fiction, being male.",
        "They are a librarian and like science fiction.",
        "The taste of a young male reader of science fiction.",
        "This person is a mechanic.",
        "They are a freelance software developer and like science fiction.",
        "This viewer, a chef from Leeds, likes science fiction.",
        "A writer by trade, they like science fiction.",
        "As a musician, they like science fiction.",
        "They are 45 and like science fiction.",
        "Her taste runs to science fiction.",
        "Their daughter loves science fiction.",
    ],
)
def test_a_sentence_with_a_word_of_who_somebody_is_tells_it(sentence: str) -> None:
    assert tells_more(sentence, ["science fiction"])


@pytest.mark.parametrize(
    ("sentence", "beliefs"),
    [
        ("They like films about German history.", ["German history"]),
        ("They like German films about history.", ["German history"]),
        ("They like heroines in their forties.", ["heroines in their forties"]),
        ("They like mother-daughter stories and puns.", ["mother-daughter stories", "puns"]),
        ("They like stories about single mothers.", ["single mothers in fiction"]),
        ("They return to old favourites and puns.", ["puns"]),
        ("They are drawn to young heroes.", ["young heroes"]),
        ("They value the polish of the prose.", ["lyrical prose"]),
        ("They have children's books to thank for a love of dragons.", ["dragons"]),
        ("This person, of two minds about gore, likes puns.", ["gore", "puns"]),
        ("They are fond of retired detectives.", ["retired detectives"]),
        ("They like Doctor Who.", ["Doctor Who"]),
        ("They like deep combat mechanics.", ["deep combat"]),
        ("They enjoy a long single player campaign.", ["story-driven games"]),
        ("They prefer male-led thrillers.", ["thrillers"]),
        ("They like English translations of classics.", ["classics"]),
        ("They like tales of 12-year-old wizards.", ["12-year-old wizards"]),
        ("They are drawn to the old C++ reader.", ["old C++"]),
        ("They like novels translated from English.", ["novels"]),
        ("They like stories translated from the original Polish or Czech.", ["stories"]),
        ("They prefer films subtitled in French.", ["films"]),
        ("They like the mechanic of drafting.", ["drafting"]),
        ("A mechanic, such as drafting, appeals to them.", ["drafting"]),
        ("They are happiest when the author takes risks.", ["risks"]),
        ("A writer who takes risks is what they like.", ["risks"]),
        ("They are a fan of chefs who improvise.", ["chefs"]),
        ("His Dark Materials and its like appeal to them.", ["parallel worlds"]),
    ],
)
def test_a_word_that_stands_in_a_belief_is_about_taste(sentence: str, beliefs: list[str]) -> None:
    assert not tells_more(sentence, beliefs)


def test_a_belief_about_a_people_does_not_make_the_reader_one_of_them() -> None:
    assert tells_more("They are German and like German history.", ["German history"])
    assert tells_more("This person is a mother and likes tales of mothers.", ["tales of mothers"])


def test_words_of_beliefs_that_happen_to_make_an_age_do_not_excuse_it() -> None:
    assert tells_more("This 34 year old reader likes old books.", ["old", "year"])
    assert tells_more("The bold single reader likes puns.", ["old single", "puns"])


async def test_an_invented_person_is_cut_from_a_profile_and_a_taste_is_kept() -> None:
    belief = a_belief(
        a_chunk(1, "science fiction", liking=3), a_chunk(2, "Teutonic history", aliases=("German",))
    )
    told = [
        (LONG, "c1"),
        ("A 45-year-old nurse from Leeds, this person likes science fiction.", "c1"),
        ("They like German history, and Teutonic history at large.", "c2"),
        ("They like the Russian side of science fiction.", "c1"),
    ]
    answer = SynthesizerAnswer(
        sentences=[ProfileSentence(text=text, rests_on=[chunk]) for text, chunk in told]
    )
    synthesizer = LlmSynthesizer(
        model=Scripted([answer]),
        errand=ERRAND,
        built_in=BuiltInSynthesizer(RULES.half_life),
        rules=RULES,
    )

    made = await synthesizer(belief, now=NOW)

    assert [sentence.text for sentence in made.sentences] == [told[0][0], told[2][0]]
    assert made.told is not None
    assert [note for note in made.told.notes if "who the person is" in note] == [
        "sentence 2 was cut: it tells who the person is",
        "sentence 4 was cut: it tells who the person is",
    ]
