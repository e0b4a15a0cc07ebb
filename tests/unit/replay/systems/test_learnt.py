"""What a system has learnt goes from exam to exam, and not further."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from credence.replay.systems.scored import Scorer, learnt
from credence.replay.systems.system import Lessons, Material, Prepare
from tests.unit.replay.systems.material import a_material, world
from tests.unit.replay.worlds import a_domain, toy_encode

_, MATERIAL = world()
SAME = {
    "another exam": replace(MATERIAL, examinees=("p1",), instructed=False),
    "another folder": replace(MATERIAL, folder=Path("elsewhere"), database="elsewhere"),
}
OTHER = {
    "donors": replace(MATERIAL, donors=dict(MATERIAL.donors)),
    "encoded": replace(MATERIAL, encoded=a_material(a_domain()).encoded),
    "training": replace(MATERIAL, training=frozenset()),
    "encode": replace(MATERIAL, encode=lambda texts: toy_encode(texts)),  # noqa: PLW0108
    "words": replace(MATERIAL, words=lambda texts: toy_encode(texts)),  # noqa: PLW0108
    "seed": replace(MATERIAL, seed=MATERIAL.seed + 1),
}


def counted() -> tuple[list[Lessons], Prepare]:
    """A system that notes what it was taught."""
    taught: list[Lessons] = []

    def learn(lessons: Lessons) -> Scorer:
        taught.append(lessons)
        return lambda question: np.zeros(len(question.candidates))

    return taught, learnt(learn)


async def sat(prepare: Prepare, *materials: Material) -> None:
    for material in materials:
        async with prepare(material):
            pass


@pytest.mark.parametrize("what", SAME)
async def test_the_next_exam_of_a_domain_needs_no_new_lesson(what: str) -> None:
    taught, prepare = counted()

    await sat(prepare, MATERIAL, SAME[what], MATERIAL)

    assert taught == [MATERIAL]


@pytest.mark.parametrize("what", OTHER)
async def test_other_lessons_are_learnt_anew(what: str) -> None:
    taught, prepare = counted()

    await sat(prepare, MATERIAL, OTHER[what], MATERIAL)

    assert taught == [MATERIAL, OTHER[what], MATERIAL]


def test_all_that_can_be_learnt_from_is_compared() -> None:
    assert set(OTHER) == set(Lessons.__dataclass_fields__)
