"""A list shown without a part of it is the list of somebody of whom that was never known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from credence.app.listing import list_case
from credence.inference.listwise.case import lists_of
from credence.inference.listwise.less import deafened, forgetful, silenced, unordered
from credence.inference.listwise.lists import Lists
from credence.planner.ranking.case import RankingCase
from tests.unit.inference.listwise.worlds import a_stirred_network, a_told_case, same
from tests.unit.planner.ranking.cases import SIZE, everything

Shown = Callable[[Lists, Tensor], Lists]


def lists(*cases: RankingCase) -> Lists:
    return lists_of([list_case(case, everything(case)) for case in cases])


def silent(case: RankingCase) -> RankingCase:
    return replace(case, instruction=None, wording=None)


def deaf(case: RankingCase) -> RankingCase:
    return replace(case, others=None)


def undated(case: RankingCase) -> RankingCase:
    assert case.others is not None
    return replace(case, others=case.others.undated)


def without_chunks(case: RankingCase) -> RankingCase:
    nothing = np.zeros(0)
    return replace(
        case,
        chunks=np.zeros((0, SIZE), dtype=np.float32),
        strengths=nothing,
        confidences=nothing,
    )


def a_plain_case(seed: int) -> RankingCase:
    """One whose words are read as they are: what is usual is known from others alone."""
    case = a_told_case(seed=seed)
    assert case.others is not None
    return replace(case, others=replace(case.others, usual=None))


@pytest.mark.parametrize(
    ("shown", "known"),
    [(silenced, silent), (deafened, deaf), (unordered, undated), (forgetful, without_chunks)],
)
def test_what_is_left_out_was_never_known(
    shown: Shown, known: Callable[[RankingCase], RankingCase]
) -> None:
    first, second = a_plain_case(1), a_plain_case(2)
    network = a_stirred_network()

    told = shown(lists(first, second), torch.tensor([True, False]))

    expected = lists(known(first)), lists(second)
    for row, one in enumerate(expected):
        said, known_of = network(told), network(one)
        assert torch.allclose(said.logits[row], known_of.logits[0], atol=2e-5)
        assert torch.allclose(said.hidden[row], known_of.hidden[0], atol=2e-5)


def test_where_nothing_is_left_out_nothing_changes() -> None:
    whole = lists(a_told_case())

    for shown in (silenced, deafened, forgetful):
        assert same(shown(whole, torch.tensor([False])), whole, within=0)
