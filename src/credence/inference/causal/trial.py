"""A model proves, before it serves, that reading it on row by row changes nothing.

Architectures differ in what they make of positions, masks and caches. Instead of a list of those
that are known to work, each model is read once in two ways on a few tokens. How far the two may be
apart is measured too: plain passes differ by rounding, each alone and all in a padded batch.
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
_TIMES = 2  # what rounding came to in the few passes in which it was measured
# Of the logits' spread: what is close whatever was measured, and what is not.
_LEAST = {torch.float32: 1e-4, torch.float16: 0.02, torch.bfloat16: 0.05}
_MOST = {torch.float32: 1e-3, torch.float16: 0.1, torch.bfloat16: 0.3}
_MEASURED = (1, 2, 7, 11)  # tokens of the passes that are compared; the first is one of decoding

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
    ids = [(7 * at + 3) % model.labels for at in range(max(_MEASURED) + further)]
    with under():
        close = [_close(module, model.labels, ids) for module in modules]
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
        for module, logits, bound in zip(modules, said, close, strict=True):
            with under():
                apart = [_apart(module, one, ids) for one, ids in zip(logits, wholes, strict=True)]
            if all(each <= bound for each in apart):  # nan is no agreement either
                continue
            raise UnsupportedModel(
                f"{name} ({module.config.model_type}) gives other logits than a plain pass when it "
                f"is read step by step (by {max(apart):.2g} of their spread, where {bound:.2g} "
                "would be rounding): it is of a kind that is not supported here"
            )


def _apart(module: PreTrainedModel, logits: Tensor, whole: list[int]) -> float:
    """How far logits (V,) are from those of a plain pass over all these tokens."""
    return _difference(logits, _plain(module, [whole])[0, -1, : len(logits)])


def _close(module: PreTrainedModel, labels: int, ids: list[int]) -> float:
    """How far apart the logits of one model may be by rounding, as a share of their spread."""
    texts = [ids[:length] for length in _MEASURED]
    together = _plain(module, texts)[:, :, :labels]  # (R, Q, V)
    apart = [
        _difference(_plain(module, [text])[0, at, :labels], row[at])
        for text, row in zip(texts, together, strict=True)
        for at in range(len(text))
    ]
    return min(_MOST[module.dtype], max(_LEAST[module.dtype], _TIMES * max(apart)))


def _plain(module: PreTrainedModel, texts: Sequence[list[int]]) -> Tensor:
    """Logits (R, Q, V) of a pass over these texts, which are padded on the right."""
    most = max(map(len, texts))
    missing = [most - len(text) for text in texts]
    rows = [text + [0] * gap for text, gap in zip(texts, missing, strict=True)]
    read = [[1] * (most - gap) + [0] * gap for gap in missing]
    logits: Tensor = module(
        input_ids=torch.tensor(rows, device=module.device),
        attention_mask=torch.tensor(read, device=module.device) if any(missing) else None,
        use_cache=False,
    ).logits
    return logits.float()


def _difference(logits: Tensor, plain: Tensor) -> float:
    return float((logits - plain).abs().max() / plain.std().clamp_min(1e-9))
