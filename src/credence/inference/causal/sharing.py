"""One base model over rows of which each is under an adapter of its own, or under none.

What adapters leave alone runs as it is, once over all rows; a layer that adapters sit on adds to it
what each row's own makes of it (the idea is S-LoRA's, arXiv 2311.03285). So a pass reads the base's
weights once for the router and its experts, which alone would each read them again.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from peft.tuners.lora.layer import Linear as AdaptedLinear
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from credence.inference.causal.packing import PackedLinear
from credence.inference.errors import UnsupportedModel

_ADAPTABLE = {nn.Linear, PackedLinear, Conv1D}  # types of layers


class Sharing:
    """A base model as n models, each of them the base under one of its adapters, or alone.

    Of n * R rows, row e * R + r is row r as model e reads it. A pass may be over any of them.
    """

    def __init__(self, base: PreTrainedModel, adapters: Sequence[str | None]) -> None:
        """Weights of adapters are moved, not copied: those of `base`, which stays usable, become
        views of the shared ones. Raises UnsupportedModel, before anything is moved, for an adapter
        that is more than a product of two matrices added to a linear layer.
        """
        check_plain(base)
        self.models = len(adapters)
        self._whose = _Whose()
        self._tables: dict[tuple[_Sitting, ...], Tensor] = {}  # layers alike have one
        kept: dict[int, Any] = {id(one): one for one in (*base.parameters(), *base.buffers())}
        self.module: PreTrainedModel = copy.deepcopy(base, kept)
        for name, part in [*base.named_modules()]:
            if isinstance(part, AdaptedLinear):
                owner, _, own = name.rpartition(".")
                setattr(self.module.get_submodule(owner), own, self._shared(part, adapters))
        self.module.train(False)

    def _shared(self, part: AdaptedLinear, adapters: Sequence[str | None]) -> nn.Module:
        sitting = _sitting(part, adapters)
        if not sitting:
            alone: nn.Module = part.base_layer
            return alone
        like: Any = part.base_layer.weight
        table = _table(sitting, self.models, like.device)
        return _Adapted(part, sitting, self._tables.setdefault(tuple(sitting), table), self._whose)

    @contextmanager
    def over(self, rows: Tensor, of: int) -> Iterator[None]:
        """Run the module over these rows (R,) of so many."""
        self._whose.are(rows * self.models // of)
        yield


def check_plain(base: PreTrainedModel) -> None:
    """Raises UnsupportedModel, with the part, unless every adapter can be shared."""
    for name, part in base.named_modules():
        if not isinstance(part, BaseTunerLayer):
            continue
        if type(part) is not AdaptedLinear or type(part.base_layer) not in _ADAPTABLE:
            raise UnsupportedModel(f"an adapter on {name}, a {type(part).__name__}, is not shared")
        if part.lora_variant or any(part.lora_bias.values()):
            raise UnsupportedModel(f"the adapter on {name} is more than two matrices")
        weights = {id(one): one for one in (*part.lora_A.parameters(), *part.lora_B.parameters())}
        if {one.dtype for one in weights.values()} != {part.base_layer.weight.dtype}:
            raise UnsupportedModel(f"the adapter on {name} is of another type than its base")


class _Whose:
    """Which of the models each row of the pass at hand is of."""

    def __init__(self) -> None:
        self._models = torch.empty(0, dtype=torch.long)  # (R,)
        self._found: dict[int, Tensor] = {}

    def are(self, models: Tensor) -> None:
        """Say it of the next pass: (R,)."""
        self._models = models
        self._found.clear()

    def factors(self, table: Tensor) -> Tensor:
        """Each row's (R, 1, K) of a table (n, K), found once a pass."""
        if id(table) not in self._found:
            self._found[id(table)] = table[self._models].unsqueeze(1)
        return self._found[id(table)]


@dataclass(frozen=True, slots=True)
class _Sitting:
    """An adapter on a layer: which of the models has it, and where its ranks lie among all."""

    model: int
    name: str
    first: int
    rank: int
    scaling: float

    @property
    def own(self) -> slice:
        return slice(self.first, self.first + self.rank)


class _Adapted(nn.Module):
    """A linear layer of the base with all adapters on it, K their ranks together.

    down (K, D_in) and up (K, D_out) are applied to every row, and factors (n, K) leave of what lies
    between what its own adapter makes: they are that one's scaling, and 0 for others'.
    """

    def __init__(
        self, part: AdaptedLinear, sitting: Sequence[_Sitting], factors: Tensor, whose: _Whose
    ) -> None:
        super().__init__()
        self._own: nn.Module = part.base_layer
        self._whose, self._factors = whose, factors
        wide: Any = part
        ranks, like = factors.shape[1], wide.base_layer.weight.data
        self.down = nn.Parameter(like.new_empty(ranks, wide.in_features), requires_grad=False)
        self.up = nn.Parameter(like.new_empty(ranks, wide.out_features), requires_grad=False)
        for one in sitting:
            _move(part.lora_A[one.name], self.down[one.own])
            _move(part.lora_B[one.name], self.up[one.own].T)

    def forward(self, given: Tensor) -> Tensor:
        """(R, Q, D_in) to (R, Q, D_out)."""
        made: Tensor = self._own(given)
        low = functional.linear(given, self.down)
        low = (low * self._whose.factors(self._factors)).to(low.dtype)  # factors have 4 bytes
        return torch.addmm(made.flatten(0, 1), low.flatten(0, 1), self.up).view(made.shape)


def _sitting(part: AdaptedLinear, adapters: Sequence[str | None]) -> list[_Sitting]:
    found, first = list[_Sitting](), 0
    for model, name in enumerate(adapters):
        if name is not None and name in part.lora_A:
            found.append(_Sitting(model, name, first, part.r[name], part.scaling[name]))
            first += part.r[name]
    return found


def _table(sitting: Sequence[_Sitting], models: int, device: torch.device) -> Tensor:
    """(n, K), in fp32 whatever the weights: a scaling need not be a power of two."""
    table = torch.zeros(models, sitting[-1].own.stop, device=device)
    for one in sitting:
        table[one.model, one.own] = one.scaling
    return table


def _move(part: nn.Module, place: Tensor) -> None:
    """A part's weight becomes a view of its place here."""
    weight = part.get_parameter("weight")
    place.copy_(weight.data)
    weight.data = place.data
