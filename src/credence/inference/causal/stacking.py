"""Several causal LMs of one shape become one, whose batch holds every model's rows.

Row e * R + r of a batch of n * R rows is row r as model e reads it. Everything that has no weights
(attention, rotations, activations) runs as it is, over more rows; what has weights is replaced by
a form that has those of all models and takes each model's rows by its own. So a pass costs the
dispatch of one model, and reads the weights of all.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from credence.inference.errors import UnsupportedModel

_SAYS_NO_SHAPE = {"_name_or_path", "transformers_version", "architectures"}


def stacked(modules: Sequence[PreTrainedModel]) -> PreTrainedModel:
    """One model over all rows of these n different ones, in eval mode.

    The weights are moved, not copied: those of `modules`, which stay usable, become views of the
    stacked ones. Raises UnsupportedModel, before anything is moved, if they are not alike.
    """
    check_alike(modules)
    first = modules[0]
    kept: dict[int, Any] = {id(one): one for one in (*first.parameters(), *first.buffers())}
    skeleton: PreTrainedModel = copy.deepcopy(first, kept)
    moved: dict[int, Tensor] = {}  # by the first model's parameter, for tied ones stay tied
    for name, part in [*skeleton.named_modules()]:
        form = _form(part)
        if form is None:
            continue
        parts = [module.get_submodule(name) for module in modules]
        weights = {
            each: _moved([one.get_parameter(each) for one in parts], moved)
            for each, _ in part.named_parameters(recurse=False)
        }
        owner, _, own = name.rpartition(".")
        setattr(skeleton.get_submodule(owner), own, form(part, weights))
    skeleton.train(False)
    return skeleton


def check_alike(modules: Sequence[PreTrainedModel]) -> None:
    """Raises UnsupportedModel, with the difference, unless these models can be stacked."""
    first = modules[0]
    for module in modules[1:]:
        if type(module) is not type(first):
            raise UnsupportedModel(f"a {_kind(first)} and a {_kind(module)} have two shapes")
        if changed := _changed(_shape(first), _shape(module)):
            raise UnsupportedModel(f"their configurations differ in {', '.join(changed)}")
        if changed := _changed(_weights(first), _weights(module)):
            raise UnsupportedModel(f"their weights {changed[0]} differ in shape, type or place")
        pairs = zip(first.named_buffers(), module.buffers(), strict=True)
        if changed := [name for (name, own), other in pairs if not torch.equal(own, other)]:
            raise UnsupportedModel(f"their constants {changed[0]} differ")
    for name, part in first.named_modules():
        if hasattr(part, "peft_config"):
            raise UnsupportedModel("they are under adapters")
        if [*part.parameters(recurse=False)] and _form(part) is None:
            raise UnsupportedModel(f"{name} is a {_kind(part)}, which has no stacked form")


class _Linear(nn.Module):
    """`nn.Linear` or `Conv1D`: weight (n, D_in, D_out), bias (n, 1, D_out)."""

    def __init__(self, part: nn.Module, weights: dict[str, Tensor]) -> None:
        super().__init__()
        weight, bias = weights["weight"], weights.get("bias")
        self.weight = _fixed(weight if isinstance(part, Conv1D) else weight.transpose(1, 2))
        self.bias = None if bias is None else _fixed(bias.unsqueeze(1))

    def forward(self, given: Tensor) -> Tensor:
        rows = given.reshape(len(self.weight), -1, given.shape[-1])  # (n, R * Q, D_in)
        if self.bias is None:
            made = torch.bmm(rows, self.weight)
        else:
            made = torch.baddbmm(self.bias, rows, self.weight)
        return made.view(*given.shape[:-1], -1)


class _Embedding(nn.Module):
    """A family's own `nn.Embedding` over the words of all models: weight (n * V, D)."""

    def __init__(self, part: nn.Module, weights: dict[str, Tensor]) -> None:
        super().__init__()
        self._models, self._size, _ = weights["weight"].shape
        self._own = _with(part, weights["weight"].flatten(0, 1))

    def forward(self, ids: Tensor) -> Tensor:
        words = self._models * self._size
        first = torch.arange(0, words, self._size, device=ids.device)  # of each model
        places = ids.reshape(self._models, -1) + first.unsqueeze(1)
        made: Tensor = self._own(places)
        return made.view(*ids.shape, -1)


class _LayerNorm(nn.Module):
    """`nn.LayerNorm` over the last dimension: weight and bias (n, 1, D)."""

    def __init__(self, part: nn.Module, weights: dict[str, Tensor]) -> None:
        super().__init__()
        self._eps: Any = part.eps
        self.weight = _fixed(weights["weight"].unsqueeze(1))
        self.bias = _fixed(weights["bias"].unsqueeze(1))

    def forward(self, given: Tensor) -> Tensor:
        rows = given.reshape(len(self.weight), -1, given.shape[-1])  # (n, R * Q, D)
        normal = functional.layer_norm(rows, given.shape[-1:], eps=self._eps)
        return torch.addcmul(self.bias, normal, self.weight).view(given.shape)


class _RMSNorm(nn.Module):
    """A family's own RMSNorm, with a weight (n, 1, D) that spreads over each model's rows."""

    def __init__(self, part: nn.Module, weights: dict[str, Tensor]) -> None:
        super().__init__()
        self._models = len(weights["weight"])
        self._own = _with(part, weights["weight"].unsqueeze(1))

    def forward(self, given: Tensor) -> Tensor:
        made: Tensor = self._own(given.reshape(self._models, -1, given.shape[-1]))
        return made.view(given.shape)


def _form(part: nn.Module) -> type[_Linear | _Embedding | _LayerNorm | _RMSNorm] | None:
    """By what is known of torch's parts, and of those that transformers' families call the same.

    A family's own part is called with another weight; that it makes the same of it, a trial shows.
    """
    kind, weights = type(part), {name for name, _ in part.named_parameters()}
    if kind in {nn.Linear, Conv1D}:
        return _Linear
    if kind is nn.Embedding or kind.__name__.endswith("ScaledWordEmbedding"):
        return _Embedding
    if kind is nn.LayerNorm and weights == {"weight", "bias"}:
        return _LayerNorm
    # torch's own wants a weight of the rows' shape; theirs multiply by it
    if kind.__name__.endswith("RMSNorm") and kind is not nn.RMSNorm and weights == {"weight"}:
        return _RMSNorm
    return None


def _fixed(weight: Tensor) -> nn.Parameter:
    return nn.Parameter(weight, requires_grad=False)


def _with(part: nn.Module, weight: Tensor) -> nn.Module:
    """This part with another weight."""
    return copy.deepcopy(part, {id(part.weight): _fixed(weight)})


def _moved(owned: Sequence[nn.Parameter], moved: dict[int, Tensor]) -> Tensor:
    """These parameters in one, (n, ...), of which they are views from now on."""
    first = id(owned[0])
    if first not in moved:
        moved[first] = torch.stack([one.data for one in owned])
        for one, own in zip(owned, moved[first], strict=True):
            one.data = own
    return moved[first]


def _shape(module: PreTrainedModel) -> dict[str, Any]:
    said = module.config.to_dict() | {"attention": module.config._attn_implementation}
    return {key: said[key] for key in said.keys() - _SAYS_NO_SHAPE if not key.endswith("_token_id")}


def _weights(module: PreTrainedModel) -> dict[str, Any]:
    """By name, what must be the same of each parameter, and the first name of tied ones."""
    first: dict[int, str] = {}
    return {
        name: (one.shape, one.dtype, one.device, first.setdefault(id(one), name))
        for name, one in module.named_parameters(remove_duplicate=False)
    }


def _changed(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))


def _kind(module: nn.Module) -> str:
    return type(module).__name__
