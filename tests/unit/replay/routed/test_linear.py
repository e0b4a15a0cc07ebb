"""The linear ranker's weights, fitted to choices that were drawn by known ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from credence.inference.listwise.corpus import CorpusBuilder
from credence.inference.listwise.less import OF_INSTRUCTION
from credence.inference.listwise.lesson import Lesson
from credence.inference.listwise.network import SIGNALS, SPREADS
from credence.replay.routed.linear import linear_weights
from tests.unit.inference.listwise.worlds import a_full_list, direction

SILENT = list(OF_INSTRUCTION)
CLOSE = 0.2  # what so many choices leave unsure


def weights(seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).uniform(-1.2, 1.2, SIGNALS)


def a_lesson(
    count: int, told: NDArray[np.float64], *, asked: bool, contrary: int | None = None
) -> Lesson:
    """Choices drawn by these weights; people of the fold `contrary` do the opposite."""
    rng = np.random.default_rng(count)
    builder, case = CorpusBuilder(), a_full_list(candidates=4, chunks=0, events=0, asked=asked)
    folds = rng.integers(0, 3, count)
    for fold in folds:
        drawn = rng.normal(size=(4, SIGNALS))
        if not asked:
            drawn[:, SILENT] = 0
        score = drawn @ told * (-1 if fold == contrary else 1)
        chances = np.exp(score) / np.exp(score).sum()
        one = replace(case, signals=(drawn * np.array(SPREADS))[None])
        builder.add(one, int(rng.choice(4, p=chances)))
    return Lesson(
        domain="toy",
        corpus=builder.build(),
        folds=folds,
        more=np.zeros(count, dtype=np.bool_),
        centre=direction(0),
    )


def test_weights_are_found_again_asked_and_silent() -> None:
    asked, silent = weights(1), weights(2)
    lessons = {"a": a_lesson(1_500, asked, asked=True), "b": a_lesson(1_501, silent, asked=False)}

    of_asked = linear_weights({"a": lessons["a"]}, ["a"])
    of_silent = linear_weights(lessons, ["b"])

    assert of_asked.shape == (2, SIGNALS)
    np.testing.assert_allclose(of_asked[1], asked, atol=CLOSE)
    assert not of_asked[0][SILENT].any()
    told = np.delete(np.arange(SIGNALS), SILENT)
    np.testing.assert_allclose(of_silent[0][told], silent[told], atol=CLOSE)
    assert np.array_equal(of_silent[1], of_silent[0])  # nobody asked


def test_people_of_folds_left_out_have_no_say() -> None:
    told = weights(3)
    lessons = {"a": a_lesson(1_800, told, asked=True, contrary=1)}

    found = linear_weights(lessons, ["a"], without={1})
    muddled = linear_weights(lessons, ["a"])

    np.testing.assert_allclose(found[1], told, atol=CLOSE)
    assert np.abs(muddled[1] - told).max() > 0.5


def test_every_domain_counts_the_same_however_large() -> None:
    one, other = weights(4), -weights(4)
    lessons = {"a": a_lesson(1_500, one, asked=True), "b": a_lesson(150, other, asked=True)}

    found = linear_weights(lessons, ["a", "b"])[1]

    assert np.abs(found).max() < 0.5 * np.abs(one).max()
    assert found == pytest.approx(np.zeros(SIGNALS), abs=0.45)
