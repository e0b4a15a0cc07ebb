"""Keys and values of many rows, each as long as it is: the token at position p lies in slot p.

Nothing is padded to the left and no row waits for another, so rows of different lengths can be
read on together, a row can be rewound to any earlier position, and rows can be copied to another
cache, all by writing and reading slots. One slot more than the capacity takes the padding of a
ragged pass; nobody reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache

_STEP = 64  # slots: buffers grow by doubling and in multiples of this
TRASH = -1  # the last slot, where padding is written


class SlotCache(Cache):
    """The keys and values of one model over B rows, as transformers' attention asks for them.

    It answers `update` alone, which is all that a model needs that is told its positions and
    given its mask (transformers 5.23, `cache_utils.py`).
    """

    def __init__(self, rows: int) -> None:
        super().__init__(layers=[])
        self._rows = rows
        self._capacity = 0
        self._keys: dict[int, Tensor] = {}  # of each layer, (B, H, capacity + 1, D)
        self._values: dict[int, Tensor] = {}
        self._reading = _Pass(slice(0, 0), torch.empty(0), torch.empty(0), 0)

    def prepare(self, rows: Sequence[int], slots: Tensor, longest: int) -> None:
        """Say where the next pass writes: `slots` (R, Q) of these rows; it sees `longest` slots."""
        self._reserve(longest)
        at = torch.tensor(rows, device=slots.device).unsqueeze(-1)  # (R, 1)
        self._reading = _Pass(_together(rows), at, slots, longest)

    def update(
        self, key_states: Tensor, value_states: Tensor, layer_idx: int, *args: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """Take in a layer's keys and values (R, H, Q, D); give these rows' (R, H, longest, D)."""
        if layer_idx not in self._keys:
            self._keys[layer_idx] = self._buffer(key_states)
            self._values[layer_idx] = self._buffer(value_states)
        return (
            self._reading.through(self._keys[layer_idx], key_states),
            self._reading.through(self._values[layer_idx], value_states),
        )

    def adopt(
        self, other: SlotCache, rows: Sequence[int], theirs: Sequence[int], longest: int
    ) -> None:
        """Copy the first `longest` slots of `theirs` in the other cache into `rows` of this one."""
        self._reserve(longest)
        for mine, given in ((self._keys, other._keys), (self._values, other._values)):
            for layer, buffer in given.items():
                if layer not in mine:
                    mine[layer] = self._buffer(buffer)
                at = torch.tensor(rows, device=buffer.device)
                copied = buffer[:, :, :longest].index_select(
                    0, torch.tensor(theirs, device=buffer.device)
                )
                mine[layer][at, :, :longest] = copied

    def _buffer(self, like: Tensor) -> Tensor:
        # zeros, for what was never written is masked out, and 0 * nan would still be nan
        return like.new_zeros(self._rows, like.shape[1], self._capacity + 1, like.shape[3])

    def _reserve(self, longest: int) -> None:
        if longest <= self._capacity:
            return
        before = self._capacity
        self._capacity = -(-max(longest, 2 * before) // _STEP) * _STEP
        for buffers in (self._keys, self._values):
            for layer, old in buffers.items():
                grown = self._buffer(old)
                grown[:, :, :before] = old[:, :, :before]
                buffers[layer] = grown


class _Pass:
    """Where one pass of R rows writes and what it sees."""

    def __init__(self, view: slice | None, at: Tensor, slots: Tensor, longest: int) -> None:
        self._view = view
        self._at = at  # (R, 1)
        self._slots = slots  # (R, Q)
        self._longest = longest

    def through(self, buffer: Tensor, states: Tensor) -> Tensor:
        """Write states (R, H, Q, D) into the buffer (B, H, L, D); give what these rows see."""
        buffer[self._at, :, self._slots] = states.transpose(1, 2)
        seen = buffer[:, :, : self._longest]
        if self._view is not None:
            return seen[self._view]  # no copy
        return seen.index_select(0, self._at.squeeze(-1))


def _together(rows: Sequence[int]) -> slice | None:
    """The slice that these rows are, if they lie side by side."""
    first = rows[0]
    return (
        slice(first, first + len(rows))
        if list(rows) == [*range(first, first + len(rows))]
        else None
    )
