"""TARo (arXiv 2603.18411): the steered policy's label loss, for the router of alpha alone."""

from __future__ import annotations

from torch import Tensor

from credence.inference.routing.blend import AlphaRouter, blend
from credence.inference.training.losses.labels import picked, summed
from credence.inference.training.losses.rows import kept, kept_labels, mean


def adaptive_logits(
    router: AlphaRouter, base: Tensor, reward: Tensor, mask: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Logits (M, V) of the steered policy at the positions that count, and alpha (M,).

    `base` and `reward` (..., V) are frozen: neither gets a gradient.
    """
    ours, theirs = kept(base.detach(), mask), kept(reward.detach(), mask)
    alpha = router(ours, theirs)
    return blend(ours, theirs, alpha), alpha


def adaptive_losses(
    router: AlphaRouter,
    base: Tensor,
    reward: Tensor,
    labels: Tensor,
    mask: Tensor | None = None,
) -> dict[str, Tensor]:
    """`loss`, next-label through the mixture, and the mean `alpha` to watch."""
    logits, alpha = adaptive_logits(router, base, reward, mask)
    return {
        "loss": -mean(picked(logits, kept_labels(labels, mask))),
        "alpha": mean(alpha.detach()),
    }


def adaptive_log_prob(
    router: AlphaRouter,
    base: Tensor,
    reward: Tensor,
    labels: Tensor,
    mask: Tensor | None = None,
) -> Tensor:
    """log pi (B,) of each sequence under the steered policy."""
    logits, _ = adaptive_logits(router, base, reward, mask)
    return summed(picked(logits, kept_labels(labels, mask)), labels, mask)
