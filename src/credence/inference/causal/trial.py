"""A model proves, before it serves, that reading it on row by row changes nothing.

Architectures differ in what they make of positions, masks and caches. Instead of a list of those
that are known to work, each model is read once in two ways on a few tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor
from transformers import PreTrainedModel

from credence.inference.causal.model import CausalModel
from credence.inference.errors import UnsupportedModel

_REPEATED = 3  # steps after the recorded one
_CLOSE = {torch.float32: 1e-3, torch.float16: 0.1, torch.bfloat16: 0.3}  # of the logits' spread


Under = Callable[[], AbstractContextManager[None]]


def check_reading(
    module: PreTrainedModel, model: CausalModel, name: str, *, under: Under = nullcontext
) -> None:
    """Raises UnsupportedModel if ragged cached reading and one plain pass give other logits.

    `module` runs as `model` runs it within `under`, which sets an adapter. A model whose passes
    are recorded decodes until some were repeated.
    """
    _check([module], model, name, under)


def check_stack(modules: Sequence[PreTrainedModel], model: CausalModel, name: str) -> None:
    """The same of a model that is all of these stacked (see `stacking`), for each of them."""
    _check(modules, model, name, nullcontext)


@torch.inference_mode()
def _check(modules: Sequence[PreTrainedModel], model: CausalModel, name: str, under: Under) -> None:
    further = 0 if model.recorder is None else model.recorder.after + _REPEATED
    ids = [(7 * at + 3) % model.labels for at in range(11 + further)]
    contexts = [ids[:2], ids[1:8]]
    reading = model.open(contexts * len(modules))
    asked: list[
        tuple[list[int], list[list[int]]]
    ] = [  # one row from its start, both with more and less to catch up, then token by token
        ([1], [[]]),
        ([0, 1], [ids[2:7], ids[8:9]]),
        ([0], [ids[2:8]]),
        ([1, 0], [ids[8:10], ids[2:9]]),
    ]
    asked += [([0, 1], [ids[2 : 10 + at], ids[8 : 11 + at]]) for at in range(further)]
    for rows, decided in asked:
        of_all = [at * len(contexts) + row for at in range(len(modules)) for row in rows]
        step = reading.after(of_all, decided * len(modules))
        said = step.logits.float().view(len(modules), len(rows), -1)
        wholes = [contexts[row] + more for row, more in zip(rows, decided, strict=True)]
        for module, logits in zip(modules, said, strict=True):
            with under():
                apart = [_apart(module, one, ids) for one, ids in zip(logits, wholes, strict=True)]
            if all(each <= _CLOSE[module.dtype] for each in apart):  # nan is no agreement either
                continue
            raise UnsupportedModel(
                f"{name} ({module.config.model_type}) gives other logits than a plain pass when it "
                f"is read step by step (by {max(apart):.2g} of their spread): it is of a kind that "
                "is not supported here"
            )


def _apart(module: PreTrainedModel, logits: Tensor, whole: list[int]) -> float:
    """How far logits (V,) are from those of a plain pass over all these tokens."""
    tokens = torch.tensor([whole], device=module.device)
    plain = module(input_ids=tokens, use_cache=False).logits[0, -1, : len(logits)].float()
    return float((logits - plain).abs().max() / plain.std().clamp_min(1e-9))
