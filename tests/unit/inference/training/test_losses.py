"""Losses against hand-computed values and brute force; what is padded or ruled out does no harm."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from credence.inference.routing.blend import FixedAlpha, FullLogitRouter, TopKRouter
from credence.inference.routing.fusion import fuse_all
from credence.inference.training.losses.adaptive import adaptive_log_prob, adaptive_losses
from credence.inference.training.losses.choice import (
    best_experts,
    disagreeing,
    routing_hits,
    routing_loss,
    soft_routing_loss,
)
from credence.inference.training.losses.fused import fused_log_prob, router_losses
from credence.inference.training.losses.labels import label_loss, sequence_log_prob
from credence.inference.training.losses.preference import margins, preference_loss

HARM = -torch.inf


def logs(*probabilities: float) -> Tensor:
    return torch.tensor(probabilities).log()


def test_label_loss_is_the_mean_of_minus_log_p() -> None:
    logits = torch.stack([logs(0.5, 0.25, 0.25), logs(0.1, 0.1, 0.8) + 7.0])
    loss = label_loss(logits, torch.tensor([1, 2]))
    assert loss.item() == pytest.approx(-(math.log(0.25) + math.log(0.8)) / 2, abs=1e-6)


def test_label_loss_of_a_batch_is_that_of_its_unpadded_rows() -> None:
    torch.manual_seed(0)
    logits, labels = torch.randn(3, 5, 7), torch.randint(7, (3, 5))
    mask = torch.tensor([[1, 1, 1, 0, 0], [1, 0, 0, 0, 0], [1, 1, 1, 1, 1]]).bool()
    rows = [
        torch.log_softmax(logits[b, t], -1)[labels[b, t]]
        for b in range(3)
        for t in range(5)
        if mask[b, t]
    ]
    assert label_loss(logits, labels, mask).item() == pytest.approx(
        -torch.stack(rows).mean().item(), abs=1e-6
    )


def test_sequence_log_prob_is_the_product_over_steps() -> None:
    logits = torch.stack([torch.stack([logs(0.5, 0.5), logs(0.9, 0.1), logs(0.2, 0.8)])])
    labels = torch.tensor([[0, 1, 1]])
    whole = sequence_log_prob(logits, labels)
    part = sequence_log_prob(logits, labels, torch.tensor([[False, True, True]]))
    assert whole.tolist() == pytest.approx([math.log(0.5 * 0.1 * 0.8)], abs=1e-6)
    assert part.tolist() == pytest.approx([math.log(0.1 * 0.8)], abs=1e-6)


def test_for_one_step_over_a_list_each_row_is_a_sequence() -> None:
    logits = torch.stack([logs(0.5, 0.3, 0.2), logs(0.7, 0.3, 0.0)])  # the second list is shorter
    said = sequence_log_prob(logits, torch.tensor([2, 1]))
    assert said.tolist() == pytest.approx([math.log(0.2), math.log(0.3)], abs=1e-6)


def test_experts_disagree_where_their_likeliest_labels_differ() -> None:
    one = torch.stack([logs(0.6, 0.4), logs(0.6, 0.4), logs(0.5, 0.5)])
    two = torch.stack([logs(0.9, 0.1), logs(0.4, 0.6), logs(0.5, 0.5)])
    assert disagreeing(torch.stack([one, two])).tolist() == [False, True, False]
    three = torch.stack([logs(0.1, 0.9)] * 3)
    assert disagreeing(torch.stack([one, two, three])).tolist() == [True, True, True]


def test_the_best_expert_gives_the_truth_the_highest_probability_though_not_its_argmax() -> None:
    experts = torch.stack([logs(0.5, 0.3, 0.2), logs(0.2, 0.35, 0.45)]).unsqueeze(1)  # (2, 1, 3)
    assert best_experts(experts, torch.tensor([1])).tolist() == [[False, True]]
    assert best_experts(experts + 5.0, torch.tensor([0])).tolist() == [[True, False]]


def test_routing_loss_by_hand_counts_disagreeing_positions_only() -> None:
    one = torch.stack([logs(0.9, 0.1), logs(0.9, 0.1), logs(0.8, 0.2)])
    two = torch.stack([logs(0.1, 0.9), logs(0.8, 0.2), logs(0.3, 0.7)])
    weights = torch.tensor([[1.0, 0.0], [9.0, 0.0], [0.0, 2.0]])
    labels = torch.tensor([0, 0, 0])
    # positions 0 and 2 disagree; expert 0 is best at both
    by_hand = (math.log(1 + math.exp(-1)) + math.log(1 + math.exp(2))) / 2
    loss = routing_loss(weights, torch.stack([one, two]), labels)
    assert loss.item() == pytest.approx(by_hand, abs=1e-6)
    assert routing_hits(weights, torch.stack([one, two]), labels).tolist() == [True, False]


def test_where_experts_tie_any_of_them_will_do() -> None:
    experts = torch.stack([logs(0.2, 0.8, 0.0), logs(0.2, 0.0, 0.8), logs(0.1, 0.8, 0.1)])
    weights = torch.tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    shares = torch.softmax(weights, -1)[0]

    loss = routing_loss(weights, experts.unsqueeze(1), torch.tensor([0]))
    assert loss.item() == pytest.approx(-(shares[0] + shares[1]).log().item(), abs=1e-6)

    # a label that all rule out: all tie, nothing is learnt
    none = torch.stack([logs(0.3, 0.7, 0.0), logs(0.7, 0.3, 0.0), logs(0.3, 0.7, 0.0)])
    loss = routing_loss(weights, none.unsqueeze(1), torch.tensor([2]))
    (slope,) = torch.autograd.grad(loss, weights)
    assert loss.item() == pytest.approx(0.0, abs=1e-6)
    assert slope.abs().max() < 1e-6


def test_no_disagreement_is_no_loss() -> None:
    same = torch.randn(1, 4, 6).expand(3, 4, 6)
    weights = torch.randn(4, 3, requires_grad=True)
    for loss in (
        routing_loss(weights, same, torch.zeros(4, dtype=torch.long)),
        soft_routing_loss(weights, same, torch.zeros(4, dtype=torch.long)),
    ):
        (slope,) = torch.autograd.grad(loss, weights)
        assert loss.item() == 0
        assert not slope.any()


def test_soft_routing_weighs_a_position_by_how_much_better_the_best_expert_is() -> None:
    weights = torch.zeros(1, 2, requires_grad=True)
    slopes = {}
    for name, (right, wrong) in {"narrow": (0.51, 0.49), "wide": (0.99, 0.01)}.items():
        experts = torch.stack([logs(right, 1 - right), logs(wrong, 1 - wrong)]).unsqueeze(1)
        loss = soft_routing_loss(weights, experts, torch.tensor([0]))
        assert loss.item() == pytest.approx(math.log(2), abs=1e-6)
        (slope,) = torch.autograd.grad(loss, weights)
        slopes[name] = slope[0, 0].item()
        # posterior that expert 0 wrote the label: right / (right + wrong)
        assert slopes[name] == pytest.approx(0.5 - right / (right + wrong), abs=1e-6)
    assert abs(slopes["narrow"]) < 0.02
    assert abs(slopes["wide"]) > 0.4


def test_soft_routing_moves_the_weights_and_not_the_experts() -> None:
    weights, experts = torch.randn(9, 2, requires_grad=True), torch.randn(2, 9, 5)
    experts.requires_grad_()
    loss = soft_routing_loss(weights, experts, torch.zeros(9, dtype=torch.long))
    slopes: list[Tensor | None]
    slopes = list(torch.autograd.grad(loss, (weights, experts), allow_unused=True))
    assert slopes[0] is not None
    assert slopes[0].any()
    assert slopes[1] is None


def test_a_cold_soft_routing_loss_is_the_hard_one() -> None:
    torch.manual_seed(1)
    weights, experts, labels = torch.randn(50, 3), torch.randn(3, 50, 6), torch.randint(6, (50,))
    hard = routing_loss(weights, experts, labels)
    soft = soft_routing_loss(weights, experts, labels, temperature=1e-5)
    assert hard.item() == pytest.approx(soft.item(), abs=1e-4)
    assert hard.item() > 0


def brute_fused_log_prob(
    weights: Tensor, complement: Tensor, experts: Tensor, labels: Tensor, mask: Tensor
) -> list[float]:
    """With loops over probabilities, no logarithm until the end."""
    found = []
    for b in range(labels.shape[0]):
        total = 1.0
        for t in range(labels.shape[1]):
            if not mask[b, t]:
                continue
            route = max(range(len(experts)), key=lambda i: float(weights[b, t, i]))
            said = experts[route, b, t].softmax(-1) * complement[b, t].softmax(-1)
            total *= float(said[labels[b, t]] / said.sum())
        found.append(math.log(total))
    return found


def test_fused_log_prob_equals_brute_force() -> None:
    torch.manual_seed(2)
    weights, complement = torch.randn(3, 4, 2), torch.randn(3, 4, 5)
    experts, labels = torch.randn(2, 3, 4, 5), torch.randint(5, (3, 4))
    mask = torch.rand(3, 4) > 0.3
    said = fused_log_prob(weights, complement, experts, labels, mask)
    assert said.tolist() == pytest.approx(
        brute_fused_log_prob(weights, complement, experts, labels, mask), abs=1e-5
    )


def test_router_losses_are_label_plus_share_of_routing() -> None:
    torch.manual_seed(3)
    weights, complement = torch.randn(8, 2), torch.randn(8, 5)
    experts, labels = torch.randn(2, 8, 5), torch.randint(5, (8,))

    fused = router_losses(weights, complement, experts, labels, routing_share=0.5)
    alone = router_losses(weights, complement, experts, labels, of="alone", routing_share=0.5)

    both = fuse_all(experts, weights, complement).logits
    assert fused["label"].item() == pytest.approx(label_loss(both, labels).item(), abs=1e-6)
    assert alone["label"].item() == pytest.approx(label_loss(complement, labels).item(), abs=1e-6)
    routing = routing_loss(weights, experts, labels).item()
    for said in (fused, alone):
        assert said["routing"].item() == pytest.approx(routing, abs=1e-6)
        assert said["loss"].item() == pytest.approx(said["label"].item() + routing / 2, abs=1e-6)


def test_router_losses_may_ask_for_the_soft_routing_loss() -> None:
    torch.manual_seed(8)
    weights, complement = torch.randn(8, 2), torch.randn(8, 5)
    experts, labels = torch.randn(2, 8, 5), torch.randint(5, (8,))
    said = router_losses(weights, complement, experts, labels, routing="soft")["routing"]
    assert said.item() == pytest.approx(soft_routing_loss(weights, experts, labels).item())
    assert said.item() != pytest.approx(routing_loss(weights, experts, labels).item(), abs=1e-3)


def test_label_loss_moves_the_complement_and_routing_loss_the_weights_and_neither_the_experts() -> (
    None
):
    torch.manual_seed(4)
    weights = torch.randn(8, 2, requires_grad=True)
    complement = torch.randn(8, 5, requires_grad=True)
    experts = torch.randn(2, 8, 5, requires_grad=True)
    said = router_losses(weights, complement, experts, torch.randint(5, (8,)))
    wanted = (weights, complement, experts)
    label = torch.autograd.grad(said["label"], wanted, retain_graph=True, allow_unused=True)
    routing = torch.autograd.grad(said["routing"], wanted, allow_unused=True)
    assert [slope is not None and bool(slope.any()) for slope in label] == [False, True, False]
    assert [slope is not None and bool(slope.any()) for slope in routing] == [True, False, False]


def test_preference_loss_by_hand() -> None:
    chosen, rejected = torch.tensor([-1.0, -4.0]), torch.tensor([-2.0, -1.0])

    plain = preference_loss(chosen, rejected, beta=0.5)
    by_hand = [math.log(1 + math.exp(-0.5 * margin)) for margin in (1.0, -3.0)]
    assert plain.item() == pytest.approx(sum(by_hand) / 2, abs=1e-6)

    before = {"chosen_before": torch.tensor([-3.0, -4.0]), "rejected_before": torch.full((2,), -2)}
    assert margins(chosen, rejected, **before).tolist() == [2.0, -1.0]
    relative = preference_loss(chosen, rejected, beta=0.5, **before)
    by_hand = [math.log(1 + math.exp(-0.5 * margin)) for margin in (2.0, -1.0)]
    assert relative.item() == pytest.approx(sum(by_hand) / 2, abs=1e-6)


def test_the_policy_before_gets_no_gradient_and_is_given_for_both_or_neither() -> None:
    now, before = torch.zeros(2, requires_grad=True), torch.zeros(2, requires_grad=True)
    loss = preference_loss(
        now, torch.zeros(2), beta=1.0, chosen_before=before, rejected_before=torch.zeros(2)
    )
    slopes: list[Tensor | None]
    slopes = list(torch.autograd.grad(loss, (now, before), allow_unused=True))
    assert slopes[0] is not None
    assert slopes[0].lt(0).all()
    assert slopes[1] is None
    with pytest.raises(ValueError, match="both of a pair or for neither"):
        margins(now, now, chosen_before=before)


def test_steps_that_a_pair_shares_cancel_out_of_the_reward() -> None:
    torch.manual_seed(5)
    logits = torch.randn(1, 4, 6, requires_grad=True)
    chosen, rejected = torch.tensor([[1, 2, 3, 4]]), torch.tensor([[1, 2, 3, 5]])
    loss = preference_loss(
        sequence_log_prob(logits, chosen), sequence_log_prob(logits, rejected), beta=1.0
    )
    (slope,) = torch.autograd.grad(loss, logits)
    assert slope[0, :3].abs().max() < 1e-6
    assert slope[0, 3].abs().max() > 0.1


def test_adaptive_loss_by_hand_for_a_fixed_alpha() -> None:
    base, reward = logs(0.8, 0.2).unsqueeze(0), logs(0.1, 0.9).unsqueeze(0)
    mixed = [0.8**0.75 * 0.1**0.25, 0.2**0.75 * 0.9**0.25]
    said = adaptive_losses(FixedAlpha(0.25), base, reward, torch.tensor([1]))
    assert said["loss"].item() == pytest.approx(-math.log(mixed[1] / sum(mixed)), abs=1e-6)
    assert said["alpha"].item() == pytest.approx(0.25)


@pytest.mark.parametrize("router", [FullLogitRouter(6), TopKRouter(k=4)])
def test_adaptive_gradient_reaches_the_router_alone(router: torch.nn.Module) -> None:
    torch.manual_seed(6)
    base = torch.randn(3, 4, 6, requires_grad=True)
    reward = torch.randn(3, 4, 6, requires_grad=True)
    labels = torch.randint(6, (3, 4))

    torch.autograd.backward(adaptive_losses(router, base, reward, labels)["loss"])

    assert [base.grad, reward.grad] == [None, None]
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in router.parameters())
    steps = adaptive_log_prob(router, base, reward, labels)
    assert -steps.sum().item() / 12 == pytest.approx(
        adaptive_losses(router, base, reward, labels)["loss"].item(), abs=1e-6
    )


@pytest.mark.parametrize("harm", ["padded candidates", "padded rows"])
def test_minus_infinity_gives_neither_nan_losses_nor_nan_gradients(harm: str) -> None:
    torch.manual_seed(7)
    shape = (2, 3)
    leaves = [torch.randn(*shape, 5), torch.randn(*shape, 2), torch.randn(2, *shape, 5)]
    leaves += [torch.randn(*shape, 5), torch.randn(*shape, 5)]
    labels, mask = torch.randint(3, shape), torch.ones(shape, dtype=torch.bool)
    for logits in (leaves[0], leaves[2], leaves[3], leaves[4]):
        if harm == "padded candidates":
            logits[..., 3:] = HARM
        else:
            logits[..., -1, :, :][..., 2:, :] = HARM  # a whole row: its softmax is not a number
    if harm == "padded rows":
        mask[-1, 2:] = False
        labels[-1, 2:] = -100
    for leaf in leaves:
        leaf.requires_grad_()
    complement, weights, experts, base, reward = leaves
    router = FullLogitRouter(5)

    terms = [
        label_loss(complement, labels, mask),
        soft_routing_loss(weights, experts, labels, mask),
        router_losses(weights, complement, experts, labels, mask)["loss"],
        preference_loss(
            fused_log_prob(weights, complement, experts, labels, mask),
            sequence_log_prob(complement, labels, mask),
            beta=0.1,
        ),
        adaptive_losses(router, base, reward, labels, mask)["loss"],
    ]
    assert all(torch.isfinite(term) for term in terms)
    torch.autograd.backward(torch.stack(terms).sum())
    for leaf in (complement, weights):
        assert leaf.grad is not None
        assert torch.isfinite(leaf.grad).all()
        assert leaf.grad.any()
    for parameter in router.parameters():
        assert parameter.grad is not None
        assert torch.isfinite(parameter.grad).all()
    if harm == "padded rows":
        assert complement.grad is not None
        assert not complement.grad[-1, 2:].any()


def test_a_batch_in_which_nothing_counts_is_no_loss() -> None:
    logits = torch.full((2, 3, 4), HARM, requires_grad=True)
    labels, nothing = torch.full((2, 3), -100), torch.zeros(2, 3, dtype=torch.bool)
    loss = label_loss(logits, labels, nothing)
    torch.autograd.backward(loss)
    assert loss.item() == 0
    assert logits.grad is not None
    assert not logits.grad.any()
    assert sequence_log_prob(logits, labels, nothing).tolist() == [0, 0]
