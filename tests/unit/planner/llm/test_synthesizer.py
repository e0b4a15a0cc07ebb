from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from credence.memory.lifecycle.draft import Draft
from credence.memory.lifecycle.resynthesis import resynthesise
from credence.memory.model import Belief, Profile, Sentence, Status
from credence.planner.extraction.lexicon import Stance, bundled_lexicon
from credence.planner.llm.answers import ProfileSentence, SynthesizerAnswer
from credence.planner.llm.synthesizer import LlmSynthesizer
from credence.planner.synthesis.synthesizer import BuiltInSynthesizer, Narrative
from tests.unit.planner.llm.world import (
    ERRAND,
    NOW,
    RULES,
    Script,
    Scripted,
    a_belief,
    a_chunk,
)

HEISTS = a_chunk(1, "heists", liking=4)
GORE = a_chunk(2, "gore", liking=0, disliking=3)
PUNS = a_chunk(3, "puns", liking=2)
OPERA = replace(a_chunk(5, "opera", liking=2), disliking=2)  # undecided
LONG = "This person likes heists above all, and has said so again and again over many months."
BUILT_IN = BuiltInSynthesizer(RULES.half_life)


def said(text: str, *rests_on: str) -> ProfileSentence:
    return ProfileSentence(text=text, rests_on=list(rests_on))


def answer(*sentences: ProfileSentence) -> SynthesizerAnswer:
    return SynthesizerAnswer(sentences=list(sentences))


def a_synthesizer(model: Scripted) -> LlmSynthesizer:
    return LlmSynthesizer(model=model, errand=ERRAND, built_in=BUILT_IN, rules=RULES)


async def written(*script: Script, belief: Belief) -> Narrative:
    return await a_synthesizer(Scripted(script))(belief, now=NOW)


def texts(narrative: Narrative) -> list[str]:
    return [sentence.text for sentence in narrative.sentences]


def notes(narrative: Narrative) -> str:
    assert narrative.told is not None
    return " | ".join(narrative.told.notes)


async def judged(sentence: ProfileSentence, belief: Belief) -> tuple[bool, str]:
    """Whether a sentence is kept beside a good one, and what is noted."""
    made = await written(answer(said(LONG, "c1"), sentence), belief=belief)
    assert texts(made)[0] == LONG
    return sentence.text in texts(made), notes(made)


async def test_sentences_that_rest_on_chunks_become_the_narrative() -> None:
    made = await written(
        answer(said(LONG, "c1"), said("They dislike gore.", "c2")), belief=a_belief(HEISTS, GORE)
    )

    assert made.sentences == (
        Sentence(text=LONG, chunk_ids=(1,)),
        Sentence(text="They dislike gore.", chunk_ids=(2,)),
    )
    assert made.told is not None
    assert made.told.fallback is None


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        (said("They adore trains."), "names no chunk"),
        (said("They adore trains.", "c1"), "names no chunk"),
        (said("They like puns.", "c9"), "rests on 'c9', which is not believed"),
        (said("They like puns.", "c3", "c9"), "rests on 'c9', which is not believed"),
        (said("They like puns.", "e3"), "rests on 'e3', which is not believed"),
        (said("They like **puns**.", "c3"), "markup"),
        (said("They like puns, see www.puns.example.", "c3"), "markup or a link"),
        (said("This person is a mother who likes puns.", "c3"), "who the person is"),
        (said("They enjoy gore.", "c2"), "does not say that this is disliked"),
        (said("They don't like puns.", "c3"), "it says that this is disliked"),
        (said("They don’t like puns.", "c3"), "it says that this is disliked"),
        (said("They are put off by puns.", "c3"), "it says that this is disliked"),
        (said("They love puns and gore.", "c3", "c2"), "does not say that this is disliked"),
        (said("They love puns and gore.", "c3"), "does not say that this is disliked"),
        (said("They dislike puns and gore.", "c3", "c2"), "it says that this is disliked"),
        (said("They like puns and pirates.", "c3"), "speaks of what is not believed"),
        (said("They like puns" + " a lot" * 40 + ".", "c3"), "longer than 70 words"),
        (said(LONG.upper(), "c1"), "it is there already"),
    ],
)
async def test_a_sentence_that_nothing_supports_is_cut_and_it_is_noted_why(
    sentence: ProfileSentence, why: str
) -> None:
    gone = a_chunk(4, "pirates", status=Status.REJECTED)

    kept, noted = await judged(sentence, a_belief(HEISTS, GORE, PUNS, gone))

    assert not kept
    assert f"sentence 2 was cut: {why}" in noted or why in noted


async def test_what_is_undecided_is_shown_and_told_as_such() -> None:
    model = Scripted([answer(said(LONG, "c1"), said("They like opera.", "c5"))])

    made = await a_synthesizer(model)(a_belief(HEISTS, OPERA), now=NOW)
    torn, _ = await judged(said("They are torn over opera.", "c5"), a_belief(HEISTS, OPERA))

    assert "undecided on opera" in model.asked[0].data
    assert texts(made) == [LONG]
    assert "sentence 2 was cut: it takes a side on what is undecided" in notes(made)
    assert torn


@pytest.mark.parametrize(
    ("text", "rests_on"),
    [
        ("They dislike gore but love puns.", ("c2", "c3")),
        ("They love puns, and gore leaves them bored.", ("c3", "c2")),
        ("They are not fond of gore.", ("c2",)),
        ("They don't care for gore.", ("c2",)),
        ("This person is drawn to puns.", ("c3",)),
        ("They never tire of puns.", ("c3",)),
        ("Puns come up again and again.", ("c3",)),
        ("They are of two minds about gore.", ("c2",)),
        ("Unlikable narrators are a constant of what they return to.", ("c5",)),
        ("They enjoy hated villains.", ("c6",)),
        ("They like stories about single mothers.", ("c7",)),
        ("They admire C# above other languages.", ("c8",)),
        ("They like AI.", ("c9",)),
        ("They like slow-burn romance.", ("c10",)),
        ("They like Mrs. Dalloway retellings.", ("c12",)),
    ],
)
async def test_an_ordinary_good_sentence_is_kept(text: str, rests_on: tuple[str, ...]) -> None:
    belief = a_belief(
        HEISTS,
        GORE,
        PUNS,
        a_chunk(5, "unlikable narrators"),
        a_chunk(6, "hated villains"),
        a_chunk(7, "stories about single mothers"),
        a_chunk(8, "C#", edited=True),
        a_chunk(9, "AI"),
        a_chunk(10, "slow-burn romance"),
        a_chunk(11, "romance", status=Status.FORGOTTEN),
        a_chunk(12, "Mrs. Dalloway retellings", edited=True),
    )

    kept, noted = await judged(said(text, *rests_on), belief)

    assert kept, noted


async def test_a_dislike_is_not_told_as_love_though_its_own_words_sound_like_dislike() -> None:
    belief = a_belief(HEISTS, a_chunk(2, "boring villains", liking=0, disliking=2))

    kept, noted = await judged(said("They love boring villains.", "c2"), belief)

    assert not kept
    assert "does not say that this is disliked" in noted


async def test_what_is_given_as_one_sentence_and_is_two_is_judged_one_by_one() -> None:
    made = await written(
        answer(said(f"{LONG} They are rich and live in Ohio.", "c1")), belief=a_belief(HEISTS)
    )

    assert texts(made) == [LONG]


async def test_a_chunk_named_in_its_own_words_is_rested_on_though_not_cited() -> None:
    made = await written(
        answer(said(LONG, "c1"), said("They like heists and puns.", "c1")),
        belief=a_belief(HEISTS, PUNS),
    )

    assert made.sentences[1].chunk_ids == (1, 3)


async def test_what_is_too_short_is_asked_for_once_more_then_written_by_the_built_in() -> None:
    belief = a_belief(HEISTS, GORE)
    short = answer(said("Heists.", "c1"))
    model = Scripted([short, short])

    made = await a_synthesizer(model)(belief, now=NOW)

    assert model.read == 2
    assert made.sentences == (await BUILT_IN(belief, now=NOW)).sentences
    assert made.told is not None
    assert made.told.fallback == "what was supported came to 1 of 8 words"


async def test_a_second_answer_that_holds_is_taken() -> None:
    made = await written(
        answer(said("They live in Ohio.", "c1")), answer(said(LONG, "c1")), belief=a_belief(HEISTS)
    )

    assert texts(made) == [LONG]


async def test_a_profile_of_many_chunks_has_150_words_and_never_more_than_300() -> None:
    chunks = [a_chunk(n, f"subject number {n}", liking=2) for n in range(1, 15)]
    belief = a_belief(*chunks)
    rich = answer(
        *(
            said(f"They like subject number {n}, as {'very ' * 30}many reactions say.", f"c{n}")
            for n in range(1, 15)
        )
    )
    poor = answer(said(LONG.replace("heists", "subject number 1"), "c1"))

    full = await written(rich, belief=belief)
    fallen = await written(poor, poor, belief=belief)

    length = sum(len(text.split()) for text in texts(full))
    assert 150 <= length <= 300
    assert fallen.told is not None
    assert "of 150 words" in (fallen.told.fallback or "")


async def test_one_sentence_said_over_and_over_makes_no_profile() -> None:
    belief = a_belief(*(a_chunk(n, f"subject number {n}", liking=2) for n in range(1, 15)))
    again = answer(*(said("They like subject number 1 a good deal.", "c1") for _ in range(60)))

    made = await written(again, again, belief=belief)

    assert made.told is not None
    assert made.told.fallback == "what was supported came to 8 of 150 words"


async def test_a_previous_sentence_on_what_is_forgotten_is_not_shown() -> None:
    told = (
        Sentence(text="They like heists and pirates.", chunk_ids=(1, 4)),
        Sentence(text="They like puns.", chunk_ids=(3,)),
    )
    profile = Profile(version=1, watermark=1, sentences=told, written_at=NOW)
    gone = a_chunk(4, "pirates", status=Status.FORGOTTEN)
    model = Scripted([answer(said(LONG, "c1"))])

    await a_synthesizer(model)(a_belief(HEISTS, PUNS, gone, profile=profile), now=NOW)

    assert "They like puns." in model.asked[0].data
    assert "pirates" not in model.asked[0].data


async def test_after_a_cited_chunk_was_forgotten_what_is_written_can_be_believed() -> None:
    belief = a_belief(HEISTS, replace(PUNS, status=Status.FORGOTTEN))
    made = await written(answer(said(LONG, "c1"), said("They like puns.", "c3")), belief=belief)

    draft = resynthesise(Draft.of(belief), made.sentences, now=NOW)

    assert draft.belief.profile is not None
    assert draft.belief.profile.narrative == LONG


async def test_nothing_is_asked_where_nothing_is_believed() -> None:
    model = Scripted([answer(said(LONG, "c1"))])

    made = await a_synthesizer(model)(a_belief(), now=NOW)

    assert (made.sentences, model.asked) == ((), [])


async def test_without_an_answer_the_built_in_synthesizer_writes() -> None:
    belief = a_belief(HEISTS, GORE)

    made = await written(None, belief=belief)

    assert made.sentences == (await BUILT_IN(belief, now=NOW)).sentences
    assert made.told is not None
    assert made.told.fallback == "the model is away"


def beliefs_of_the_lexicon() -> Sequence[Belief]:
    """Every aspect of the lexicon in some belief, liked, disliked, contested, new and old."""
    topics = [topic for topic in bundled_lexicon().topics if topic.stance is Stance.ASPECT]
    kinds = [
        (4.0, 0.0, 200),
        (0.0, 3.0, 20),
        (2.0, 1.8, 30),
        (1.5, 1.9, 10),
        (1.0, 0, 1),
        (3, 0, 700),
    ]
    beliefs = []
    for start in range(0, len(topics), 14):
        chunks = []
        for number, topic in enumerate(topics[start : start + 14], 1):
            liking, disliking, days = kinds[(number + start) % len(kinds)]
            chunks.append(
                a_chunk(
                    number,
                    topic.name,
                    category=topic.category,
                    liking=liking,
                    disliking=disliking,
                    days_ago=days,
                )
            )
        beliefs.append(a_belief(*chunks))
    return beliefs


async def test_what_the_built_in_synthesizer_writes_would_be_kept_from_a_model_too() -> None:
    cut = []
    for belief in beliefs_of_the_lexicon():
        honest = (await BUILT_IN(belief, now=NOW)).sentences
        given = answer(*(said(s.text, *(f"c{n}" for n in s.chunk_ids)) for s in honest))
        made = await written(given, given, belief=belief)
        cut += [s.text for s in honest if s.text not in texts(made)]

    assert cut == []
