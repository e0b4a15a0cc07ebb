"""What is held out, and what may be seen before it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credence.memory.model import Action, Item
from credence.replay.build.exams import hold_out
from credence.replay.build.instruction import scrubbed, wanted
from credence.replay.people import Interaction

ITEMS = [Item(item_id=str(n), title=f"Book {'abcdefghij'[n]}") for n in range(10)]


def story(*ratings: float | None) -> tuple[Interaction, ...]:
    """Somebody who took the items in order."""
    return tuple(
        Interaction(item_id=str(n), rating=rating, review="", timestamp=None)
        for n, rating in enumerate(ratings)
    )


def test_the_last_thing_liked_is_held_out_and_nothing_later_is_seen() -> None:
    exams = hold_out({"ann": story(5, 2, 5, 4, 1, 3)}, ITEMS, liked=4, fewest=4)
    (one,) = exams.held

    assert one.target.item_id == "3"
    assert [done.item_id for done in one.history] == ["0", "1", "2"]
    assert one.taken == {"0", "1", "2", "3", "4", "5"}
    assert not exams.left_out


def test_what_was_not_rated_counts_as_liked() -> None:
    (one,) = hold_out({"ann": story(None, None, None, None, 1)}, ITEMS, liked=4, fewest=4).held

    assert one.target.item_id == "3"


def test_people_are_left_out_for_a_reason() -> None:
    told = {
        "few": story(5, 5, 5),
        "grim": story(1, 1, 1, 1),
        "once": story(5, 1, 1, 1),
        "ann": story(5, 5, 5, 5),
    }

    exams = hold_out(told, ITEMS, liked=4, fewest=4)

    assert [one.user_id for one in exams.held] == ["ann"]
    assert list(exams.left_out.items()) == [
        ("fewer than 4 interactions", 1),
        ("nothing liked", 1),
        ("fewer than 4 interactions up to the last one liked", 1),
    ]


def test_the_order_in_which_people_are_taken_decides_nothing() -> None:
    told = {name: story(*[5] * many) for name, many in (("b", 4), ("A", 2), ("ä", 5), ("a", 6))}
    backwards = dict(reversed(told.items())) | {"0": story(1, 1, 1, 1)}

    one, other = (
        hold_out(some, ITEMS, liked=4, fewest=4)
        for some in (backwards, dict(sorted(backwards.items())))
    )

    assert one.held == other.held
    assert [held.user_id for held in one.held] == ["a", "b", "ä"]
    assert (
        list(one.left_out)
        == list(other.left_out)
        == [
            "nothing liked",
            "fewer than 4 interactions",
        ]
    )


def test_the_same_work_under_another_id_is_in_no_history() -> None:
    items = [*ITEMS[:4], Item(item_id="4", title="Book A (Kindle Edition)"), *ITEMS[5:]]

    (one,) = hold_out({"ann": story(5, 5, 5, 5, 5)}, items, liked=4, fewest=4).held

    assert one.target.item_id == "4"
    assert [done.item_id for done in one.history] == ["1", "2", "3"]


def test_what_was_done_after_the_choice_is_in_no_history() -> None:
    at = iter(range(100))

    def did(item: int, action: Action, **more: Any) -> Interaction:
        moment = datetime.fromtimestamp(next(at), UTC)
        told: dict[str, Any] = {"rating": None, "review": "", "timestamp": moment} | more
        return Interaction(item_id=str(item), action=action, **told)

    log = [
        did(1, Action.PURCHASE),
        did(2, Action.SKIP),
        did(3, Action.LIKE),
        did(5, Action.VIEW, instruction="a desert"),
        did(5, Action.PURCHASE),
        did(4, Action.REVIEW, rating=5.0, review="Loved it, as I loved book f."),
        did(1, Action.REVIEW, rating=5.0, review="And this one later."),
        did(5, Action.REVIEW, rating=5.0, review="The best. I want more like it.", instruction="x"),
    ]

    (one,) = hold_out({"ann": log}, ITEMS, liked=4, fewest=3).held

    assert one.target.item_id == "5"
    assert one.target.review == "The best. I want more like it."
    assert one.instruction == "a desert"
    assert [(done.item_id, done.review) for done in one.history] == [("1", ""), ("3", "")]
    assert one.taken == {"1", "2", "3", "4", "5"}


@pytest.mark.parametrize(
    ("title", "request_", "left"),
    [
        ("Up", "Up", "I want more of …"),
        ("Amélie", "something like amelie", "I want more of …"),
        ("The Martian", "the martian, please", "the …, please"),
        ("Dune", "sand and spice", "sand and spice"),
    ],
)
def test_a_request_that_names_the_item_is_no_instruction(
    title: str, request_: str, left: str
) -> None:
    done = Interaction(
        item_id="1",
        rating=None,
        review=f"I want more of {title}.",
        timestamp=None,
        instruction=request_,
    )

    assert (wanted(done, Item(item_id="1", title=title)) or "").rstrip(".") == left


@pytest.mark.parametrize(
    ("title", "review"),
    [
        ("Up in the Air", "Slow. up in the air is the film i watch when i am sad."),
        ("Ran", "Long and violent. Ran is a masterpiece of colour."),
        ("Up", "A film about age. Up made me cry, and my kids loved every minute of it."),
    ],
)
def test_a_title_of_short_words_stands_in_no_instruction(title: str, review: str) -> None:
    item = Item(item_id="1", title=title)
    done = Interaction(
        item_id="1",
        rating=None,
        review=review,
        timestamp=None,
        instruction=f"something like {title.lower()}",
    )

    assert scrubbed(review, item) is None
    assert wanted(done, item) is None


@given(
    st.dictionaries(
        st.text("abc", min_size=1),
        st.lists(st.tuples(st.integers(0, 9), st.none() | st.floats(0, 5)), max_size=12),
    )
)
def test_no_target_stands_in_its_history_and_everybody_is_accounted_for(
    told: dict[str, list[tuple[int, float | None]]],
) -> None:
    stories = {
        user_id: [
            Interaction(item_id=str(item), rating=rating, review="", timestamp=None)
            for item, rating in done
        ]
        for user_id, done in told.items()
    }

    exams = hold_out(stories, ITEMS, liked=3.5, fewest=3)
    held, left_out = exams.held, exams.left_out

    assert len(held) + sum(left_out.values()) == len(told)
    for one in held:
        assert one.target.item_id not in {done.item_id for done in one.history}
        assert len(one.history) >= 2
        assert one.target.rating is None or one.target.rating >= 3.5


@pytest.mark.parametrize(
    ("review", "left"),
    [
        ("Loved it. The Martian Chronicles is a slow book.", "Loved it. The … is a slow book."),
        ("I wept for Watney. Watney is alone.", "I wept for …. … is alone."),
        ("Something by Weir again. weir is fun.", "Something by … again. … is fun."),
        ("", None),
        ("Martian!", None),
    ],
)
def test_an_instruction_has_no_title_creators_or_names(review: str, left: str | None) -> None:
    item = Item(item_id="1", title="The Martian", creators=("Andy Weir",))

    assert scrubbed(review, item) == left
