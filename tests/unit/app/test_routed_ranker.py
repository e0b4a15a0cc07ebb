"""The routed model as a ranker: its promise to the planner, and bad input."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from credence.app.listing import list_case
from credence.app.routed_ranker import RoutedRanker
from credence.inference.errors import NoAnswer
from credence.inference.listwise.bundle import Bundle
from credence.inference.listwise.network import SIGNALS
from credence.inference.listwise.ranking import RoutedLists, ablations
from credence.planner.ranking.case import RankingCase
from credence.planner.ranking.order import order
from credence.planner.ranking.reasons import Source, leave_one_out, reasons
from tests.unit.inference.listwise.made_up import a_bundle
from tests.unit.inference.listwise.worlds import a_told_case
from tests.unit.planner.ranking.cases import a_case, everything


def a_ranker(*, steered: bool = False) -> RoutedRanker:
    return RoutedRanker(RoutedLists(a_bundle(steered=steered)))


def test_a_ranker_shows_the_version_of_its_model() -> None:
    assert RoutedRanker(RoutedLists(a_bundle(version="2026-11"))).name == "routed-2026-11"


@pytest.mark.parametrize("steered", [False, True])
@pytest.mark.parametrize("candidates", [1, 7, 60])  # some in a thread of their own
async def test_every_variant_is_scored_as_it_is_alone(*, steered: bool, candidates: int) -> None:
    ranker, case = a_ranker(steered=steered), a_told_case(candidates=candidates)
    keep = leave_one_out(len(case.chunks), len(case.events))

    together = await ranker.score(case, keep)
    alone = [(await ranker.score(case, row[None])).scores[0] for row in keep]

    assert together.scores.shape == (len(keep), candidates)
    np.testing.assert_allclose(np.exp(together.scores).sum(axis=1), 1, atol=1e-9)
    np.testing.assert_allclose(together.scores, np.stack(alone), atol=2e-5)
    assert not together.degraded


async def test_variants_come_back_in_the_order_they_were_asked_for() -> None:
    ranker, case = a_ranker(), a_told_case()
    keep = leave_one_out(len(case.chunks), len(case.events))
    shuffled = np.random.default_rng(0).permutation(len(keep))

    scored = await ranker.score(case, keep[shuffled])

    expected = (await ranker.score(case, keep)).scores[shuffled]
    np.testing.assert_allclose(scored.scores, expected, atol=2e-5)


async def test_the_trace_is_that_of_the_first_variant_whether_it_hears_of_others_or_not() -> None:
    ranker, case = a_ranker(), a_told_case()
    everyone = everything(case)
    alone = everyone.copy()
    alone[:, -1] = False

    for first, second in ((everyone, alone), (alone, everyone)):
        trace = (await ranker.score(case, np.vstack([first, second]))).trace
        expected = (await ranker.score(case, first)).trace

        assert trace is not None
        assert expected is not None
        assert trace.expert == expected.expert
        assert trace.weights == pytest.approx(expected.weights, abs=1e-5)
        assert sum(trace.weights.values()) == pytest.approx(1, abs=1e-6)
        assert trace.expert == max(trace.weights, key=lambda name: trace.weights[name])
        assert 0 <= trace.complement_share <= 1
        np.testing.assert_allclose(trace.expert_scores, expected.expert_scores, atol=2e-5)


async def test_scores_are_the_chosen_expert_and_the_complement_together() -> None:
    case = a_told_case()

    scored = await a_ranker().score(case, everything(case))

    assert scored.trace is not None
    assert scored.trace.alpha is None
    summed = scored.trace.expert_scores + scored.trace.complement_scores
    expected = summed - np.log(np.exp(summed).sum())
    np.testing.assert_allclose(scored.scores[0], expected, atol=1e-5)


async def test_no_candidates_and_no_variants_are_answered_with_nothing() -> None:
    none = a_case(candidates=0, heard=True)
    some = a_case(candidates=3)

    empty = await a_ranker().score(none, leave_one_out(4, 3))
    unasked = await a_ranker().score(some, np.ones((0, some.pieces), dtype=np.bool_))

    assert empty.scores.shape == (9, 0)
    assert unasked.scores.shape == (0, 3)
    assert empty.trace is None


async def test_a_thousand_candidates_are_ranked() -> None:
    case = a_told_case(candidates=1_000, chunks=10, events=15)

    scored = await a_ranker(steered=True).score(case, everything(case))

    assert np.isfinite(scored.scores).all()
    assert np.exp(scored.scores).sum() == pytest.approx(1, abs=1e-9)


async def test_keep_of_another_belief_is_refused() -> None:
    with pytest.raises(ValueError, match="columns"):
        await a_ranker().score(a_case(), np.ones((1, 3), dtype=np.bool_))


@pytest.mark.parametrize("name", ["candidates", "events", "chunks", "event_weights", "voices"])
async def test_input_that_is_no_number_has_no_answer_and_a_stand_in_ranks(name: str) -> None:
    case = a_told_case()
    spoilt = np.array(getattr(case, name))
    spoilt.flat[1] = np.nan
    changes: dict[str, Any] = {name: spoilt}
    case = replace(case, **changes)
    model = RoutedLists(a_bundle())

    with pytest.raises(NoAnswer, match="no number"):
        model.rank(list_case(case, everything(case)))
    scored = await RoutedRanker(model).score(case, everything(case))

    assert scored.degraded
    assert scored.ranker.startswith("semantic-")
    assert scored.trace is None


async def test_candidates_that_are_alike_in_everything_are_ordered_by_id() -> None:
    case = a_told_case(candidates=40, seed=3)
    assert case.others is not None
    twin = np.arange(40) % 20  # every candidate twice
    others = case.others
    twins = replace(
        case,
        candidates=case.candidates[twin],
        candidate_ids=tuple(f"i{99 - at:02d}" for at in range(40)),
        others=replace(
            others,
            words=others.words[twin],
            company=others.company[:, twin],
            followed=others.followed[:, twin],
            followed_soon=others.followed_soon[:, twin],
            people=others.people[twin],
            liking=others.liking[twin],
        ),
    )

    scored = await a_ranker().score(twins, everything(twins))

    best = order(scored.scores[0], twins.candidate_ids).tolist()
    for first, second in zip(best[::2], best[1::2], strict=True):
        assert (first, second) == (second + 20, second)


@pytest.mark.parametrize("seed", range(4))
async def test_where_nothing_is_known_of_others_they_are_no_reason(seed: int) -> None:
    case = a_case(candidates=9, chunks=3, events=5, seed=seed)

    scored = await a_ranker().score(case, leave_one_out(3, 5))

    found = reasons(scored.scores, chunk_ids=[1, 2, 3], event_seqs=[1, 2, 3, 4, 5])
    sources = {reason.source for of_one in found for reason in of_one}
    assert sources == {Source.CHUNK, Source.EVENT}


def a_one_sided_bundle() -> Bundle:
    """A bundle that always chooses its first expert."""
    bundle = a_bundle()
    linear = bundle.router.head.linear
    linear.weight.data.zero_()
    linear.bias.data.copy_(linear.bias.new_tensor([1.0, 0.0, 0.0]))
    return bundle


def test_the_parts_of_a_model_add_up() -> None:
    case: RankingCase = a_told_case()
    listed = list_case(case, everything(case))
    assert listed.signals.shape[-1] == SIGNALS

    parts = {name: logs(listed) for name, logs in ablations(a_one_sided_bundle()).items()}

    assert all(np.exp(logs).sum() == pytest.approx(1, abs=1e-6) for logs in parts.values())
    chosen, own = parts["expert-generalist"], parts["complement"]
    np.testing.assert_allclose(parts["selection"], chosen, atol=1e-5)
    both = parts["fusion"] - (chosen + own)
    np.testing.assert_allclose(both, both.mean(), atol=1e-5)
    alone = [logs for name, logs in parts.items() if name.startswith("expert-")]
    average = parts["average"] - np.mean(alone, axis=0)
    np.testing.assert_allclose(average, average.mean(), atol=1e-5)
