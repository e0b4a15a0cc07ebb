"""What other people say and choose: as it is built, and as it moves a list."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from credence.memory.collaborative.affinity import affinities
from credence.memory.collaborative.audience import Audience, gathered
from credence.memory.collaborative.item_memory import ItemMemory
from credence.memory.collaborative.usual import Usual
from credence.memory.model import Vector
from credence.planner.ranking.case import Others, RankingCase
from credence.planner.ranking.others import others
from credence.planner.ranking.reasons import leave_one_out
from credence.planner.ranking.semantic import SemanticRanker
from credence.planner.ranking.signals import SIGNALS, signals
from tests.unit.planner.ranking.cases import SIZE, a_case, everything, no_others, unit

NOTHING_USUAL = Usual(words=None, liking=0.0)


def chosen_by(*people: int, at: int = 0) -> Audience:
    """Each on a day of their own, from day `at` on."""
    keys = np.array(people, dtype=np.uint64)
    times = np.array([(at + person) * 86_400 for person in people], dtype=np.uint32)
    return gathered(keys, np.ones(len(people)), times=times)


def a_memory(
    *, people: int = 9, words: Vector | None = None, liking: float = 0.0, rated: float = 0.0
) -> ItemMemory:
    return ItemMemory(
        people=people,
        standing=float(people),
        voices=0.0 if words is None else float(people),
        words=words,
        liking=liking,
        judged=float(people),
        clear=float(people),
        rating=None,
        rated=rated,
        phrases=(),
        latest=datetime(2026, 6, 1, tzinfo=UTC),
        audience=chosen_by(*range(people)),
    )


def heard(*memories: ItemMemory | None, usual: Usual = NOTHING_USUAL, least: int = 3) -> Others:
    event = replace(a_memory(), audience=chosen_by(1, 2, 3))
    return others(memories, [event], usual=usual, least=least, size=SIZE)


def two(**changes: Any) -> RankingCase:
    """Two equal candidates, one event of no likeness to them, and others who say nothing yet."""
    case = a_case(candidates=2, chunks=0, events=1, asked=False)
    return replace(
        case,
        instruction=unit(0, 1),
        candidates=np.stack([unit(1), unit(1)]),
        events=unit(0, 0, 1)[None],
        event_weights=np.array([0.6]),
        others=replace(no_others(2, 1), **changes),
    )


async def lead_of_the_second(case: RankingCase) -> float:
    first, second = (await SemanticRanker().score(case, everything(case))).scores[0]
    return float(second - first)


def test_of_items_without_memory_nothing_is_known() -> None:
    nothing = heard(None, None)

    assert nothing.words.shape == (2, SIZE)
    assert nothing.company.shape == (1, 2)
    for part in (nothing.words, nothing.company, nothing.people, nothing.liking):
        assert not part.any()


def test_an_item_with_too_few_people_is_as_one_without_memory() -> None:
    few = a_memory(people=2, words=unit(1), liking=1.0, rated=2.0)

    told, untold = heard(few, least=2), heard(few, least=3)

    assert told.words.any() and told.company.any() and told.people.any() and told.liking.any()
    for part in (untold.words, untold.company, untold.people, untold.liking):
        assert not part.any()


def test_words_are_what_is_said_beyond_the_usual_and_grow_with_the_voices() -> None:
    usual = Usual(words=unit(0, 1), liking=0.0)
    few, many = a_memory(people=3, words=unit(1)), a_memory(people=99, words=unit(1))

    said = heard(few, many, a_memory(words=unit(0, 1)), usual=usual)

    assert said.words[0] == pytest.approx((unit(1) - unit(0, 1)) * 3 / 4, abs=1e-6)
    assert said.words[1] == pytest.approx((unit(1) - unit(0, 1)) * 99 / 100, abs=1e-6)
    assert not said.words[2].any()


def test_liking_is_beyond_the_usual_and_shrinks_where_few_rated() -> None:
    usual = Usual(words=None, liking=0.2)

    said = heard(
        a_memory(liking=0.6, rated=5.0),
        a_memory(liking=0.6),
        a_memory(liking=0.1, rated=45.0),
        usual=usual,
    )

    assert said.liking == pytest.approx([0.2, 0.0, -0.09])


def test_company_is_the_affinity_of_audiences_and_unknown_ones_have_none() -> None:
    candidate, event = a_memory(people=4), replace(a_memory(), audience=chosen_by(2, 3, 4))

    said = others([candidate], [event, None], usual=NOTHING_USUAL, least=3, size=SIZE)

    assert said.company[0] == pytest.approx(
        affinities([event.audience], [candidate.audience]).together[0]
    )
    assert said.company[0, 0] > 0
    assert said.company[1, 0] == 0


def test_what_others_went_on_to_is_told_from_the_event_to_the_candidate() -> None:
    candidate = replace(a_memory(people=4), audience=chosen_by(1, 2, 3, 4, at=90))
    event = replace(a_memory(), audience=chosen_by(2, 3, 4, at=50))

    on = others([candidate, None], [event], usual=NOTHING_USUAL, least=3, size=SIZE)
    back = others([event], [candidate], usual=NOTHING_USUAL, least=3, size=SIZE)

    assert on.followed[0] == pytest.approx(on.company[0])
    assert 0 < on.followed_soon[0, 0] < on.followed[0, 0]
    assert not on.followed[0, 1]
    assert back.company[0, 0] == pytest.approx(on.company[0, 0])
    assert back.followed[0, 0] == pytest.approx(-on.followed[0, 0])
    assert back.followed_soon[0, 0] < 0


def test_what_is_said_of_the_items_of_events_is_told_like_that_of_candidates() -> None:
    usual = Usual(words=unit(0, 1), liking=0.0)
    told, few = a_memory(people=3, words=unit(1)), a_memory(people=2, words=unit(1))

    said = others([told], [told, few, None], usual=usual, least=3, size=SIZE)

    assert np.array_equal(said.event_words[0], said.words[0]) and said.words.any()
    assert not said.event_words[1:].any()
    assert said.usual is usual.words


@pytest.mark.parametrize("asked", [True, False])
async def test_others_who_say_nothing_rank_as_if_there_were_none(asked: bool) -> None:
    case = a_case(asked=asked)
    keep = leave_one_out(4, 3)

    alone = (await SemanticRanker().score(case, keep)).scores
    silent = (await SemanticRanker().score(replace(case, others=no_others(6, 3)), keep)).scores

    assert np.array_equal(alone, silent)


async def test_words_like_the_instruction_company_people_and_liking_raise_an_item() -> None:
    by_words = two(words=np.stack([unit(1), unit(0, 1)]))
    by_company = two(company=np.array([[0.0, 0.5]]))
    by_order = two(followed=np.array([[0.0, 0.5]]), followed_soon=np.array([[0.0, 0.2]]))
    by_liking = two(liking=np.array([0.0, 0.3]))
    by_people = two(people=np.array([3.0, 300.0]))

    assert await lead_of_the_second(two()) == 0
    assert await lead_of_the_second(by_words) > 0.1
    assert await lead_of_the_second(by_company) > 0.1
    assert await lead_of_the_second(by_order) > 0.1
    assert await lead_of_the_second(by_liking) > 0.05
    assert await lead_of_the_second(replace(by_people, instruction=None)) >= 0


async def test_the_company_of_what_was_clearly_disliked_counts_against() -> None:
    case = replace(two(company=np.array([[0.0, 0.5]])), event_weights=np.array([-0.9]))

    assert await lead_of_the_second(case) < 0


async def test_without_an_event_its_company_is_gone_and_without_others_the_rest() -> None:
    case = a_case(chunks=0, events=2, heard=True)
    assert case.others is not None

    full, less_first, less_second, less_others = np.moveaxis(
        signals(case, leave_one_out(0, 2)), 1, 0
    )

    without = replace(
        case,
        events=case.events[:1],
        event_weights=case.event_weights[:1],
        others=replace(
            case.others,
            company=case.others.company[:1],
            followed=case.others.followed[:1],
            followed_soon=case.others.followed_soon[:1],
        ),
    )
    company = [at for at, name in enumerate(SIGNALS) if name.startswith(("company", "followed"))]
    said = [SIGNALS.index(name) for name in ("others_words", "people", "others_liking")]
    assert less_second[company] == pytest.approx(signals(without, everything(without))[company, 0])
    assert np.array_equal(less_others[company], full[company])
    assert np.array_equal(less_first[said], full[said])
    assert full[said].all()
    assert not less_others[said].any()
