"""Self-attention over a sequence of items, as SASRec has it (Kang and McAuley, 2018)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How large the network is."""

    items: int  # numbered from 0
    longest: int  # items of a sequence that it looks at
    width: int
    blocks: int
    heads: int
    dropout: float


class SequenceNetwork(nn.Module):
    """Each place of a sequence sees itself and what came before, and points at what comes next."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.items = nn.Embedding(shape.items, shape.width)
        self.places = nn.Embedding(shape.longest, shape.width)
        self.dropout = nn.Dropout(shape.dropout)
        block = nn.TransformerEncoderLayer(
            shape.width,
            shape.heads,
            dim_feedforward=shape.width,
            dropout=shape.dropout,
            batch_first=True,
            norm_first=True,
        )
        self.blocks = nn.TransformerEncoder(
            block,
            shape.blocks,
            norm=nn.LayerNorm(shape.width),
            enable_nested_tensor=False,
        )
        for table in (self.items, self.places):
            nn.init.normal_(table.weight, std=shape.width**-0.5)

    def forward(self, sequences: Tensor) -> Tensor:
        """Sequences (B, L), padded on the right with any item, to what they call for (B, L, D).

        What a place calls for scores an item by their dot product.
        """
        length = sequences.shape[1]
        places = torch.arange(length, device=sequences.device)
        hidden = self.dropout(self.items(sequences) + self.places(places))  # (B, L, D)
        mask = nn.Transformer.generate_square_subsequent_mask(length)  # (L, L)
        called: Tensor = self.blocks(hidden, mask=mask, is_causal=True)
        return called
