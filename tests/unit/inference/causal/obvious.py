"""The obvious reference: no cache, one row at a time, every model on the whole sequence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedModel

from credence.inference.routing.blend import AlphaRouter, blend
from credence.inference.routing.decode import Decoded, Sampling, die
from credence.inference.routing.fusion import WeightsHead, fuse_all


@dataclass
class Obvious:
    """FusionRoute, steered by TARo where there is a reward model."""

    router: PreTrainedModel
    head: WeightsHead
    experts: Sequence[PreTrainedModel]
    reward: PreTrainedModel | None = None
    alpha: AlphaRouter | None = None

    @torch.no_grad()
    def step(self, ids: Sequence[int]) -> tuple[Tensor, int, float | None]:
        """Logits (V,), route and alpha after all these ids."""
        whole = torch.tensor([list(ids)])
        own = self.router(whole, use_cache=False, output_hidden_states=True)
        theirs = torch.stack(
            [expert(whole, use_cache=False).logits[:, -1] for expert in self.experts]
        )
        weights = self.head(own.hidden_states[-1][:, -1])
        fused = fuse_all(theirs, weights, own.logits[:, -1])
        logits, alpha = fused.logits, None
        if self.reward is not None and self.alpha is not None:
            reward = self.reward(whole, use_cache=False).logits[:, -1]
            given = self.alpha(logits, reward)
            logits, alpha = blend(logits, reward, given), float(given)
        return logits[0], int(fused.route), alpha

    def decode(self, prompt: Sequence[int], how: Sampling, key: int) -> Decoded:
        """What `decode` should give for this row, but for the shares."""
        text, dice = Decoded(), die(how.seed, key)
        while len(text.labels) < how.longest:
            logits, route, alpha = self.step([*prompt, *text.labels])
            text.labels.append(_picked(logits, how, dice))
            text.routes.append(route)
            if alpha is not None:
                text.alphas.append(alpha)
            if text.labels[-1] in how.ends:
                break
        return text


def _picked(logits: Tensor, how: Sampling, dice: torch.Generator) -> int:
    if how.temperature == 0:
        return int(logits.argmax())
    likely = torch.softmax(logits / how.temperature, -1).tolist()
    kept, mass = set(), 0.0
    for label in sorted(range(len(likely)), key=lambda one: -likely[one]):
        if mass >= how.top_p:
            break
        kept.add(label)
        mass += likely[label]
    left = float(torch.rand(1, generator=dice)) * mass
    for label in sorted(kept):
        left -= likely[label]
        if left < 0:
            return label
    return max(kept)
