"""The loaders and simple baselines on the real data folder, where it lies beside the checkout."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from credence.memory.lifecycle.draft import Rules
from credence.replay.belief import live
from credence.replay.encoded import EncodedDomain
from credence.replay.loaders.goodreads_extra import load_more
from credence.replay.loaders.instructrec import (
    load_domain,
    load_domains,
    load_item_names,
    load_training_targets,
)
from credence.replay.metrics.hit_rate import hit_rate
from credence.replay.people import Domain, ReplayPerson
from credence.replay.ranks import target_rank
from credence.replay.sitting import Sitting, System
from credence.replay.split import EXAM_ONLY, Half, half
from credence.replay.systems.popularity import Popularity
from credence.replay.systems.tfidf import TfIdfInstruction, TfIdfSpace

DATA = Path(__file__).parents[4] / "shared" / "data"

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(
        not DATA.is_dir() and not os.environ.get("CI"), reason="the data folder is not here"
    ),
]

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


async def first_places(domain: Domain, system: System) -> float:
    """HR@1 over everybody of a domain before random lists, by a system that needs no vectors."""
    nothing = EncodedDomain(
        domain=domain, items={}, vectors={}, plain={}, centre=np.zeros(0, dtype=np.float32)
    )
    empty = (await live((), nothing, at={0}, embed=_no_texts, rules=Rules()))[0]

    async def rank(person: ReplayPerson) -> int:
        sitting = Sitting(
            encoded=nothing,
            lived=empty,
            instruction=person.instruction,
            instruction_vector=None,
            candidates=person.candidates,
        )
        scores = await system.score(sitting)
        return target_rank(scores, person.candidates, person.target, user_id=person.user_id, seed=0)

    ranks = np.array([await rank(person) for person in domain.people])
    return float(hit_rate(ranks, 1).mean())


async def _no_texts(texts: object) -> np.ndarray:
    raise AssertionError(f"nothing was to be encoded, got {texts}")


# What others measured on the same lists with their own code; people and ties differ a little.
@pytest.mark.parametrize(
    ("name", "hit_rate_at_1"), [("reads", 0.116), ("movietv", 0.305), ("mlsmall", 0.414)]
)
async def test_popularity_does_as_well_as_others_measured(name: str, hit_rate_at_1: float) -> None:
    domain = load_domain(DATA / name)

    assert await first_places(domain, Popularity(domain)) == pytest.approx(hit_rate_at_1, abs=0.04)


@pytest.mark.parametrize(("name", "hit_rate_at_1"), [("reads", 0.347), ("movietv", 0.207)])
async def test_words_of_the_instruction_do_as_well_as_others_measured(
    name: str, hit_rate_at_1: float
) -> None:
    domain = load_domain(DATA / name)

    measured = await first_places(domain, TfIdfInstruction(TfIdfSpace(domain)))

    assert measured == pytest.approx(hit_rate_at_1, abs=0.05)


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
