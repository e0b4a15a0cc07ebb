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

from credence.inference.causal.pool import Lease, SlotPool
from credence.inference.causal.room import Room

TRASH = -1  # the last slot, where padding is written


class SlotCache(Cache):
    """The keys and values of one model over B rows, as transformers' attention asks for them.

    It answers `update` alone, which is all that a model needs that is told its positions and
    given its mask (transformers 5.23, `cache_utils.py`).
    """

    def __init__(self, rows: int, pool: SlotPool) -> None:
        super().__init__(layers=[])
        self.rows = rows
        self._pool = pool
        self._lease = Lease(Room(rows, 0))
        self._reading = _Pass(slice(0, 0), torch.empty(0), torch.empty(0), 0)

    @property
    def room(self) -> Room:
        """The buffers, which are others after growth."""
        return self._lease.room

    @property
    def reading(self) -> Tensor:
        """The rows (R,) of the next pass."""
        return self._reading.rows

    def prepare(self, rows: Sequence[int], slots: Tensor, longest: int) -> None:
        """Say where the next pass writes: `slots` (R, Q) of these rows; it sees `longest` slots."""
        self.reserve(longest)
        at = torch.tensor(rows, device=slots.device).unsqueeze(-1)  # (R, 1)
        self._reading = _Pass(together(rows), at, slots, longest)

    def prepare_all(self, slots: Tensor) -> None:
        """The same for all rows in their order and `slots` (B, Q), all of which it sees.

        Nothing of it depends on values that are not in tensors.
        """
        at = torch.arange(self.rows, device=slots.device).unsqueeze(-1)
        self._reading = _Pass(slice(0, self.rows), at, slots, self.room.capacity)

    def update(
        self, key_states: Tensor, value_states: Tensor, layer_idx: int, *args: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """Take in a layer's keys and values (R, H, Q, D); give these rows' (R, H, longest, D)."""
        keys, values = self.room.of(layer_idx, key_states, value_states)
        return (
            self._reading.through(keys, key_states),
            self._reading.through(values, value_states),
        )

    def adopt(
        self, other: SlotCache, rows: Sequence[int], theirs: Sequence[int], longest: int
    ) -> None:
        """Copy the first `longest` slots of `theirs` in the other cache into `rows` of this one."""
        self.reserve(longest)
        for layer, given in other.room.layers.items():
            for mine, their in zip(self.room.of(layer, *given), given, strict=True):
                at = torch.tensor(rows, device=their.device)
                mine[at, :, :longest] = their[:, :, :longest].index_select(
                    0, torch.tensor(theirs, device=their.device)
                )

    def reserve(self, longest: int) -> None:
        """Make room for this many tokens a row; what was read is kept."""
        before = self._lease
        if longest > before.room.capacity:
            self._lease = self._pool.lease(self.rows, max(longest, 2 * before.room.capacity))
            self.room.take_over(before.room)


class _Pass:
    """Where one pass of R rows writes and what it sees."""

    def __init__(self, view: slice | None, at: Tensor, slots: Tensor, longest: int) -> None:
        self._view = view
        self._at = at  # (R, 1)
        self._slots = slots  # (R, Q)
        self._longest = longest

    @property
    def rows(self) -> Tensor:
        """(R,)."""
        return self._at.squeeze(-1)

    def through(self, buffer: Tensor, states: Tensor) -> Tensor:
        """Write states (R, H, Q, D) into the buffer (B, H, L, D); give what these rows see."""
        buffer[self._at, :, self._slots] = states.transpose(1, 2)
        seen = buffer[:, :, : self._longest]
        if self._view is not None:
            return seen[self._view]  # no copy
        return seen.index_select(0, self.rows)


def together(rows: Sequence[int]) -> slice | None:
    """The slice that these rows are, if they lie side by side or equally far apart."""
    first, last = rows[0], rows[-1]
    step = rows[1] - first if len(rows) > 1 else 1
    if step > 0 and [*rows] == [*range(first, last + 1, step)]:
        return slice(first, last + 1, step)
    return None
