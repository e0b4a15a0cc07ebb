"""The loaders on the real data folder, where it lies beside the checkout."""

from __future__ import annotations

import pytest

from credence.replay.loaders.goodreads_extra import load_more
from credence.replay.loaders.instructrec import (
    load_domain,
    load_domains,
    load_item_names,
    load_training_targets,
)
from credence.replay.split import EXAM_ONLY, Half, half
from tests.integration.replay.recorded import DATA, NEEDS_DATA

pytestmark = NEEDS_DATA

_LEFT_OVER = ("[", "Genres:", "Categories:", "Directed by")


def test_every_domain_is_read_with_everybody_in_it() -> None:
    people = {domain.name: len(domain.people) for domain in load_domains(DATA)}

    assert people == {"books": 95, "cds": 192, "mlsmall": 609, "movietv": 560, "reads": 557}


@pytest.mark.parametrize("name", ["books", "reads"])
def test_items_have_creators_and_categories_and_clean_texts(name: str) -> None:
    domain = load_domain(DATA / name)

    with_categories = [item for item in domain.items if item.categories]
    with_creators = [item for item in domain.items if item.creators]
    assert len(with_categories) > 0.9 * len(domain.items)
    assert len(with_creators) > 0.8 * len(domain.items)
    assert not [item for item in domain.items if item.description.startswith(_LEFT_OVER)]
    assert all(len(creator) > 1 for item in with_creators for creator in item.creators)


def test_the_target_is_in_no_history() -> None:
    for domain in load_domains(DATA):
        for person in domain.people:
            assert person.target not in {done.item_id for done in person.history}


def test_nobody_who_sits_an_exam_gives_what_they_did_with_the_target() -> None:
    for name, targets in load_training_targets(DATA).items():
        assert {half(name, user_id) for user_id in targets} <= {Half.TRAIN}
        assert bool(targets) == (name not in EXAM_ONLY)


def test_of_more_people_those_who_are_in_the_domain_are_left_out() -> None:
    domain = load_domain(DATA / "reads")

    more = load_more(DATA / "goodreads_extra", domain, load_item_names(DATA, "reads"))

    # Only histories were compared, and by items; their texts tell whether that was enough.
    own = {(done.item_id, done.review) for p in domain.people for done in p.history if done.review}
    again = [
        done for story in more.values() for done in story if (done.item_id, done.review) in own
    ]
    assert 3_000 < len(more) < 3_700
    assert len(again) <= 3
