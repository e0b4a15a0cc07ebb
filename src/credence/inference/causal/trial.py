"""A model proves, before it serves, that reading it on row by row changes nothing.

Architectures differ in what they make of positions, masks and caches. Instead of a list of those
that are known to work, each model is read once in two ways on a few tokens.
"""

from __future__ import annotations

import torch
from transformers import PreTrainedModel

from credence.inference.causal.model import CausalModel
from credence.inference.errors import UnsupportedModel

_CLOSE = {torch.float32: 1e-3, torch.float16: 0.1, torch.bfloat16: 0.3}  # of the logits' spread


@torch.inference_mode()
def check_reading(module: PreTrainedModel, model: CausalModel, name: str) -> None:
    """Raises UnsupportedModel if ragged cached reading and one plain pass give other logits.

    `module` must run as `model` runs it, its adapter included.
    """
    ids = [(7 * at + 3) % model.labels for at in range(11)]
    contexts = [ids[:2], ids[1:8]]
    reading = model.open(contexts)
    asked: list[
        tuple[list[int], list[list[int]]]
    ] = [  # one row from its start, both with more and less to catch up, one by one token
        ([1], [[]]),
        ([0, 1], [ids[2:7], ids[8:9]]),
        ([0], [ids[2:8]]),
    ]
    for rows, decided in asked:
        step = reading.after(rows, decided)
        for logits, row, more in zip(step.logits.float(), rows, decided, strict=True):
            whole = torch.tensor([contexts[row] + more], device=module.device)
            plain = module(input_ids=whole, use_cache=False).logits[0, -1, : model.labels].float()
            worst = (logits - plain).abs().max() / plain.std().clamp_min(1e-9)
            if worst <= _CLOSE[module.dtype]:  # nan is no agreement either
                continue
            raise UnsupportedModel(
                f"{name} ({module.config.model_type}) gives other logits when it is read step by "
                f"step (by {worst:.2g} of their spread); its attention is not supported"
            )
