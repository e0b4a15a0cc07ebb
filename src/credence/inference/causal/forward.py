"""One pass of a Hugging Face causal LM over new tokens of some rows."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from threading import Lock

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from credence.inference.causal.attention import Attention, Mask
from credence.inference.causal.pool import SlotPool
from credence.inference.causal.recorded import Recorded, Recorder
from credence.inference.causal.slots import TRASH, SlotCache, together
from credence.inference.errors import ContextTooLong, UnsupportedModel
from credence.inference.routing.step import Step

log = logging.getLogger(__name__)

Tokens = Sequence[Sequence[int]]  # a batch of token ids, each row of one token or more
# puts the weights in force under which a pass over these rows (R,) of so many is run
InForce = Callable[[Tensor, int], AbstractContextManager[None]]

KEPT = 4096  # slots that each model keeps for later readings, where passes are recorded over them


class Forward:
    """Runs a module, which may be several models over rows of their own."""

    def __init__(
        self,
        module: PreTrainedModel,
        labels: int,
        in_force: InForce,
        recorder: Recorder | None,
        *,
        most: int | None,
        models: int = 1,
    ) -> None:
        self._module = module
        self._labels = labels
        self._in_force, self._models = in_force, models
        self.recorder = recorder  # None once it has failed
        self._pool = SlotPool() if recorder is None else SlotPool(KEPT * models)
        self._weights = self._addresses()
        self._lock = Lock()  # readings in several threads may share a model
        self._attention = Attention.of(module.config)
        self._head: nn.Module = module.get_output_embeddings()  # type: ignore[no-untyped-call]
        config = module.config.get_text_config()
        self._positions: int | None = getattr(config, "max_position_embeddings", None)
        self.most = most  # tokens of a row for which there is room; None: any number
        if "logits_to_keep" not in inspect.signature(module.forward).parameters:
            raise UnsupportedModel(f"{config.model_type} cannot give the last logits alone")

    def cache(self, rows: int) -> SlotCache:
        """An empty cache for this many rows."""
        if self.recorder is not None:
            self.forget_moved()
        return SlotCache(rows, self._pool)

    def forget_moved(self) -> None:
        """Let go what was recorded if it reads weights where they no longer are."""
        if (weights := self._addresses()) != self._weights:
            self._pool.forget()
            self._weights = weights

    def read(
        self, cache: SlotCache, rows: Sequence[int], new: Tokens, starts: Sequence[int]
    ) -> Step:
        """Read each row's new tokens, the first of them at position `starts`, in one pass.

        Passes over one token of each row are recorded and repeated where there is a recorder.
        """
        longest = max(start + len(ids) for start, ids in zip(starts, new, strict=True))
        self._check(longest)
        with self._lock:
            recorder = self.recorder
            if recorder is not None and self._is_recordable(recorder, cache, new):
                cache.reserve(longest)
                with recorder.lock:
                    if (recorded := self._recorded(recorder, cache, rows, new, starts)) is not None:
                        return _of(recorded.again(), rows)
            return self._ragged(cache, rows, new, starts, longest)

    def _check(self, longest: int) -> None:
        """Raises ContextTooLong for a row of more tokens than there are positions, or room."""
        if self._positions is not None and longest > self._positions:
            raise ContextTooLong(
                f"{longest} tokens are more than the {self._positions} positions of "
                f"{self._module.config.model_type}; shorten the text or choose another model"
            )
        if self.most is not None and longest > self.most:
            raise ContextTooLong(
                f"{longest} tokens are more than the {self.most} a row that room was made for; "
                "shorten the text, say by fewer events in it, or make CREDENCE_CAUSAL_LONGEST "
                "larger, as far as each of the models has positions"
            )

    def _ragged(
        self,
        cache: SlotCache,
        rows: Sequence[int],
        new: Tokens,
        starts: Sequence[int],
        longest: int,
    ) -> Step:
        """Shorter rows are padded in front, at position 0 and into the trash, so that the last
        token of all is in the last column.
        """
        most = max(map(len, new))
        missing = [most - len(ids) for ids in new]
        tokens = self._tensor(
            [[0] * gap + list(ids) for gap, ids in zip(missing, new, strict=True)]
        )
        at = [[*range(start, start + len(ids))] for start, ids in zip(starts, new, strict=True)]
        padded = zip(missing, at, strict=True)
        positions = self._tensor([[0] * gap + own for gap, own in padded])  # (R, Q)
        slots = positions
        if any(missing):
            slots = self._tensor(
                [[TRASH] * gap + own for gap, own in zip(missing, at, strict=True)]
            )
        cache.prepare(rows, slots, longest)
        mask = self._mask(positions, longest, set(zip(starts, map(len, new), strict=True)))
        return self._pass(cache, tokens, positions, mask)

    def _recorded(
        self,
        recorder: Recorder,
        cache: SlotCache,
        rows: Sequence[int],
        new: Tokens,
        starts: Sequence[int],
    ) -> Recorded | None:
        """The recorded pass of this cache with these tokens to read, unless it cannot be had yet.

        It takes all rows: those not asked for read into the trash.
        """
        room = cache.room
        room.passes += 1
        if room.recorded is None and room.passes <= recorder.after:
            return None
        ids, slots = [0] * cache.rows, [TRASH] * cache.rows
        for row, (token,), start in zip(rows, new, starts, strict=True):
            ids[row], slots[row] = token, start
        recorded = room.recorded or Recorded(cache.rows, self._module.device)
        recorded.feed(ids, slots)
        if room.recorded is None:
            try:
                recorded.record(partial(self._one_each, cache), recorder)
            except RuntimeError as why:
                log.warning("%s is not recorded: %s", self._module.config.model_type, why)
                self.recorder, self._pool = None, SlotPool()
                return None
            room.recorded = recorded
        return recorded

    def _one_each(self, cache: SlotCache, inputs: Tensor) -> Step:
        """Read a token of every row: `inputs` (2, B) are the tokens and their slots."""
        tokens, slots = inputs.unsqueeze(-1)  # (B, 1) each
        positions = slots.clamp_min(0)
        cache.prepare_all(slots)
        mask = self._attention.mask(positions, cache.room.capacity, self._module.dtype)
        return self._pass(cache, tokens, positions, mask)

    def _pass(self, cache: SlotCache, tokens: Tensor, positions: Tensor, mask: Mask) -> Step:
        with self._in_force(cache.reading, cache.rows), _Seen(self._head) as seen:
            output = self._module(
                input_ids=tokens,
                attention_mask=mask,
                position_ids=positions,
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            )
        return Step(output.logits[:, -1, : self._labels], seen.hidden[:, -1])

    def _mask(self, positions: Tensor, longest: int, spans: set[tuple[int, int]]) -> Mask:
        """None where the model's own causal mask is right, which frees it for quicker kernels."""
        if self._attention.plain and len(spans) == 1:
            ((start, length),) = spans
            if start == 0 or length == 1:
                return None
        return self._attention.mask(positions, longest, self._module.dtype)

    def _is_recordable(self, recorder: Recorder, cache: SlotCache, new: Tokens) -> bool:
        each = cache.rows // self._models  # rows that one model has
        return each <= recorder.most_rows and all(len(ids) == 1 for ids in new)

    def _addresses(self) -> list[int]:
        """Where the weights are in memory."""
        return [each.data_ptr() for each in self._module.parameters()]

    def _tensor(self, ids: list[list[int]]) -> Tensor:
        return torch.tensor(ids, device=self._module.device)


def _of(step: Step, rows: Sequence[int]) -> Step:
    """A copy of what these rows of a step say."""
    at = together(rows) or torch.tensor(rows, device=step.logits.device)
    return Step(step.logits[at].clone(), step.hidden[at].clone())


class _Seen:
    """What the output layer read: the last hidden state, after the final norm."""

    def __init__(self, head: nn.Module) -> None:
        self._head = head
        self.hidden = torch.empty(0)  # (R, 1, D) once the model has run

    def __enter__(self) -> _Seen:
        self._hook = self._head.register_forward_pre_hook(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        self._hook.remove()

    def _note(self, _: nn.Module, read: tuple[Tensor, ...]) -> None:
        self.hidden = read[0]
