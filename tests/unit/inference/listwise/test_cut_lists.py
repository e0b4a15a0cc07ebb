"""A list of many variants or pieces is worked out in parts: in little memory, at no more work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from credence.inference.listwise import under
from credence.inference.listwise.batch_ranking import BatchedLists, cells
from credence.inference.listwise.case import ListCase
from credence.inference.listwise.ranking import RankedLists, RoutedLists
from credence.inference.listwise.seen import Seen
from tests.unit.inference.listwise import slowly
from tests.unit.inference.listwise.made_up import a_bundle, a_list, assert_near
from tests.unit.inference.listwise.worlds import a_stirred_network, close

Ranks = Callable[[ListCase], RankedLists]


def in_process(*, steered: bool = False) -> Ranks:
    return RoutedLists(a_bundle(steered=steered)).rank


def in_batches(*, steered: bool = False) -> Ranks:
    lists = BatchedLists(a_bundle(steered=steered), torch.device("cpu"))

    def rank(case: ListCase) -> RankedLists:
        (told,) = lists.rank_many([case])
        assert isinstance(told, RankedLists)
        return told

    return rank


both = pytest.mark.parametrize("path", [in_process, in_batches])


class Made(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """How many numbers all steps make, and the largest of them."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.numbers = self.most = 0

    def __torch_dispatch__(
        self, step: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> object:
        made = step(*args, **(kwargs or {}))
        if isinstance(made, Tensor):
            self.numbers += made.numel()
            self.most = max(self.most, made.numel())
        return made


def made_by(rank: Ranks, case: ListCase) -> Made:
    made = Made()
    with made:
        rank(case)
    return made


@pytest.mark.parametrize("rank", [0, 2])
@pytest.mark.parametrize("most", [1, 17, 45])
def test_a_network_says_of_parts_what_it_says_of_the_whole(
    monkeypatch: pytest.MonkeyPatch, *, rank: int, most: int
) -> None:
    network = a_stirred_network(rank=rank, homes=2).requires_grad_(requires_grad=False)
    lists = slowly.some_lists()
    cases, variants = [4, 0], [2, 0]
    with torch.no_grad():
        whole = network(lists)
        chosen = network.of(Seen.of(lists).chosen(cases, variants))
        monkeypatch.setitem(under._AT_ONCE, "cpu", most)
        cut = network(lists)
        chosen_and_cut = network.of(Seen.of(lists).chosen(cases, variants))

    assert len(list(Seen.of(lists).parts())) > 1
    for one, other in ((cut, whole), (chosen_and_cut, chosen)):
        assert close(one.logits, other.logits, within=1e-5)
        assert close(one.hidden, other.hidden, within=1e-5)


@both
@pytest.mark.parametrize("steered", [False, True])
def test_a_list_in_parts_is_ranked_as_in_one(
    monkeypatch: pytest.MonkeyPatch, path: Callable[..., Ranks], *, steered: bool
) -> None:
    case = a_list(candidates=20, chunks=9, events=9, explain=True)
    whole = path(steered=steered)(case)
    monkeypatch.setitem(under._AT_ONCE, "cpu", 20 * 4)

    cut = path(steered=steered)(case)

    assert_near(cut.logs, whole.logs)
    assert_near(cut.route.expert_logs, whole.route.expert_logs)
    assert_near(cut.route.complement_logs, whole.route.complement_logs)
    assert cut.route.expert == whole.route.expert
    assert cut.route.weights == pytest.approx(whole.route.weights, abs=1e-6)
    assert cut.route.alpha == pytest.approx(whole.route.alpha, abs=1e-6)


@both
def test_work_grows_as_cells_do(path: Callable[..., Ranks]) -> None:
    rank = path()

    def of_a_cell(case: ListCase) -> float:
        pieces = len(case.events) + len(case.chunks)
        return made_by(rank, case).numbers / cells(len(case.candidates), len(case.signals), pieces)

    usual = of_a_cell(a_list(candidates=100, chunks=20, events=15, explain=True))

    # pieces alone, variants as well, and candidates beyond what is worked out together
    assert of_a_cell(a_list(candidates=1000, chunks=200, events=15)) < 3 * usual
    assert of_a_cell(a_list(candidates=1000, chunks=190, events=15, explain=True)) < 3 * usual
    assert of_a_cell(a_list(candidates=10_000, chunks=16, events=4, explain=True)) < 3 * usual


@both
def test_nothing_made_is_larger_than_what_came_in(
    path: Callable[..., Ranks],
) -> None:
    rank = path()
    for chunks in (80, 160):
        case = a_list(candidates=1000, chunks=chunks, events=2, explain=True)
        assert made_by(rank, case).most <= case.signals.size
