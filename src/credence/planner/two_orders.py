"""Two orders of items held against one another: what moved, came in and fell out of a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Move:
    """One item's ranks in both orders, from 1; None where it was no candidate at all."""

    item_id: str
    was: int | None
    now: int | None

    @property
    def rise(self) -> int:
        """Places up; below 0 places down. 0 where it is in one order alone."""
        return 0 if self.was is None or self.now is None else self.was - self.now


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoOrders:
    """Orders of all candidates, of which the first `k` are the list."""

    k: int
    before: tuple[Move, ...]  # the list as it was, in its order
    after: tuple[Move, ...]  # and as it is
    new: int  # candidates of the second order alone
    gone: int  # of the first alone

    @property
    def changed(self) -> int:
        """Places of the list that another item has now, or none."""
        longest = max(len(self.before), len(self.after))
        same = sum(
            one.item_id == other.item_id
            for one, other in zip(self.before, self.after, strict=False)
        )
        return longest - same

    @property
    def came_in(self) -> tuple[Move, ...]:
        """In the list now, and not before."""
        return tuple(move for move in self.after if move.was is None or move.was > self.k)

    @property
    def fell_out(self) -> tuple[Move, ...]:
        """In the list before, and no longer."""
        return tuple(move for move in self.before if move.now is None or move.now > self.k)

    @property
    def highest_rise(self) -> Move | None:
        """Of those in the list now the one that rose most, if any did."""
        rose = [move for move in self.after if move.rise > 0]
        return max(rose, key=lambda move: move.rise, default=None)

    @property
    def deepest_fall(self) -> Move | None:
        """Of those in the list before the one that fell most, if any did."""
        fell = [move for move in self.before if move.rise < 0]
        return min(fell, key=lambda move: move.rise, default=None)


def two_orders(before: Sequence[str], after: Sequence[str], *, k: int) -> TwoOrders:
    """Both orders are of ids without repetition, the best first."""
    was = {item_id: rank for rank, item_id in enumerate(before, 1)}
    now = {item_id: rank for rank, item_id in enumerate(after, 1)}

    def moves(ids: Sequence[str]) -> tuple[Move, ...]:
        return tuple(Move(item_id, was.get(item_id), now.get(item_id)) for item_id in ids[:k])

    return TwoOrders(
        k=k,
        before=moves(before),
        after=moves(after),
        new=len(now.keys() - was.keys()),
        gone=len(was.keys() - now.keys()),
    )
