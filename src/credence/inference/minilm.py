"""The arithmetic of all-MiniLM-L6-v2: a BERT of six layers, and the mean over a text's word pieces.

The rows are those of `SentenceTransformer.encode` with the same weights, to 1e-6, in half its time
for a short text (ADR 0021).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import embedding, gelu, layer_norm, normalize
from torch.nn.functional import scaled_dot_product_attention as attend

from credence.inference.packed import Product, product

_LAYERS, _HEADS = 6, 12
_PIECES = 256  # of a text that are read, as the model was trained
_PAD = 0  # what stands where a text has ended; nothing is made of it
_COUNTED = 512  # texts at a time
_EPSILON = 1e-12  # of layer norms


def _affine(*parts: tuple[Tensor, Tensor]) -> Product:
    """One product for all parts (weight, bias), which read the same."""
    weight, bias = (torch.cat(tensors) for tensors in zip(*parts, strict=True))
    return product(weight, bias)


@dataclass(frozen=True, slots=True)
class _Norm:
    weight: Tensor
    bias: Tensor

    def __call__(self, rows: Tensor) -> Tensor:
        return layer_norm(rows, rows.shape[-1:], self.weight, self.bias, _EPSILON)


@dataclass(frozen=True, slots=True)
class _Layer:
    asking: Product  # queries, keys and values
    attended: Product
    wide: Product
    narrow: Product
    attention_norm: _Norm
    norm: _Norm

    @classmethod
    def of(cls, tensors: Mapping[str, Tensor], name: str) -> Self:
        def pair(part: str) -> tuple[Tensor, Tensor]:
            return tensors[f"{name}.{part}.weight"], tensors[f"{name}.{part}.bias"]

        return cls(
            asking=_affine(*(pair(f"attention.self.{p}") for p in ("query", "key", "value"))),
            attended=_affine(pair("attention.output.dense")),
            wide=_affine(pair("intermediate.dense")),
            narrow=_affine(pair("output.dense")),
            attention_norm=_Norm(*pair("attention.output.LayerNorm")),
            norm=_Norm(*pair("output.LayerNorm")),
        )

    def __call__(self, rows: Tensor, mask: Tensor | None, texts: int) -> Tensor:
        """(texts * T, D) to the same; `mask` says which pieces are there, (texts, 1, 1, T)."""
        pieces = rows.shape[0] // texts
        asked = self.asking(rows).view(texts, pieces, 3, _HEADS, -1).permute(2, 0, 3, 1, 4)
        heard = attend(asked[0], asked[1], asked[2], attn_mask=mask).transpose(1, 2)
        rows = self.attention_norm(rows + self.attended(heard.reshape(rows.shape)))
        return self.norm(rows + self.narrow(gelu(self.wide(rows))))


@dataclass(frozen=True, slots=True)
class MiniLM:
    """Weights on one device, and the words they know."""

    tokenizer: Tokenizer
    words: Tensor  # (vocabulary, D)
    places: Tensor  # (longest, D): a position, and that there is but one segment
    first_norm: _Norm
    layers: Sequence[_Layer]

    @classmethod
    def load(cls, folder: Path, device: str) -> Self:
        """From `tokenizer.json` and `model.safetensors`; RuntimeError where the device is full."""
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.enable_truncation(_PIECES)
        tokenizer.no_padding()
        found = load_file(folder / "model.safetensors", device=device)
        first = "embeddings.LayerNorm"
        return cls(
            tokenizer=tokenizer,
            words=found["embeddings.word_embeddings.weight"],
            places=found["embeddings.position_embeddings.weight"]
            + found["embeddings.token_type_embeddings.weight"][0],
            first_norm=_Norm(found[f"{first}.weight"], found[f"{first}.bias"]),
            layers=[_Layer.of(found, f"encoder.layer.{number}") for number in range(_LAYERS)],
        )

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """How many word pieces of each text are read."""
        starts = range(0, len(texts), _COUNTED)
        return [len(ids) for at in starts for ids in self._pieces(texts[at : at + _COUNTED])]

    @torch.inference_mode()
    def rows(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n,) texts to (n, D) rows of unit length, in one pass, n > 0."""
        read = self._pieces(texts)
        most, device = max(map(len, read)), self.words.device
        ids = torch.tensor([own + [_PAD] * (most - len(own)) for own in read], device=device)
        there = mask = None
        if min(map(len, read)) < most:
            lengths = torch.tensor([[len(own)] for own in read], device=device)
            there = torch.arange(most, device=device) < lengths  # (n, T)
            mask = there[:, None, None, :]
        rows = embedding(ids, self.words) + self.places[: ids.shape[1]]
        rows = self.first_norm(rows).flatten(0, 1)
        for layer in self.layers:
            rows = layer(rows, mask, len(read))
        rows = rows.view(*ids.shape, -1)
        summed = (rows if there is None else rows * there[:, :, None]).sum(1)
        found: NDArray[np.float32] = normalize(summed, dim=1).cpu().numpy()
        return found

    def _pieces(self, texts: Sequence[str]) -> list[list[int]]:
        return [one.ids for one in self.tokenizer.encode_batch_fast(list(texts))]
