"""What a log tells of an item several times is one interaction."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from credence.memory.model import Action
from credence.replay.build.once import each_once
from credence.replay.people import Interaction


def did(item_id: str, action: Action | None, at: int = 0, **more: Any) -> Interaction:
    moment = datetime.fromtimestamp(at, UTC)
    told: dict[str, Any] = {"rating": None, "review": "", "timestamp": moment} | more
    return Interaction(item_id=item_id, action=action, **told)


def test_seen_bought_and_reviewed_is_one_thing_at_the_time_of_the_review() -> None:
    story = [
        did("dune", Action.VIEW, 1, instruction="sand"),
        did("dune", Action.PURCHASE, 2, instruction="more sand"),
        did("emma", Action.PURCHASE, 3),
        did("dune", Action.REVIEW, 4, rating=3, review="Dry."),
        did("dune", Action.REVIEW, 5, rating=4.5, review="Wonderful."),
        did("dune", Action.VIEW, 6),
    ]

    emma, dune = each_once(story)

    assert emma == story[2]
    assert dune == did(
        "dune", Action.REVIEW, 5, rating=4.5, review="Wonderful.", instruction="sand"
    )


def test_what_can_change_counts_as_it_was_last_and_the_rest_as_it_was_first() -> None:
    changed = [did("a", Action.LIKE, 1), did("a", Action.DISLIKE, 2), did("a", Action.CLICK, 3)]
    bought = [did("a", Action.VIEW, 1), did("a", Action.PURCHASE, 2), did("a", Action.PURCHASE, 3)]
    passed = [did("a", Action.CLICK, 1), did("a", Action.SKIP, 2), did("a", Action.VIEW, 3)]

    assert each_once(changed) == (did("a", Action.DISLIKE, 2),)
    assert each_once(bought) == (did("a", Action.PURCHASE, 2),)
    assert each_once(passed) == (did("a", Action.SKIP, 2),)


def test_who_changed_their_mind_is_taken_at_their_last_opinion() -> None:
    turned_away = [
        did("a", Action.RATING, 1, rating=5.0),
        did("a", Action.REVIEW, 2, review="Wonderful, I loved it."),
        did("a", Action.DISLIKE, 3),
    ]
    came_round = [did("b", Action.RATING, 1, rating=1.0), did("b", Action.LIKE, 2)]
    agreed = [did("c", Action.REVIEW, 1, rating=5.0, review="Loved it."), did("c", Action.LIKE, 2)]

    assert each_once(turned_away) == (did("a", Action.DISLIKE, 3),)
    assert each_once(came_round) == (did("b", Action.LIKE, 2),)
    assert each_once(agreed) == (did("c", Action.LIKE, 2, rating=5.0, review="Loved it."),)


def test_words_without_an_opinion_are_added_to_what_was_done() -> None:
    words = "It came on Tuesday in a box."
    story = [did("a", Action.PURCHASE, 1), did("a", Action.REVIEW, 2, review=words)]

    assert each_once(story) == (did("a", Action.PURCHASE, 2, review=words),)


def test_what_was_asked_for_later_is_not_known() -> None:
    story = [did("a", Action.PURCHASE, 1), did("a", Action.VIEW, 9, instruction="later words")]

    assert each_once(story) == (story[0],)


def test_without_noted_actions_the_rating_and_the_words_tell() -> None:
    story = [did("a", None, 1), did("a", None, 2, rating=2.0), did("a", None, 3)]

    assert each_once(story) == (did("a", None, 2, rating=2.0),)


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.sampled_from([None, *Action]),
            st.sampled_from([None, 1.0, 5.0]),
            st.sampled_from(["", "fine", "A wonderful book.", "Awful and boring."]),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_each_item_stands_once_and_nothing_is_known_before_its_time(
    told: list[tuple[str, Action | None, float | None, str, bool]],
) -> None:
    story = [
        did(
            item,
            action,
            at,
            rating=rating,
            review=review,
            instruction=f"{item} at {at}" if asked else None,
        )
        for at, (item, action, rating, review, asked) in enumerate(told)
    ]

    kept = each_once(story)

    assert {done.item_id for done in kept} == {done.item_id for done in story}
    assert len({done.item_id for done in kept}) == len(kept)
    times = [done.timestamp for done in kept if done.timestamp is not None]
    assert times == sorted(times)
    for done in kept:
        known = [one for one in story if one.item_id == done.item_id and _by(one, done)]
        assert done.rating in {None, *(one.rating for one in known)}
        assert done.instruction in {None, *(one.instruction for one in known)}
        if done.review:
            assert done.review in {one.review for one in known}
        assert done.did in {one.did for one in known}
    assert each_once(kept) == kept


def _by(one: Interaction, done: Interaction) -> bool:
    assert one.timestamp is not None
    assert done.timestamp is not None
    return one.timestamp <= done.timestamp
