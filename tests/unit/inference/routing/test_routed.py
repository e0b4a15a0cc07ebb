from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from credence.inference.errors import HeadMismatch, VocabularyMismatch
from credence.inference.routing.blend import FixedAlpha, TopKRouter
from credence.inference.routing.decode import Decoded, Sampling, decode
from credence.inference.routing.fusion import WeightsHead, complement_share, fuse, fuse_all
from credence.inference.routing.policy import Policy
from credence.inference.routing.routed import RoutedPolicy
from credence.inference.routing.steered import SteeredPolicy
from credence.inference.routing.unrouted import (
    EnsemblePolicy,
    SinglePolicy,
    average_log_probability,
    average_probability,
)
from tests.unit.inference.routing.oracles import Contexts, a_head, babbler

PROMPTS = [[1], [2, 3, 4], [5, 6], [7]]
shifts = st.lists(st.integers(-100, 100), min_size=5, max_size=5)


def _steered(shift: list[int], order: tuple[int, ...] = (0, 1, 2)) -> Policy[Contexts]:
    """TARo over a FusionRoute of three experts, in this order, every model shifted."""
    torch.manual_seed(3)
    alpha = TopKRouter(4)
    head = a_head(3)
    with torch.no_grad():
        head.linear.weight.copy_(head.linear.weight[list(order)].clone())
    experts = [babbler(10 + index, shift=shift[index]) for index in order]
    base = RoutedPolicy(babbler(1, shift=shift[3]), head, experts)
    return SteeredPolicy(base, babbler(2, shift=shift[4]), alpha)


def test_only_the_chosen_expert_is_asked_and_rows_of_one_route_together() -> None:
    experts = [babbler(seed) for seed in (10, 11, 12)]
    policy = RoutedPolicy(babbler(1), a_head(3), experts)

    texts = decode(policy.open(PROMPTS), Sampling(longest=8))

    steps = list(zip(*[text.routes for text in texts], strict=True))
    assert any(len(set(step)) > 1 for step in steps)
    for index, expert in enumerate(experts):
        chosen = [step.count(index) for step in steps if index in step]
        assert [len(call) for call in expert.asked] == chosen


def test_an_expert_that_is_never_chosen_is_never_asked() -> None:
    head = a_head(3)
    with torch.no_grad():
        head.linear.bias[1] = -1000
    experts = [babbler(seed) for seed in (10, 11, 12)]

    decode(RoutedPolicy(babbler(1), head, experts).open(PROMPTS), Sampling(longest=8))

    assert [bool(expert.asked) for expert in experts] == [True, False, True]


def test_a_decision_is_that_of_the_obvious_fusion_of_all_experts() -> None:
    router, experts = babbler(1), [babbler(seed) for seed in (10, 11, 12)]
    decided: list[list[int]] = [[], [1], [2, 2], [3]]
    everyone = range(len(PROMPTS))

    made = RoutedPolicy(router, a_head(3), experts).open(PROMPTS).after(everyone, decided)

    own = router.open(PROMPTS).after(everyone, decided)
    theirs = torch.stack([each.open(PROMPTS).after(everyone, decided).logits for each in experts])
    obvious = fuse_all(theirs, a_head(3)(own.hidden), own.logits)
    assert made.routing is not None
    assert len(set(made.routing.route.tolist())) > 1
    assert torch.equal(made.routing.route, obvious.route)
    assert torch.allclose(made.logits, obvious.logits, atol=1e-6)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(shift=shifts)
def test_a_constant_added_to_any_models_logits_changes_nothing(shift: list[int]) -> None:
    decided: list[list[int]] = [[1], [], [2, 3], [0]]
    plain = _steered([0] * 5).open(PROMPTS).after(range(4), decided)
    shifted = _steered(shift).open(PROMPTS).after(range(4), decided)

    assert plain.routing is not None
    assert shifted.routing is not None
    assert torch.allclose(plain.logits.log_softmax(-1), shifted.logits.log_softmax(-1), atol=1e-4)
    assert torch.equal(plain.routing.route, shifted.routing.route)
    assert torch.allclose(plain.routing.share, shifted.routing.share, atol=1e-4)
    how = Sampling(longest=5)
    assert _said(decode(_steered(shift).open(PROMPTS), how)) == _said(
        decode(_steered([0] * 5).open(PROMPTS), how)
    )


@pytest.mark.parametrize("order", [*itertools.permutations(range(3))])
def test_relabelling_experts_relabels_routes_and_nothing_else(order: tuple[int, ...]) -> None:
    how = Sampling(longest=6, temperature=1.0, seed=4)

    plain = decode(_steered([0] * 5).open(PROMPTS), how)
    relabelled = decode(_steered([0] * 5, order).open(PROMPTS), how)

    assert len({route for text in plain for route in text.routes}) == 3
    for before, after in zip(plain, relabelled, strict=True):
        assert after.labels == before.labels
        assert after.alphas == before.alphas
        assert [order[route] for route in after.routes] == before.routes


def test_equal_weights_choose_the_first_expert() -> None:
    head = WeightsHead(6, 2)
    torch.nn.init.zeros_(head.linear.weight)
    torch.nn.init.zeros_(head.linear.bias)
    policy = RoutedPolicy(babbler(1), head, [babbler(2), babbler(3)])

    assert decode(policy.open([[1]]), Sampling(longest=3))[0].routes == [0, 0, 0]


def test_alpha_of_zero_is_the_base_and_of_one_the_reward_model() -> None:
    base, reward = babbler(1), babbler(2)
    for alpha, alone in ((0.0, base), (1.0, reward)):
        steered = SteeredPolicy(SinglePolicy(base), reward, FixedAlpha(alpha))
        made = steered.open(PROMPTS).after([0, 2], [[], [1]])
        logits = alone.open(PROMPTS).after([0, 2], [[], [1]]).logits
        assert torch.allclose(made.logits, logits.log_softmax(-1), atol=1e-5)


def test_ensembles_average_probabilities_or_their_logarithms() -> None:
    models = [babbler(1), babbler(2), babbler(3)]
    likely = torch.stack(
        [model.open([[4]]).after([0], [[]]).logits.softmax(-1) for model in models]
    )

    mixture = EnsemblePolicy(models, average_probability).open([[4]]).after([0], [[]])
    product = EnsemblePolicy(models, average_log_probability).open([[4]]).after([0], [[]])

    assert torch.allclose(mixture.logits.exp(), likely.mean(0), atol=1e-6)
    assert torch.allclose(product.logits, likely.log().mean(0), atol=1e-6)


def test_the_complements_share_is_its_part_of_what_tells_labels_apart() -> None:
    flat, steep = torch.zeros(1, 4), torch.tensor([[0.0, 1.0, 2.0, 3.0]])
    ruled_out = steep.clone()
    ruled_out[0, 3] = -torch.inf

    assert complement_share(flat, steep).item() == pytest.approx(1)
    assert complement_share(steep, flat).item() == pytest.approx(0)
    assert complement_share(steep, 3 * steep + 5).item() == pytest.approx(0.75)
    assert complement_share(flat, flat).item() == 0
    assert complement_share(ruled_out, flat).item() == pytest.approx(0)


def test_a_label_ruled_out_by_either_is_ruled_out() -> None:
    logits = torch.tensor([[0.0, -torch.inf, 1.0]])
    assert torch.isneginf(fuse(logits, torch.zeros(1, 3))).tolist() == [[False, True, False]]


def test_models_that_do_not_fit_are_refused() -> None:
    with pytest.raises(HeadMismatch, match="weighs 3 experts and there are 2"):
        RoutedPolicy(babbler(1), a_head(3), [babbler(2), babbler(3)])
    with pytest.raises(VocabularyMismatch, match="expert 1 has 8 labels and the router 9"):
        RoutedPolicy(babbler(1), a_head(2), [babbler(2), babbler(3, labels=8)])
    with pytest.raises(VocabularyMismatch, match="reward model has 8 labels"):
        SteeredPolicy(SinglePolicy(babbler(1)), babbler(2, labels=8), FixedAlpha(0.5))


def _said(texts: list[Decoded]) -> list[tuple[list[int], list[int]]]:
    return [(text.labels, text.routes) for text in texts]
