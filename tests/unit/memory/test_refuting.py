from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from credence.memory.lifecycle.draft import Draft
from credence.memory.lifecycle.forgetting import forget, refutable, remaining
from credence.memory.model import Belief, Chunk, Status
from credence.memory.strength import polarity
from tests.unit.memory.worlds import NOW, RULES, a_chunk, chunks

LIKED = a_chunk(1, liking=4.0)
DISLIKED = a_chunk(2, text="capers", liking=0.0, disliking=1.0)
FADED = a_chunk(3, text="old", liking=0.2, as_of=NOW - timedelta(days=400))


def left(
    *believed: Chunk, refutes: tuple[tuple[int, int], ...], only: frozenset[int] = frozenset()
) -> list[int]:
    draft = Draft.of(Belief(chunks=believed))
    return [
        chunk.chunk_id
        for chunk in forget(draft, now=NOW, rules=RULES, only=only, refutes=refutes).belief.active
    ]


def test_of_a_refuted_pair_the_one_with_less_evidence_goes_and_it_is_said_what_stands() -> None:
    draft = forget(
        Draft.of(Belief(chunks=(LIKED, DISLIKED))), now=NOW, rules=RULES, refutes=((1, 2),)
    )

    assert [chunk.chunk_id for chunk in draft.belief.active] == [1]
    assert [change.reason for change in draft.changes] == [
        'refuted: "likes heists" stands against it'
    ]


def test_the_stronger_never_gives_way_to_the_weaker_nor_to_its_like() -> None:
    alike = replace(DISLIKED, liking=2.0, disliking=0.0)

    assert left(LIKED, DISLIKED, refutes=((2, 1),)) == [1, 2]
    assert left(LIKED, alike, refutes=((1, 2),)) == [1, 2]
    assert left(LIKED, refutes=((1, 1), (1, 9), (9, 1))) == [1]


def test_evidence_that_faded_does_not_refute_what_is_fresh() -> None:
    old = replace(LIKED, as_of=NOW - timedelta(days=400))

    assert left(old, DISLIKED, refutes=((1, 2),)) == [1, 2]
    assert left(old, DISLIKED, refutes=((2, 1),)) == [2]


def test_a_persons_own_chunk_stays_and_stands_against_any_evidence() -> None:
    for chosen in (replace(DISLIKED, pinned=True), replace(DISLIKED, edited=True)):
        assert left(LIKED, chosen, refutes=((1, 2),)) == [1, 2]
        assert left(LIKED, chosen, refutes=((2, 1),)) == [2]


def test_what_is_refuted_by_a_chunk_that_goes_itself_stays() -> None:
    likes = a_chunk(4, text="robberies", liking=0.5)
    strongest_first = ((2, 4), (1, 2))

    assert left(LIKED, DISLIKED, likes, refutes=strongest_first) == [1, 4]
    assert left(LIKED, DISLIKED, likes, refutes=strongest_first[::-1]) == [1, 4]


def test_nor_does_one_refute_that_gives_way_to_a_persons_own_chunk() -> None:
    strong = a_chunk(4, text="robberies", liking=0.0, disliking=9.0)

    assert left(LIKED, FADED, strong, refutes=((3, 4), (4, 1))) == [3, 4]
    for chosen in (replace(FADED, pinned=True), replace(FADED, edited=True)):
        assert left(LIKED, chosen, strong, refutes=((3, 4), (4, 1))) == [1, 3]


def test_a_verdict_on_a_merged_chunk_is_on_the_one_that_it_joined() -> None:
    joined = replace(a_chunk(4, text="robberies"), status=Status.MERGED, merged_into=1)
    joining = replace(a_chunk(5, disliking=1.0), status=Status.MERGED, merged_into=2)

    assert left(LIKED, DISLIKED, joined, refutes=((4, 2),)) == [1]
    assert left(LIKED, DISLIKED, joining, refutes=((1, 5),)) == [1]


def test_only_the_named_of_those_that_decayed_go() -> None:
    assert left(LIKED, FADED, refutes=()) == [1, 3]
    assert left(LIKED, FADED, refutes=(), only=frozenset({3})) == [1]
    assert left(LIKED, FADED, refutes=(), only=frozenset({1})) == [1, 3]


@given(
    st.lists(chunks, min_size=2, max_size=6),
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7))),
)
def test_whatever_is_refuted_something_of_the_opposite_side_stands_against_it(
    many: list[Chunk], refutes: list[tuple[int, int]]
) -> None:
    belief = Belief(chunks=tuple(replace(c, chunk_id=i + 1) for i, c in enumerate(many)))

    after = forget(Draft.of(belief), now=NOW, rules=RULES, only=(), refutes=refutes).belief

    for one, other in zip(belief.chunks, after.chunks, strict=True):
        if other.status is Status.FORGOTTEN:
            assert not (one.pinned or one.edited)
            assert any(
                (kept.chunk_id, one.chunk_id) in refutes
                and polarity(kept) != polarity(one)
                and (
                    kept.pinned
                    or kept.edited
                    or remaining(kept, now=NOW, rules=RULES) > remaining(one, now=NOW, rules=RULES)
                )
                for kept in after.active
            )
        else:
            assert one == other


def test_only_believed_chunks_refute_and_are_refuted() -> None:
    gone = replace(LIKED, status=Status.FORGOTTEN)

    assert refutable(LIKED, DISLIKED, now=NOW, rules=RULES)
    assert not refutable(gone, DISLIKED, now=NOW, rules=RULES)
    assert not refutable(LIKED, replace(DISLIKED, status=Status.REJECTED), now=NOW, rules=RULES)
