"""What the weights are learnt from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from credence.replay.positions import instruction_from, positions
from credence.replay.split import Half, half
from tests.unit.replay.worlds import a_domain


def test_only_people_of_the_training_half_are_learnt_from() -> None:
    found = positions(a_domain(), seed=0)

    assert found
    assert {half("toy", p.user_id) for p in found} == {Half.TRAIN}


def test_nobody_of_a_domain_kept_for_exams_is_learnt_from() -> None:
    assert positions(replace(a_domain(), name="books"), seed=0) == ()


def test_negatives_are_items_the_person_never_took() -> None:
    targets = {person.user_id: person.target for person in a_domain().people}
    for position in positions(a_domain(), seed=0):
        taken = {done.item_id for done in position.history} | {targets[position.user_id]}
        others = [c for i, c in enumerate(position.candidates) if i != position.chosen]

        assert not taken & set(others)
        assert len(set(position.candidates)) == 10


def test_the_choice_is_not_among_what_may_be_seen_before_it() -> None:
    for position in positions(a_domain(), seed=0):
        seen = {done.item_id for done in position.history[: position.before]}

        assert position.candidates[position.chosen] not in seen


def test_the_same_seed_gives_the_same_positions() -> None:
    assert positions(a_domain(), seed=1) == positions(a_domain(), seed=1)
    assert positions(a_domain(), seed=1) != positions(a_domain(), seed=2)


def test_choices_rated_badly_are_not_learnt_from() -> None:
    domain = a_domain()
    people = tuple(
        replace(p, history=tuple(replace(done, rating=2.0) for done in p.history))
        for p in domain.people
    )

    found = positions(replace(domain, people=people), seed=0)

    assert all(p.before == len(p.history) for p in found)


@pytest.mark.parametrize(
    ("review", "title", "asked"),
    [
        ("First. Then a slow burn. I want more.", "X", "Then a slow burn. I want more."),
        ("A tense story with Anna Karenina in it.", "X", "A tense story with … in it."),
        ("the martian is fun, alone on mars.", "The Martian", "the … is fun, alone on mars."),
        ("Dune", "Dune", None),
        ("", "Dune", None),
    ],
)
def test_an_instruction_is_the_end_of_a_review_without_title_and_names(
    review: str, title: str, asked: str | None
) -> None:
    assert instruction_from(review, title) == asked
