"""Ranking many lists in few passes says of each what ranking it alone says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from credence.app.listing import list_case
from credence.inference.devices import device_named
from credence.inference.errors import NoAnswer
from credence.inference.listwise.batch_ranking import BatchedLists, cells
from credence.inference.listwise.case import ListCase, lists_of
from credence.inference.listwise.lists import Lists
from credence.inference.listwise.ranking import RankedLists, RoutedLists
from credence.inference.routing.blend import blend
from credence.inference.routing.fusion import fuse
from tests.unit.inference.listwise.made_up import a_bundle, a_list, assert_near, some_lists
from tests.unit.planner.ranking.cases import a_case

CPU = torch.device("cpu")


def assert_same(one: RankedLists | NoAnswer, other: RankedLists) -> None:
    assert isinstance(one, RankedLists)
    ours, theirs = one.route, other.route
    assert_near(one.logs, other.logs)
    assert_near(ours.expert_logs, theirs.expert_logs)
    assert_near(ours.complement_logs, theirs.complement_logs)
    assert (ours.model, ours.data, ours.expert) == (theirs.model, theirs.data, theirs.expert)
    assert ours.weights == pytest.approx(theirs.weights, abs=1e-6)
    assert ours.complement_share == pytest.approx(theirs.complement_share, abs=1e-6)
    assert ours.alpha == pytest.approx(theirs.alpha, abs=1e-6)


@pytest.mark.parametrize("steered", [False, True])
@pytest.mark.parametrize("device", ["cpu", "auto"])
def test_together_is_as_alone(*, steered: bool, device: str) -> None:
    cases = some_lists(40)
    alone = [RoutedLists(a_bundle(steered=steered)).rank(case) for case in cases]

    many = BatchedLists(a_bundle(steered=steered), device_named(device)).rank_many(cases)

    assert len({one.route.expert for one in alone}) > 1
    for one, other in zip(many, alone, strict=True):
        assert_same(one, other)


def test_a_large_list_beside_one_of_as_many_variants_as_its_rest_keeps_the_order_of_its_rows() -> (
    None
):
    dice = np.random.default_rng(0)
    case = a_case(candidates=1000, chunks=3, events=3, heard=True)
    keep = dice.random((200, case.pieces)) < 0.5
    keep[0], keep[:, -1] = True, True
    large, small = list_case(case, keep), a_list(candidates=900, chunks=3, events=2, explain=True)
    alone = [RoutedLists(a_bundle()).rank(one) for one in (small, large)]

    beside = BatchedLists(a_bundle(), CPU).rank_many([small, large])

    assert len(small.signals) == 6
    for one, other in zip(beside, alone, strict=True):
        assert_same(one, other)


def test_a_list_without_numbers_spoils_no_other() -> None:
    cases = [a_list(seed=seed) for seed in range(4)]
    spoilt = np.full_like(cases[2].liking, np.nan)
    cases[2] = replace(cases[2], liking=spoilt)
    lists = BatchedLists(a_bundle(), CPU)

    told = lists.rank_many(cases)

    assert isinstance(told[2], NoAnswer)
    for at in (0, 1, 3):
        assert_same(told[at], RoutedLists(a_bundle()).rank(cases[at]))


def test_lists_go_together_where_little_is_padded() -> None:
    lists = BatchedLists(a_bundle(), CPU)
    short, long = a_list(candidates=5), a_list(candidates=500)

    def taken(*cases: ListCase) -> list[bool]:
        gathering = lists.gathering()
        return [gathering.takes(case) for case in cases]

    assert taken(short, a_list(candidates=8)) == [True, True]
    assert taken(long, a_list(candidates=400)) == [True, True]
    assert taken(short, short, long) == [True, True, False]
    assert taken(short, a_list(candidates=5, explain=True)) == [True, False]
    assert taken(short, short, long, short) == [True, True, False, True]  # it counts for nothing


def test_what_is_padded_is_counted_over_all_that_go_together() -> None:
    lists, cases = BatchedLists(a_bundle(), CPU), some_lists(40)
    gathering = lists.gathering()

    together = [case for case in cases if gathering.takes(case)]

    padded = len(together) * cells(
        max(len(one.candidates) for one in together),
        len(together[0].signals),
        max(len(one.events) for one in together) + max(len(one.chunks) for one in together),
    )
    own = sum(
        cells(len(one.candidates), len(one.signals), len(one.events) + len(one.chunks))
        for one in together
    )
    assert 1 < len(together) < len(cases)
    assert padded <= 2 * own


def test_to_ask_whether_a_list_goes_along_looks_at_no_other() -> None:
    looked = 0

    class Counted(np.ndarray[Any, Any]):
        def __len__(self) -> int:
            nonlocal looked
            looked += 1
            return super().__len__()

    def case() -> ListCase:
        made = a_list()
        return replace(made, candidates=made.candidates.view(Counted))

    gathering = BatchedLists(a_bundle(), CPU).gathering()
    each = []
    for _ in range(20):
        one, before = case(), looked
        assert gathering.takes(one)
        each.append(looked - before)

    assert len(set(each)) == 1


def test_warming_up_changes_no_answer() -> None:
    case, lists = a_list(), BatchedLists(a_bundle(steered=True), CPU)
    (before,) = lists.rank_many([case])
    assert isinstance(before, RankedLists)

    lists.warm_up()

    (after,) = lists.rank_many([case])
    assert_same(after, before)


def test_no_model_leaves_a_number_behind_on_another_device() -> None:
    bundle = a_bundle(steered=True)
    lists = Lists(
        *(one.to("meta") for one in lists_of([a_list(candidates=n, explain=True) for n in (4, 6)]))
    )
    assert bundle.reward is not None
    assert bundle.alpha is not None
    for network in (bundle.router.network, *bundle.experts.values(), bundle.reward):
        said = network.to("meta")(lists)  # where devices mix, torch refuses
        logits = said.logits.flatten(0, 1)
    steered = blend(logits, logits, bundle.alpha.to("meta")(fuse(logits, logits), logits))

    assert {said.hidden.device.type, steered.device.type} == {"meta"}
