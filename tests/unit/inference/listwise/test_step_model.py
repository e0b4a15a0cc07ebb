"""Listwise networks under the routing core, against the obvious way to say the same."""

from __future__ import annotations

import random

import pytest
import torch

from credence.inference.errors import UnsupportedModel
from credence.inference.listwise.case import lists_of
from credence.inference.listwise.lists import Lists
from credence.inference.listwise.router import ListRouter, as_strangers, routed
from credence.inference.listwise.seen import Seen
from credence.inference.listwise.step_model import ListModel
from credence.inference.routing.fusion import fuse_all
from tests.unit.inference.listwise.worlds import a_full_list, a_stirred_network, close


@pytest.fixture
def lists() -> Lists:
    """Four cases of different sizes under three variants: twelve rows."""
    return lists_of(
        [
            a_full_list(candidates=2 + n, events=n, chunks=4 - n, variants=3, seed=n)
            for n in range(4)
        ]
    )


def test_rows_in_any_choice_and_order_are_those_of_the_whole(lists: Lists) -> None:
    reading = ListModel(a_stirred_network()).open(Seen.of(lists))
    whole = reading.after(range(12), [()] * 12)
    dice = random.Random(0)

    for size in (12, 12, 7, 4, 1):
        rows = dice.sample(range(12), size)
        some = reading.after(rows, [()] * size)
        assert close(some.logits, whole.logits[rows])
        assert close(some.hidden, whole.hidden[rows])


def test_rows_are_numbered_case_by_case(lists: Lists) -> None:
    network = a_stirred_network()
    reading = ListModel(network).open(Seen.of(lists))

    step = reading.after([7], [()])

    assert reading.rows == 12
    assert close(step.logits[0], network(lists).logits[2, 1])


def test_a_list_is_ranked_in_one_step(lists: Lists) -> None:
    reading = ListModel(a_stirred_network()).open(Seen.of(lists))

    with pytest.raises(ValueError, match="one label"):
        reading.after([0, 1], [(), (0,)])
    with pytest.raises(UnsupportedModel):
        reading.branch([0], Seen.of(lists))


def test_routing_is_what_running_every_expert_gives(lists: Lists) -> None:
    torch.manual_seed(4)
    experts = [a_stirred_network(seed) for seed in (1, 2, 3)]
    router = ListRouter(a_stirred_network(5, homes=2), 3)
    with torch.no_grad():
        router.head.linear.weight.normal_(std=3.0)
    rows = range(12)

    decision = routed(router, experts).open(Seen.of(lists)).after(rows, [()] * 12)

    said = router.network(lists)
    every = torch.stack([expert(lists).logits.flatten(0, 1) for expert in experts])
    expected = fuse_all(every, router.head(said.hidden.flatten(0, 1)), said.logits.flatten(0, 1))
    assert decision.routing is not None
    assert torch.equal(decision.routing.route, expected.route)
    within_a_case = decision.routing.route.reshape(4, 3)
    assert (within_a_case != within_a_case[:, :1]).any()  # variants of one case part ways
    present = lists.present.repeat_interleave(3, 0)
    assert torch.isneginf(decision.logits[~present]).all()
    assert close(decision.logits[present], expected.logits[present], within=1e-4)


def test_all_experts_say_of_a_list_taken_for_strange_what_the_generalist_says() -> None:
    logits = torch.randn(3, 4, 5)
    logits[:, :, 4] = -torch.inf
    before = logits.clone()

    told = as_strangers(logits, torch.tensor([True, False, True, False]))

    assert torch.equal(told[:, [0, 2]], logits[:1, [0, 2]].expand(3, -1, -1))
    assert torch.equal(told[:, [1, 3]], logits[:, [1, 3]])
    assert torch.equal(logits, before)
