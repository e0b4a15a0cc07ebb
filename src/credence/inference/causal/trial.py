"""A model proves, before it serves, that reading it on row by row changes nothing.

Architectures differ in what they make of positions, masks and caches. Instead of a list of those
that are known to work, each model is read once in two ways on a few tokens. How far the two may be
apart is measured too: plain passes differ by rounding, each alone and all in a padded batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn
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


@dataclass(frozen=True, slots=True)
class Plain:
    """A model as the library runs it, within `under`, which sets an adapter.

    `otherwise` are the parts in which what is held against it may round otherwise than it does.
    """

    module: PreTrainedModel
    under: Under = nullcontext
    otherwise: Sequence[nn.Module] = ()

    def apart(self, said: Tensor, wholes: Sequence[list[int]]) -> list[float]:
        """How far logits (R, V) are from those of plain passes over all these tokens."""
        with self.under():
            return [
                _difference(logits, _plain(self.module, [whole])[0, -1, : len(logits)])
                for logits, whole in zip(said, wholes, strict=True)
            ]

    def close(self, labels: int, ids: list[int]) -> float:
        """How far apart the logits may be by rounding, as a share of their spread."""
        texts = [ids[:length] for length in _MEASURED]
        with self.under():
            together = _plain(self.module, texts)[:, :, :labels]  # (R, Q, V)
            apart = [
                _difference(_plain(self.module, [text])[0, at, :labels], row[at])
                for text, row in zip(texts, together, strict=True)
                for at in range(len(text))
            ]
            if self.otherwise:
                with _rounded_otherwise(self.otherwise):
                    again = _plain(self.module, texts)[:, :, :labels]
                for one, other, text in zip(again, together, texts, strict=True):
                    apart += [_difference(one[at], other[at]) for at in range(len(text))]
        dtype = self.module.dtype
        return min(_MOST[dtype], max(_LEAST[dtype], _TIMES * max(apart)))


def check_reading(
    module: PreTrainedModel, model: CausalModel, name: str, *, under: Under = nullcontext
) -> None:
    """Raises UnsupportedModel if ragged cached reading and one plain pass give other logits.

    `module` runs as `model` runs it within `under`, which sets an adapter. A model whose passes
    are recorded decodes until some were repeated.
    """
    _check([Plain(module, under)], model, name)


def check_together(plain: Sequence[Plain], model: CausalModel, name: str) -> None:
    """The same of a model that is all of these (see `stacking`, `sharing`), for each of them."""
    _check(plain, model, name)


@contextmanager
def unchanged(module: PreTrainedModel, labels: int, name: str) -> Iterator[None]:
    """Raises UnsupportedModel if a plain pass gives other logits after what is done within."""
    ids = _ids(max(_MEASURED), labels)
    with torch.inference_mode():
        bound = Plain(module).close(labels, ids)
        before = _plain(module, [ids])[0, :, :labels]
    yield
    with torch.inference_mode():
        after = _plain(module, [ids])[0, :, :labels]
    apart = _difference(after, before)
    if not apart <= bound:  # nan is no agreement either
        raise UnsupportedModel(
            f"{name} gives other logits (by {apart:.2g} of their spread, where {bound:.2g} would "
            "be rounding)"
        )


@torch.inference_mode()
def _check(plain: Sequence[Plain], model: CausalModel, name: str) -> None:
    further = 0 if model.recorder is None else model.recorder.after + _REPEATED
    ids = _ids(max(_MEASURED) + further, model.labels)
    close = [one.close(model.labels, ids) for one in plain]
    contexts = [ids[:2], ids[1:8]]
    reading = model.open(contexts * len(plain))
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
        of_all = [at * len(contexts) + row for at in range(len(plain)) for row in rows]
        step = reading.after(of_all, decided * len(plain))
        said = step.logits.float().view(len(plain), len(rows), -1)
        wholes = [contexts[row] + more for row, more in zip(rows, decided, strict=True)]
        for one, logits, bound in zip(plain, said, close, strict=True):
            apart = one.apart(logits, wholes)
            if all(each <= bound for each in apart):  # nan is no agreement either
                continue
            kind = one.module.config.model_type
            raise UnsupportedModel(
                f"{name} ({kind}) gives other logits than a plain pass when it "
                f"is read step by step (by {max(apart):.2g} of their spread, where {bound:.2g} "
                "would be rounding): it is of a kind that is not supported here"
            )


@contextmanager
def _rounded_otherwise(parts: Sequence[nn.Module]) -> Iterator[None]:
    """What these parts make is off by about one unit in the last place, up or down by chance."""
    dice = torch.Generator().manual_seed(0)

    def stray(_: nn.Module, __: object, made: Tensor) -> Tensor:
        up = torch.randint(2, made.shape, generator=dice).to(made.device, torch.bool)
        unit = torch.finfo(made.dtype).eps
        return torch.where(up, made * (1 + unit), made * (1 - unit))

    hooks = [part.register_forward_hook(stray) for part in parts]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _ids(count: int, labels: int) -> list[int]:
    """Tokens of no meaning."""
    return [(7 * at + 3) % labels for at in range(count)]


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
