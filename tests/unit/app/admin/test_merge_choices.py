"""What a belief may be merged into: by the one rule, in order of words, and not without end."""

from __future__ import annotations

from dataclasses import replace

from credence.app.admin.acts.asking_again import mergeable_with
from credence.memory.model import Belief, Status
from tests.unit.memory.worlds import a_chunk

LIKE = a_chunk(text="Noir", liking=3.0)


def test_only_active_beliefs_of_the_same_side_are_offered() -> None:
    west = replace(LIKE, chunk_id=2, text="west")
    art = replace(LIKE, chunk_id=3, text="Art")
    gone = replace(LIKE, chunk_id=4, status=Status.FORGOTTEN)
    dislike = replace(LIKE, chunk_id=5, liking=0.0, disliking=1.0)
    belief = Belief(chunks=(LIKE, west, art, gone, dislike))

    assert mergeable_with(belief, LIKE).shown == (art, west)
    assert mergeable_with(belief, gone).shown == ()


def test_what_is_not_offered_is_counted() -> None:
    many = tuple(replace(LIKE, chunk_id=n, text=f"{n:03}") for n in range(2, 211))

    choices = mergeable_with(Belief(chunks=(LIKE, *many)), LIKE)

    assert choices.shown == many[:200]
    assert choices.further == 9
