"""The pairwise logistic loss: of a pair, the one preferred should be the likelier.

With the log-probabilities of the policy as it was before: direct preference optimisation, which
under the fused policy is CDPO of FusionRoute (arXiv 2601.05106). Without them: the autoregressive
reward model of GenARM (arXiv 2410.08193) and TARo (arXiv 2603.18411), whose reward of a sequence
is the sum over its steps of log pi_r(y_t | x, y<t).
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def margins(
    chosen: Tensor,
    rejected: Tensor,
    *,
    chosen_before: Tensor | None = None,
    rejected_before: Tensor | None = None,
) -> Tensor:
    """How much likelier (B,) the chosen of a pair is than the rejected, less what it was before.

    All are log-probabilities (B,) of sequences. In steps that both share they cancel out.
    """
    now = chosen - rejected
    if chosen_before is None or rejected_before is None:
        if chosen_before is not None or rejected_before is not None:
            raise ValueError("the policy before is given for both of a pair or for neither")
        return now
    return now - (chosen_before - rejected_before).detach()


def preference_loss(
    chosen: Tensor,
    rejected: Tensor,
    *,
    beta: float,
    chosen_before: Tensor | None = None,
    rejected_before: Tensor | None = None,
) -> Tensor:
    """Mean over pairs of -log sigmoid(beta * margin)."""
    margin = margins(chosen, rejected, chosen_before=chosen_before, rejected_before=rejected_before)
    return -functional.logsigmoid(beta * margin).mean()
