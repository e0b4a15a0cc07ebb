"""The buffers that keys and values lie in, and what was recorded over them."""

from __future__ import annotations

from torch import Tensor

from credence.inference.causal.recorded import Recorded


class Room:
    """Buffers for B rows of `capacity` tokens each, and one slot more that nobody reads.

    They never move, so a pass that was recorded over them stays good as long as they are there.
    """

    def __init__(self, rows: int, capacity: int) -> None:
        self.rows, self.capacity = rows, capacity
        self.layers: dict[int, tuple[Tensor, Tensor]] = {}  # keys, values: (B, H, capacity + 1, D)
        self.passes = 0  # that could have been a recorded one
        self.recorded: Recorded | None = None  # the pass over one token of every row

    @property
    def slots(self) -> int:
        """Over all rows."""
        return self.rows * self.capacity

    def of(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """This layer's buffers, made for keys and values like these if it has none yet."""
        if layer not in self.layers:
            self.layers[layer] = self._buffer(keys), self._buffer(values)
        return self.layers[layer]

    def take_over(self, other: Room) -> None:
        """Copy everything from a smaller room of as many rows."""
        for layer, theirs in other.layers.items():
            for mine, old in zip(self.of(layer, *theirs), theirs, strict=True):
                mine[:, :, : other.capacity] = old[:, :, : other.capacity]

    def clear(self) -> None:
        """As if nothing had been written."""
        for keys, values in self.layers.values():
            keys.zero_()
            values.zero_()

    def _buffer(self, like: Tensor) -> Tensor:
        # zeros, for what was never written is masked out, and 0 * nan would still be nan
        return like.new_zeros(self.rows, like.shape[1], self.capacity + 1, like.shape[3])
