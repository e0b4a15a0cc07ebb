"""Language models small enough to train in seconds: a recurrent network, and a router on one."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from credence.inference.routing.fusion import WeightsHead
from credence.inference.training.stages import Routing


class TinyModel(nn.Module):
    """Tokens (B, T) to the logits (B, T, V) of what follows each."""

    def __init__(self, labels: int, width: int = 32) -> None:
        super().__init__()
        self.embed = nn.Embedding(labels, width)
        self.trunk = nn.GRU(width, width, batch_first=True)
        self.head = nn.Linear(width, labels)

    def hidden(self, tokens: Tensor) -> Tensor:
        """Hidden states (B, T, D)."""
        states: Tensor = self.trunk(self.embed(tokens))[0]
        return states

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits (B, T, V)."""
        logits: Tensor = self.head(self.hidden(tokens))
        return logits


class TinyRouter(nn.Module):
    """FusionRoute's router: a language model, and a head for weights on the same hidden state."""

    def __init__(self, labels: int, experts: int, width: int = 32) -> None:
        super().__init__()
        self.language = TinyModel(labels, width)
        self.weights = WeightsHead(width, experts)

    def forward(self, tokens: Tensor) -> Routing:
        """Weights (B, T, n) and complement (B, T, V)."""
        hidden = self.language.hidden(tokens)
        return Routing(self.weights(hidden), self.language.head(hidden))


def seeded_dice(seed: int) -> torch.Generator:
    """A generator of one's own."""
    return torch.Generator().manual_seed(seed)
