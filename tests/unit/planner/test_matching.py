from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from credence.memory.model import Belief, Chunk, Finding, Status, Vector
from credence.planner.matching import match, near_duplicates
from credence.planner.ranking.case import Matrix

AT = datetime(2024, 5, 1, tzinfo=UTC)


def a_vector(degrees: float) -> Vector:
    turn = np.radians(degrees)
    return np.array([np.cos(turn), np.sin(turn)], dtype=np.float32)


def rows(*degrees: float) -> Matrix:
    return np.stack([a_vector(turn) for turn in degrees])


def a_finding(topic: str, *, category: str = "genre", seq: int = 1, weight: float = 0.5) -> Finding:
    return Finding(
        event_seq=seq, occurred_at=AT, category=category, topic=topic, weight=weight, words=topic
    )


def a_chunk(chunk_id: int, text: str, *, category: str = "genre", liking: float = 1.0) -> Chunk:
    return Chunk(
        chunk_id=chunk_id,
        category=category,
        text=text,
        liking=max(liking, 0.0),
        disliking=max(-liking, 0.0),
        as_of=AT,
        likes=int(liking > 0),
        dislikes=int(liking < 0),
        first_evidence_at=AT,
        last_evidence_at=AT,
    )


def bears_on(
    topic: str, chunk: Chunk, *, category: str = "genre", degrees: float = 0.0
) -> int | None:
    """The chunk that a finding bears on when the two vectors are so far apart."""
    bearings = match(
        [a_finding(topic, category=category)],
        rows(degrees),
        Belief(chunks=(chunk,)),
        {chunk.chunk_id: a_vector(0)},
    )
    return bearings[0].chunk_id


def test_equal_words_match_whatever_their_vectors_and_categories() -> None:
    chunk = a_chunk(1, "Slow-burn romances", category="trope")

    assert bears_on("slow burn romance", chunk, category="genre", degrees=90) == 1


def test_two_wordings_of_one_listed_topic_match() -> None:
    assert bears_on("multiple perspectives", a_chunk(1, "multiple points of view"), degrees=90) == 1


def test_an_unlisted_wording_matches_by_meaning() -> None:
    chunk = a_chunk(1, "competitive beekeeping")

    assert bears_on("beekeeping contests", chunk, degrees=20) == 1
    assert bears_on("beekeeping contests", chunk, degrees=40) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("fantasy", "science fiction"),
        ("slow pacing", "fast pacing"),
        ("World War I stories", "World War II stories"),
        ("thrillers", "psychological thrillers"),
        ("predictable plots", "unpredictable plots"),
    ],
)
def test_listed_siblings_never_match(one: str, other: str) -> None:
    assert bears_on(one, a_chunk(1, other), degrees=0) is None


def test_opposed_words_never_match_even_where_unlisted() -> None:
    assert bears_on("very slow brewing tales", a_chunk(1, "very fast brewing tales")) is None


def test_categories_that_have_nothing_in_common_never_match() -> None:
    assert bears_on("fresh bread loaves", a_chunk(1, "bread of all kinds"), category="food") is None


def test_creators_match_by_name_alone() -> None:
    chunk = a_chunk(1, "work by Jane Doe", category="creator")

    assert bears_on("work by Jane Doe", chunk, category="creator", degrees=90) == 1
    assert bears_on("work by John Doe", chunk, category="creator", degrees=0) is None


def test_a_topic_that_a_person_rejected_is_dropped() -> None:
    rejected = replace(a_chunk(1, "horror"), status=Status.REJECTED)

    assert match([a_finding("horror")], rows(0), Belief(chunks=(rejected,)), {}) == ()


def test_belief_outranks_an_older_rejection() -> None:
    rejected = replace(a_chunk(1, "horror"), status=Status.REJECTED)
    belief = Belief(chunks=(rejected, a_chunk(2, "horror")))

    (bearing,) = match([a_finding("horror")], rows(0), belief, {})

    assert bearing.chunk_id == 2


@pytest.mark.parametrize("way", [1, -1])
def test_of_what_a_person_rejected_the_opposite_can_be_learnt(way: int) -> None:
    rejected = replace(a_chunk(1, "horror", liking=way), status=Status.REJECTED)
    findings = [a_finding("horror", seq=1, weight=-way), a_finding("horror", seq=2, weight=way)]

    (bearing,) = match(findings, rows(0, 0), Belief(chunks=(rejected,)), {})

    assert (bearing.finding.event_seq, bearing.chunk_id) == (1, None)


def test_what_was_learnt_instead_of_a_rejected_like_is_never_turned_into_it() -> None:
    rejected = replace(a_chunk(1, "bee farms"), status=Status.REJECTED)
    learnt = a_chunk(2, "bee farming", liking=-1.0)
    findings = [
        a_finding("bee farming", seq=1, weight=0.9),
        a_finding("bee farming", seq=2, weight=-0.9),
        a_finding("bee farms", seq=3, weight=-0.9),
    ]
    vectors = {1: a_vector(0), 2: a_vector(10)}

    bearings = match(findings, rows(10, 10, 0), Belief(chunks=(rejected, learnt)), vectors)

    assert [(b.finding.event_seq, b.chunk_id) for b in bearings] == [(2, 2), (3, 2)]


def test_opposites_of_one_rejected_topic_come_back_in_one_wording() -> None:
    rejected = replace(a_chunk(1, "bee farms"), status=Status.REJECTED)
    findings = [
        a_finding("bee farming", seq=1, weight=-0.5),
        a_finding("bee farmers", seq=2, weight=-0.5),
    ]

    bearings = match(findings, rows(10, 5), Belief(chunks=(rejected,)), {1: a_vector(0)})

    assert {bearing.finding.topic for bearing in bearings} == {"bee farming"}


def test_an_undecided_topic_that_was_rejected_is_rejected_either_way() -> None:
    rejected = replace(a_chunk(1, "horror", liking=1), disliking=1.0, status=Status.REJECTED)
    findings = [a_finding("horror", seq=1), a_finding("horror", seq=2, weight=-0.5)]

    assert match(findings, rows(0, 0), Belief(chunks=(rejected,)), {}) == ()


def reworded(**changes: object) -> Chunk:
    """A chunk that was "night yarns", which means 0 degrees, before it was "blood tales", 90."""
    chunk = replace(a_chunk(1, "blood tales"), edited=True, aliases=("night yarns",))
    return replace(chunk, **changes)  # type: ignore[arg-type]


ALIASES, LATER = {"night yarns": a_vector(0)}, {1: a_vector(90)}


def test_what_is_near_the_earlier_words_of_a_chunk_bears_on_it() -> None:
    belief = Belief(chunks=(reworded(),))

    (near,) = match([a_finding("night stories")], rows(15), belief, LATER, ALIASES)
    (far,) = match([a_finding("night stories")], rows(45), belief, LATER, ALIASES)

    assert (near.chunk_id, far.chunk_id) == (1, None)


def test_what_was_reworded_before_it_was_rejected_is_rejected_by_its_earlier_words_too() -> None:
    belief = Belief(chunks=(reworded(status=Status.REJECTED),))
    findings = [a_finding("night yarns", seq=1), a_finding("night stories", seq=2)]

    assert match(findings, rows(0, 15), belief, LATER, ALIASES) == ()


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("status", [Status.ACTIVE, Status.REJECTED])
def test_a_finding_goes_where_the_one_that_is_of_its_topic_goes(first: int, status: Status) -> None:
    belief = Belief(chunks=(reworded(status=status),))
    said = [("night yarns", 0.0), ("night stories", 15.0)]
    (one, near), (other, far) = said[first], said[1 - first]
    findings = [a_finding(one, seq=1), a_finding(other, seq=2)]

    bearings = match(findings, rows(near, far), belief, LATER)  # of its earlier words no vectors

    assert [b.chunk_id for b in bearings] == ([1, 1] if status is Status.ACTIVE else [])


def test_a_finding_does_not_follow_another_to_what_its_own_words_rule_out() -> None:
    belief = Belief(chunks=(replace(reworded(), aliases=("slow night yarns",)),))
    findings = [a_finding("night yarns", seq=1), a_finding("fast night yarns", seq=2)]
    earlier = {"slow night yarns": a_vector(-10)}

    bearings = match(findings, rows(0, 25), belief, LATER, earlier)

    assert [(bearing.chunk_id, bearing.finding.topic) for bearing in bearings] == [
        (1, "night yarns"),
        (None, "fast night yarns"),
    ]


def test_a_forgotten_chunk_does_not_stand_in_the_way() -> None:
    forgotten = replace(a_chunk(1, "horror"), status=Status.FORGOTTEN)

    assert bears_on("horror", forgotten) is None


def test_a_merged_chunk_leads_to_where_its_evidence_went() -> None:
    first = replace(a_chunk(1, "bees"), status=Status.MERGED, merged_into=2)
    second = replace(a_chunk(2, "beekeeping"), status=Status.MERGED, merged_into=3)
    belief = Belief(chunks=(first, second, a_chunk(3, "apiaries")))

    (bearing,) = match([a_finding("bees")], rows(0), belief, {})

    assert bearing.chunk_id == 3


def test_findings_of_one_new_topic_come_back_in_one_wording() -> None:
    findings = [a_finding("beekeeping contests", seq=1), a_finding("contests of beekeepers", seq=2)]

    bearings = match(findings, rows(0, 10), Belief(), {})

    assert [bearing.chunk_id for bearing in bearings] == [None, None]
    assert {bearing.finding.topic for bearing in bearings} == {"beekeeping contests"}


def test_an_event_bears_on_a_chunk_once_by_its_clearest_finding() -> None:
    findings = [a_finding("horror", weight=0.2), a_finding("Horror novels", weight=-0.8)]

    (bearing,) = match(findings, rows(0, 0), Belief(chunks=(a_chunk(1, "horror"),)), {})

    assert bearing.finding.weight == -0.8


def test_nothing_found_bears_on_nothing() -> None:
    assert match([], np.empty((0, 2), dtype=np.float32), Belief(), {}) == ()


def test_near_duplicates_keep_what_has_more_evidence() -> None:
    belief = Belief(
        chunks=(a_chunk(1, "bee farms", liking=1.0), a_chunk(2, "bee farming", liking=3.0))
    )

    assert near_duplicates(belief, {1: a_vector(0), 2: a_vector(5)}) == ((2, 1),)


def test_near_duplicates_never_pair_opposite_polarity_or_other_categories() -> None:
    liked, disliked = a_chunk(1, "bee farms"), a_chunk(2, "bee farming", liking=-1.0)
    elsewhere = a_chunk(3, "bee farmers", category="setting")
    vectors = {1: a_vector(0), 2: a_vector(0), 3: a_vector(0)}

    assert near_duplicates(Belief(chunks=(liked, disliked, elsewhere)), vectors) == ()


def test_near_duplicates_never_drop_what_a_person_pinned_or_reworded() -> None:
    pinned = replace(a_chunk(1, "bee farms", liking=0.1), pinned=True)
    edited = replace(a_chunk(2, "bee farming", liking=0.1), edited=True)
    belief = Belief(chunks=(pinned, edited, a_chunk(3, "bee farmers", liking=9.0)))
    vectors = {1: a_vector(0), 2: a_vector(0), 3: a_vector(0)}

    pairs = near_duplicates(belief, vectors)

    assert {drop for _, drop in pairs} == {3}


def test_no_chunk_is_both_kept_and_dropped() -> None:
    chunks = tuple(a_chunk(n, f"bee topic {n}", liking=float(n)) for n in range(1, 6))
    vectors = {n: a_vector(20.0 * n) for n in range(1, 6)}

    pairs = near_duplicates(Belief(chunks=chunks), vectors)

    assert not {keep for keep, _ in pairs} & {drop for _, drop in pairs}
    assert pairs


def test_no_chunks_have_no_duplicates() -> None:
    assert near_duplicates(Belief(), {}) == ()
