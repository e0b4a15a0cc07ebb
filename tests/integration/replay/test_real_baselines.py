"""Simple systems on the real data folder do about as well as others measured."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from credence.replay.loaders.instructrec import load_domain
from credence.replay.people import Domain
from credence.replay.ranks import target_rank
from credence.replay.systems.both import both
from credence.replay.systems.interactions import Interactions
from credence.replay.systems.item_knn import item_knn
from credence.replay.systems.popularity import popularity
from credence.replay.systems.scored import Scorer
from credence.replay.systems.system import Question
from credence.replay.systems.tfidf import TfIdf
from tests.integration.replay.recorded import DATA, NEEDS_DATA

pytestmark = NEEDS_DATA

# Others measured with other code, other ties and slightly other people: of 557 people the 95%
# half-width of HR@1 at .35 is .04 by itself, and what counts as a word is worth some points too.
WITHIN = 0.05

domain_of = cache(lambda name: load_domain(DATA / name))


def first_places(domain: Domain, scorer: Scorer) -> tuple[float, float]:
    """HR@1 over everybody of a domain, before lists drawn at random and matched ones."""
    return _first_places(domain, scorer, matched=False), _first_places(domain, scorer, matched=True)


def _first_places(domain: Domain, scorer: Scorer, *, matched: bool) -> float:
    ranks = []
    for person in domain.people:
        candidates = person.candidates_matched if matched else person.candidates
        assert candidates is not None
        question = Question(
            user_id=person.user_id,
            history=person.history,
            instruction=person.instruction,
            candidates=candidates,
        )
        scores = scorer(question)
        rank = target_rank(scores, candidates, person.target, user_id=person.user_id, seed=0)
        ranks.append(rank)
    return float(np.mean(np.array(ranks) == 1))


# Only random lists: on the matched ones of movietv others have .204 and this has .123, nobody knows
# why. Counting everybody's last items too gives .300, and .386 on the random ones.
@pytest.mark.parametrize(("name", "random"), [("reads", 0.116), ("movietv", 0.305)])
def test_popularity_does_as_well_as_others_measured(name: str, random: float) -> None:
    domain = domain_of(name)
    scorer = popularity({person.user_id: person.history for person in domain.people})

    assert first_places(domain, scorer)[0] == pytest.approx(random, abs=WITHIN)


@pytest.mark.parametrize(
    ("name", "random", "matched"), [("reads", 0.376, 0.321), ("movietv", 0.374, 0.229)]
)
def test_item_knn_does_as_well_as_others_measured(name: str, random: float, matched: float) -> None:
    domain = domain_of(name)
    known = Interactions.of({person.user_id: person.history for person in domain.people})

    measured = first_places(domain, item_knn(known))

    assert measured == pytest.approx((random, matched), abs=WITHIN)


@pytest.mark.parametrize(
    ("name", "instruction", "history", "together"),
    [
        ("reads", (0.347, 0.351), (0.165, 0.182), (0.362, 0.376)),
        ("movietv", (0.207, 0.233), (0.194, 0.180), (0.242, 0.244)),
        ("books", (0.325, 0.302), (0.411, 0.389), (0.442, 0.368)),
    ],
)
def test_words_do_as_well_as_others_measured(
    name: str,
    instruction: tuple[float, float],
    history: tuple[float, float],
    together: tuple[float, float],
) -> None:
    domain = domain_of(name)
    space = TfIdf({item.item_id: item for item in domain.items})
    within = WITHIN if len(domain.people) > 100 else 0.10  # its 95% half-width for 95 people

    by_both = both(space.by_instruction, space.by_history)
    assert first_places(domain, space.by_instruction) == pytest.approx(instruction, abs=within)
    assert first_places(domain, space.by_history) == pytest.approx(history, abs=within)
    assert first_places(domain, by_both) == pytest.approx(together, abs=within)
