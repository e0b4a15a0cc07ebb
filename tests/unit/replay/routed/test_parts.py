"""Rankers by name: the whole model, its parts, and the linear ranker of its lists."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from credence.app.routed_ranker import RoutedRanker
from credence.inference.errors import ModelMissing
from credence.inference.listwise.bundle import read, write
from credence.inference.listwise.network import SIGNALS
from credence.planner.ranking.case import Ranker, RankingCase
from credence.planner.ranking.reasons import leave_one_out
from credence.planner.ranking.semantic import SemanticRanker
from credence.planner.ranking.weights import Weights
from credence.replay.errors import ReplayError
from credence.replay.routed.parts import UnknownPart, ranker_named
from tests.unit.inference.listwise.made_up import HOMES, a_bundle
from tests.unit.inference.listwise.worlds import a_told_case
from tests.unit.planner.ranking.cases import everything

LINEAR = np.random.default_rng(0).normal(size=(2, SIGNALS))
PARTS = (
    *(f"expert-{name}" for name in ("generalist", *HOMES)),
    *("average", "complement", "selection", "fusion"),
)
STEERED = ("reward", "alpha-0.1", "alpha-0.25", "alpha-0.5")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    write(a_bundle(steered=True), tmp_path / "m", provenance={"linear": LINEAR.tolist()})
    return tmp_path / "m"


async def scores(ranker: Ranker, case: RankingCase) -> NDArray[np.float64]:
    return (await ranker.score(case, everything(case))).scores


@pytest.mark.parametrize("part", [*PARTS, *STEERED])
async def test_a_part_answers_every_variant_as_a_ranker_does(part: str, model: Path) -> None:
    ranker, case = ranker_named(f"routed-{part}", model), a_told_case()
    keep = leave_one_out(len(case.chunks), len(case.events))

    scored = await ranker.score(case, keep)

    assert scored.scores.shape == (len(keep), len(case.candidates))
    np.testing.assert_allclose(np.exp(scored.scores).sum(axis=1), 1, atol=1e-6)
    alone = (await ranker.score(case, keep[3:4])).scores
    np.testing.assert_allclose(scored.scores[3:4], alone, atol=1e-6)
    assert scored.ranker == ranker.name == f"routed-{read(model).version}-{part}"
    assert (await ranker.score(case, keep[:0])).scores.shape == (0, len(case.candidates))


async def test_parts_differ_and_the_fusion_is_the_whole_where_nothing_steers(
    tmp_path: Path,
) -> None:
    write(a_bundle(), tmp_path, provenance={})
    case = a_told_case()

    found = {part: await scores(ranker_named(f"routed-{part}", tmp_path), case) for part in PARTS}
    whole = ranker_named("routed", tmp_path)

    assert isinstance(whole, RoutedRanker)
    np.testing.assert_allclose(found["fusion"], await scores(whole, case), atol=1e-6)
    apart = ("average", "complement", "fusion", *(p for p in PARTS if p.startswith("expert-")))
    assert len({found[part].tobytes() for part in apart}) == len(apart)


async def test_the_linear_ranker_of_the_same_domains_is_the_one_in_the_manifest(
    model: Path,
) -> None:
    case = a_told_case()
    told = Weights(version="x", with_instruction=LINEAR[1], without_instruction=LINEAR[0])

    found = await scores(ranker_named("semantic-same-domains", model), case)

    assert np.array_equal(found, await scores(SemanticRanker(told), case))
    shipped = await scores(ranker_named("semantic", model), case)
    assert np.array_equal(shipped, await scores(SemanticRanker(), case))
    assert not np.allclose(found, shipped)


def test_without_a_folder_the_parts_are_of_the_model_that_ships() -> None:
    for name in ("routed-expert-books", "semantic-same-domains"):
        assert ranker_named(name, None).name.startswith(name.split("-")[0])


@pytest.mark.parametrize("part", ["expert-music", "reward", "alpha-0.1", "nothing"])
def test_a_part_that_a_model_does_not_have_is_refused_with_those_it_has(
    part: str, tmp_path: Path
) -> None:
    write(a_bundle(), tmp_path, provenance={})

    with pytest.raises(UnknownPart, match=f"no part '{part}'; it has expert-generalist, .*fusion"):
        ranker_named(f"routed-{part}", tmp_path)


def test_a_model_that_says_nothing_of_a_linear_ranker_is_refused(tmp_path: Path) -> None:
    write(a_bundle(), tmp_path / "m", provenance={})
    (tmp_path / "empty").mkdir()

    for folder in ("m", "empty"):
        with pytest.raises(ReplayError, match="does not say how a linear ranker"):
            ranker_named("semantic-same-domains", tmp_path / folder)
    with pytest.raises(ModelMissing):
        ranker_named("routed-average", tmp_path / "empty")


async def test_steered_parts_mix_the_fusion_and_a_reward_model_that_sees_no_instruction(
    model: Path,
) -> None:
    case = a_told_case()
    fusion = await scores(ranker_named("routed-fusion", model), case)
    reward = await scores(ranker_named("routed-reward", model), case)
    silent = replace(case, instruction=None, wording=None)

    assert case.instruction is not None
    np.testing.assert_allclose(
        reward, await scores(ranker_named("routed-reward", model), silent), atol=1e-6
    )
    assert np.abs(reward - fusion).max() > 0.01
    for alpha in (0.1, 0.25, 0.5):
        mixed = (1 - alpha) * fusion + alpha * reward
        mixed -= np.log(np.exp(mixed).sum(axis=1, keepdims=True))
        made = await scores(ranker_named(f"routed-alpha-{alpha}", model), case)
        np.testing.assert_allclose(made, mixed, atol=1e-5)
