"""What holds for every system that needs no LLM."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from credence.replay.people import Domain
from credence.replay.ranks import target_rank
from credence.replay.systems.named import NAMED
from credence.replay.systems.system import Material
from tests.unit.replay.systems.material import (
    a_catalogue,
    a_material,
    answers,
    asked,
    did,
    question_of,
    world,
)

NAMES = (
    *("random", "popularity", "recency", "tfidf-instruction", "tfidf-history", "tfidf"),
    *("bm25-instruction", "bm25-history", "bm25", "item-knn", "als", "sasrec"),
    *("encoder-instruction", "encoder-history", "encoder"),
)
BLIND = ("random", "popularity", "recency")  # to the person
CHOOSERS = ("item-knn", "als", "sasrec")  # by what people chose
ABLE = tuple(name for name in NAMES if name not in BLIND)


@pytest.fixture(scope="module")
def toy() -> tuple[Domain, Material]:
    return world()


def first_places(found: list[tuple[float, ...]], domain: Domain) -> float:
    ranks = [
        target_rank(np.array(scores), p.candidates, p.target, user_id=p.user_id, seed=0)
        for scores, p in zip(found, domain.people, strict=True)
    ]
    return float(np.mean(np.array(ranks) == 1))


def test_the_systems_of_the_command_line_are_these_and_each_says_what_it_is() -> None:
    assert tuple(NAMED) == NAMES
    assert len({named.what for named in NAMED.values()}) == len(NAMES)
    assert all(named.what for named in NAMED.values())


@pytest.mark.parametrize("name", ABLE)
async def test_who_sees_the_taste_finds_the_target(name: str, toy: tuple[Domain, Material]) -> None:
    domain, material = toy

    found = await answers(name, material, *map(question_of, domain.people))

    assert first_places(found, domain) > 0.75


@pytest.mark.parametrize("name", BLIND)
async def test_who_does_not_look_at_the_person_is_about_chance(
    name: str, toy: tuple[Domain, Material]
) -> None:
    domain, material = toy

    found = await answers(name, material, *map(question_of, domain.people))

    assert first_places(found, domain) < 0.3


@pytest.mark.parametrize("name", NAMES)
async def test_prepared_twice_it_answers_the_same(name: str, toy: tuple[Domain, Material]) -> None:
    domain, material = toy
    questions = [question_of(person) for person in domain.people[:8]]
    shuffled = replace(material, donors=dict(list(material.donors.items())[::-1]))

    assert await answers(name, material, *questions) == await answers(name, shuffled, *questions)


@pytest.mark.parametrize("name", NAMES)
async def test_candidates_in_another_order_have_the_same_scores_to_the_last_digit(
    name: str, toy: tuple[Domain, Material]
) -> None:
    domain, material = toy
    rng, questions, orders = np.random.default_rng(0), [], []
    for person in domain.people[:12]:
        order = rng.permutation(len(person.candidates))
        question = question_of(person)
        moved = tuple(person.candidates[place] for place in order)
        questions += [question, replace(question, candidates=moved)]
        orders.append(order)

    found = await answers(name, material, *questions)

    for before, after, order in zip(found[::2], found[1::2], orders, strict=True):
        assert after == tuple(before[place] for place in order)


@pytest.mark.parametrize("name", NAMES)
async def test_one_answer_does_not_change_the_next(name: str, toy: tuple[Domain, Material]) -> None:
    domain, material = toy
    first, second = (question_of(person) for person in domain.people[:2])

    one, _, again = await answers(name, material, first, second, first)

    assert one == again


@pytest.mark.parametrize("name", ABLE)
async def test_with_nothing_to_go_on_all_candidates_are_equal(
    name: str, toy: tuple[Domain, Material]
) -> None:
    domain, material = toy
    history: Any = domain.people[0].history if name.endswith("-instruction") else ()
    instruction = "a heist" if name.endswith("-history") or name in CHOOSERS else None
    question = asked("0", "1", "2", "3", history=history, instruction=instruction)

    ((first, *others),) = await answers(name, material, question)

    assert others == [first] * 3


@pytest.mark.parametrize("name", NAMES)
async def test_odd_questions_have_scores_that_are_numbers(
    name: str, toy: tuple[Domain, Material]
) -> None:
    _, material = toy
    lone = asked("5", history=did("5", "5", "6"))
    twice = asked("5", "6", history=did(*["5"] * 120), user_id="p1")
    said = (None, "", "??", "zzyzx", "x" * 10_000)
    questions = [replace(one, instruction=text) for one in (lone, twice) for text in said]

    found = await answers(name, material, *questions)

    assert [len(scores) for scores in found] == [1] * 5 + [2] * 5
    assert all(math.isfinite(score) for scores in found for score in scores)


@pytest.mark.parametrize("name", ["popularity", "recency", *CHOOSERS])
async def test_items_that_nobody_has_seen_are_equal(name: str) -> None:
    donors = {f"p{n}": did(*"01234", day=n) for n in range(6)}
    material = a_material(a_catalogue(8), donors=donors)
    known_and_not = asked("4", "6", "7", history=did("0", "1", "2", "3"))
    of_unseen = asked("0", "1", "7", history=did("6", "5"))

    (known, one, other), strange = await answers(name, material, known_and_not, of_unseen)

    assert one == other < known
    if name in CHOOSERS:
        assert len(set(strange)) == 1


@pytest.mark.parametrize("name", NAMES)
async def test_where_nobody_did_anything_there_is_still_an_answer(name: str) -> None:
    material = a_material(a_catalogue(4), donors={"p0": (), "p1": ()})

    (scores,) = await answers(name, material, asked("0", "1", "2", user_id="p0"))

    assert len(scores) == 3
    assert all(math.isfinite(score) for score in scores)
    if name != "random":
        assert len(set(scores)) == 1


@pytest.mark.parametrize("name", ["popularity", "recency", "item-knn"])
async def test_what_the_person_did_is_not_counted_among_what_others_did(
    name: str, toy: tuple[Domain, Material]
) -> None:
    domain, material = toy
    person = domain.people[0]
    rest = {u: story for u, story in material.donors.items() if u != person.user_id}
    knowing = {person.user_id: (*person.history, *did(person.target)), **rest}

    without = await answers(name, replace(material, donors=rest), question_of(person))
    with_all = await answers(name, replace(material, donors=knowing), question_of(person))

    assert without == with_all
