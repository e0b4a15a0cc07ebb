"""What networks share of a list, and what each makes of it, against the slow way to say it."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

import pytest
import torch
from torch import Tensor

from credence.inference.listwise.lists import Lists
from credence.inference.listwise.router import Uninstructed, unasked
from credence.inference.listwise.seen import Seen
from credence.inference.listwise.step_model import ListModel
from tests.unit.inference.listwise import slowly
from tests.unit.inference.listwise.worlds import a_stirred_network, close, same


def numbers(seen: Seen) -> list[Tensor]:
    """Everything but the lists themselves."""
    (under,) = seen.parts()
    told = seen._asdict()
    del told["lists"], told["spoken"], told["whole"]
    return [*told.values(), *seen.spoken, *under]


@pytest.fixture
def lists() -> Lists:
    return slowly.some_lists()


@pytest.mark.parametrize("rank", [0, 2])
def test_networks_say_what_the_slow_one_says(lists: Lists, *, rank: int) -> None:
    network = a_stirred_network(rank=rank, homes=2)
    exact = deepcopy(network).double()

    told = network(lists)

    for case in range(lists.cases):
        size = int(lists.present[case].sum())
        for variant in range(lists.variants):
            logits, hidden = slowly.said(exact, slowly.alone(lists, case, variant))
            assert close(told.logits[case, variant, :size].double(), logits, within=1e-5)
            assert close(told.hidden[case, variant].double(), hidden, within=1e-5)


def test_each_of_several_networks_says_of_shared_lists_what_it_says_alone(lists: Lists) -> None:
    networks = [a_stirred_network(1, homes=2), a_stirred_network(2, rank=0), a_stirred_network(3)]
    seen = Seen.of(lists)

    shared = [network.of(seen) for network in networks]

    for network, one in zip(networks, shared, strict=True):
        own = network(lists)
        assert torch.equal(own.logits, one.logits)
        assert torch.equal(own.hidden, one.hidden)


@pytest.mark.parametrize(
    ("cases", "variants"),
    [(range(5), range(3)), ([1, 3], range(3)), (range(5), [2]), ([4, 0], [1, 0])],
)
def test_some_of_what_was_seen_is_what_is_seen_of_some(
    lists: Lists, cases: Sequence[int], variants: Sequence[int]
) -> None:
    part, whole = Seen.of(lists.chosen(cases, variants)), Seen.of(lists).chosen(cases, variants)

    assert same(part.lists, whole.lists, within=0)
    for ours, theirs in zip(numbers(part), numbers(whole), strict=True):
        assert ours.shape == theirs.shape
        assert close(ours, theirs, within=1e-5)


def test_who_hears_no_instruction_reads_the_shared_lists_without_it(lists: Lists) -> None:
    network, rows = a_stirred_network(rank=2), range(15)
    seen = Seen.of(lists)

    deaf = Uninstructed(network).open(seen).after(rows, [()] * 15)
    told = ListModel(network).open(seen).after(rows, [()] * 15)

    assert torch.equal(deaf.logits, network(unasked(lists)).logits.flatten(0, 1))
    assert torch.equal(told.logits, network(lists).logits.flatten(0, 1))
    assert not close(deaf.logits, told.logits)
