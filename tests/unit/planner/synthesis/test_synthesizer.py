from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credence.memory.glance import glance
from credence.memory.lifecycle.correction import set_strength
from credence.memory.lifecycle.draft import Draft, Rules
from credence.memory.model import Belief, Chunk, Sentence, Status
from credence.memory.strength import add_evidence
from credence.planner.synthesis.synthesizer import BuiltInSynthesizer

NOW = datetime(2024, 6, 1, tzinfo=UTC)
HALF_LIFE = timedelta(days=180)


def a_chunk(
    chunk_id: int,
    text: str,
    *,
    likes: int = 0,
    dislikes: int = 0,
    category: str = "genre",
    days_ago: float = 1,
    first_days_ago: float = 400,
) -> Chunk:
    last = NOW - timedelta(days=days_ago)
    return Chunk(
        chunk_id=chunk_id,
        category=category,
        text=text,
        liking=0.7 * likes,
        disliking=0.7 * dislikes,
        as_of=last,
        likes=likes,
        dislikes=dislikes,
        first_evidence_at=min(NOW - timedelta(days=first_days_ago), last),
        last_evidence_at=last,
    )


async def write(*chunks: Chunk) -> tuple[Sentence, ...]:
    return (await BuiltInSynthesizer(HALF_LIFE)(Belief(chunks=chunks), now=NOW)).sentences


def by_hand(chunk: Chunk, strength: float) -> Chunk:
    """The chunk after somebody set its strength."""
    draft = set_strength(
        Draft.of(Belief(chunks=(chunk,))),
        chunk.chunk_id,
        strength=strength,
        now=NOW,
        rules=Rules(half_life=HALF_LIFE),
        why="asked for",
    )
    return draft.belief.chunks[0]


def turning(*, latest_is_like: bool) -> dict[str, Any]:
    early, late = NOW - timedelta(days=60), NOW - timedelta(days=1)
    return {
        "last_like_at": late if latest_is_like else early,
        "last_dislike_at": early if latest_is_like else late,
    }


async def sentence_on(topic: str, *chunks: Chunk) -> str:
    (sentence,) = [sentence.text for sentence in await write(*chunks) if topic in sentence.text]
    return sentence


def a_full_belief() -> tuple[Chunk, ...]:
    categories = ("genre", "trope", "style", "craft", "food", "creator", "setting")
    return tuple(
        a_chunk(
            n,
            f"topic number {n}",
            likes=3 if n % 4 else 0,
            dislikes=0 if n % 4 else 3,
            category=categories[n % len(categories)],
        )
        for n in range(1, 60)
    )


async def test_nothing_believed_is_nothing_written() -> None:
    assert await write() == ()


async def test_a_full_belief_gives_between_150_and_300_words() -> None:
    length = sum(len(sentence.text.split()) for sentence in await write(*a_full_belief()))

    assert 150 <= length <= 300


async def test_sixteen_chunks_are_enough_for_150_words_that_tell_their_evidence() -> None:
    written = await write(*a_full_belief()[:16])

    assert 150 <= sum(len(sentence.text.split()) for sentence in written) <= 300
    assert "three reactions, the latest in" in " ".join(sentence.text for sentence in written)


async def test_contrary_reactions_are_told_as_such() -> None:
    horror = a_chunk(60, "horror", likes=8, dislikes=2)

    text = await sentence_on("horror", *a_full_belief()[:16], horror)

    assert "horror (eight reactions for and two against, the latest in May 2024)" in text


@pytest.mark.parametrize(("strength", "others"), [(-0.5, 16), (0.9, 16), (0.9, 0)])
async def test_a_strength_set_by_hand_is_said_to_be_so_and_rests_on_no_count(
    strength: float, others: int
) -> None:
    comedies = by_hand(a_chunk(60, "comedies", likes=3), strength)

    text = await sentence_on("comedies", *a_full_belief()[:others], comedies)

    assert "set by hand" in text
    assert "three reactions" not in text.split("comedies")[1].split(")")[0]


@pytest.mark.parametrize(("likes", "dislikes", "strength"), [(8, 2, -0.6), (20, 6, -0.8)])
async def test_a_strength_set_against_the_events_is_no_change_of_mind(
    likes: int, dislikes: int, strength: float
) -> None:
    opera = a_chunk(1, "opera", likes=likes, dislikes=dislikes)
    opera = replace(opera, **turning(latest_is_like=False))

    text = await sentence_on("opera", by_hand(opera, strength))

    assert "used to" not in text
    assert "earlier reactions" not in text


async def test_new_words_alone_leave_the_count_of_reactions() -> None:
    reworded = replace(a_chunk(60, "comedies", likes=9), edited=True)

    text = await sentence_on("comedies", *a_full_belief()[:16], reworded)

    assert "set by hand" not in text


@pytest.mark.parametrize(("likes", "dislikes"), [(4, 3), (7, 2), (9, 4), (2, 2), (1, 1)])
async def test_of_two_minds_is_what_the_list_of_people_calls_contested(
    likes: int, dislikes: int
) -> None:
    chunk = a_chunk(1, "horror", likes=likes, dislikes=dislikes)

    told = " ".join(sentence.text for sentence in await write(chunk))

    divided = any(words in told for words in ("two minds", "both ways", "divided"))
    seen = glance(Belief(chunks=(chunk,)), now=NOW, half_life=HALF_LIFE)
    assert divided == bool(seen.contested)


@pytest.mark.parametrize(
    "chunk",
    [
        a_chunk(60, "horror", likes=1, dislikes=1),
        by_hand(a_chunk(60, "horror", likes=3), 0.0),
        by_hand(a_chunk(60, "horror", likes=3), -0.001),
        replace(a_chunk(60, "horror", likes=2, dislikes=3), liking=1.0, disliking=0.99),
    ],
)
async def test_what_stands_at_nought_is_told_neither_as_a_like_nor_as_a_dislike(
    chunk: Chunk,
) -> None:
    told = [s.text for s in await write(*a_full_belief()[:16], chunk) if 60 in s.chunk_ids]

    divided = ("two minds", "both ways", "divided")
    assert all(any(words in text for words in divided) for text in told)
    assert len(told) == (min(chunk.likes, chunk.dislikes) > 1)


async def test_a_small_belief_gives_an_honestly_short_profile() -> None:
    (sentence,) = await write(a_chunk(1, "heist stories", likes=3))

    assert "heist stories" in sentence.text
    assert "three reactions in favor and none against" in sentence.text


async def test_every_sentence_names_exactly_the_chunks_whose_topics_it_holds() -> None:
    chunks = a_full_belief()

    for sentence in await write(*chunks):
        text = sentence.text.lower() + " "
        named = {c.chunk_id for c in chunks if any(c.text + end in text for end in ".,;: )")}
        assert named | set(sentence.chunk_ids) == set(sentence.chunk_ids)
        assert all(f"number {chunk_id}" in text for chunk_id in sentence.chunk_ids)


async def test_no_chunk_is_spoken_of_twice() -> None:
    spoken = [chunk_id for s in await write(*a_full_belief()) for chunk_id in s.chunk_ids]

    assert len(spoken) == len(set(spoken))


async def test_only_active_chunks_are_spoken_of() -> None:
    gone = [
        replace(a_chunk(n, f"gone {n}", likes=5), status=status)
        for n, status in enumerate((Status.FORGOTTEN, Status.REJECTED, Status.MERGED), start=1)
    ]

    assert await write(*gone) == ()


async def test_a_dislike_is_called_one() -> None:
    text = await sentence_on("gore", a_chunk(1, "gore", dislikes=4))

    assert any(word in text for word in ("put off", "dislike", "little patience"))


async def test_a_contested_topic_is_shown_from_both_sides() -> None:
    text = await sentence_on("horror", a_chunk(1, "horror", likes=4, dislikes=3))

    assert "four reactions in favor and three against" in text


@pytest.mark.parametrize(
    ("liking", "disliking", "likes", "dislikes", "word"),
    [(0.4, 1.2, 4, 2, "worse|cooled"), (1.2, 0.4, 2, 4, "better|warmed")],
)
async def test_a_change_of_mind_is_said(
    liking: float, disliking: float, likes: int, dislikes: int, word: str
) -> None:
    chunk = replace(
        a_chunk(1, "musicals", likes=likes, dislikes=dislikes),
        liking=liking,
        disliking=disliking,
        **turning(latest_is_like=liking > disliking),
    )

    text = await sentence_on("musicals", chunk)

    assert any(option in text for option in word.split("|"))


@pytest.mark.parametrize("liked", [True, False])
async def test_a_change_of_mind_is_said_where_the_moments_of_the_old_side_were_never_noted(
    liked: bool,
) -> None:
    chunk = a_chunk(1, "musicals", likes=5 * (not liked), dislikes=5 * liked, days_ago=300)
    for days in (3, 2, 1):
        at = NOW - timedelta(days=days)
        chunk = add_evidence(chunk, 0.9 if liked else -0.9, at, half_life=HALF_LIFE)

    text = await sentence_on("musicals", chunk)

    assert any(word in text for word in (("better", "warmed") if liked else ("worse", "cooled")))


@pytest.mark.parametrize(("likes", "dislikes"), [(1, 3), (3, 1)])
@pytest.mark.parametrize("dated", [True, False])
async def test_a_clear_word_of_long_ago_is_no_change_of_mind(
    likes: int, dislikes: int, dated: bool
) -> None:
    chunk = replace(
        a_chunk(1, "musicals", likes=likes, dislikes=dislikes),
        liking=0.9 if likes < dislikes else 0.36,
        disliking=0.36 if likes < dislikes else 0.9,
        **(turning(latest_is_like=likes > dislikes) if dated else {}),
    )

    text = await sentence_on("musicals", chunk)

    assert not any(word in text for word in ("changed", "warmed", "cooled", "used to"))
    assert not any(word in text for word in ("most is", "Above all", "clearest"))


async def test_what_rests_on_little_is_called_uncertain() -> None:
    old = a_chunk(1, "horror", likes=9)
    faint = replace(a_chunk(2, "puzzles", likes=1), liking=0.4)

    text = await sentence_on("puzzles", old, faint)

    assert any(word in text for word in ("first signs", "Less certain", "may also"))


async def test_a_like_without_recent_support_is_told_in_the_past() -> None:
    chunks = [a_chunk(n, f"lasting {n}", likes=9) for n in range(1, 4)]
    old = a_chunk(9, "opera", likes=9, days_ago=300)

    text = await sentence_on("opera", *chunks, old)

    assert "August 2023" in text


@pytest.mark.parametrize("kept", ["pinned", "set by hand"])
async def test_what_somebody_pinned_or_set_is_no_older_liking(kept: str) -> None:
    chunks = [a_chunk(n, f"lasting {n}", likes=9) for n in range(1, 4)]
    opera = a_chunk(9, "opera", likes=9, days_ago=300)
    opera = replace(opera, pinned=True) if kept == "pinned" else by_hand(opera, 0.4)

    text = await sentence_on("opera", *chunks, opera)

    assert "August 2023" not in text


async def test_a_new_like_is_told_as_new() -> None:
    chunks = [a_chunk(n, f"lasting {n}", likes=9) for n in range(1, 4)]
    new = a_chunk(9, "opera", likes=3, first_days_ago=20)

    text = await sentence_on("opera", *chunks, new)

    assert "since May 2024" in text or "Since May 2024" in text


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 900)), max_size=40))
async def test_the_same_belief_is_told_in_the_same_words(
    evidence: list[tuple[int, int, int]],
) -> None:
    chunks = [
        a_chunk(n, f"topic {n}", likes=likes, dislikes=dislikes, days_ago=days)
        for n, (likes, dislikes, days) in enumerate(evidence, start=1)
    ]

    first, second = await write(*chunks), await write(*chunks)

    assert first == second
    assert sum(len(sentence.text.split()) for sentence in first) <= 300
    assert all(sentence.chunk_ids for sentence in first)
