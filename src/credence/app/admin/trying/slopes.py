"""A drawing of how an order changed: a line from each old place to the new one."""

from __future__ import annotations

from markupsafe import Markup

from credence.planner.two_orders import Move, TwoOrders

_WIDE, _HIGH = 100, 10  # units of the view box: its width, and the height of one place


def slopes(orders: TwoOrders) -> Markup:
    """Lines between two lists of `k` places; what comes in or falls out runs over the edge.

    The lists beside it say the same in figures, so it is hidden from those who cannot see it.
    """
    places = max(len(orders.before), len(orders.after), 1)
    moves = dict.fromkeys((*orders.before, *orders.after))
    lines = Markup("").join(_line(move, k=orders.k, places=places) for move in moves)
    return Markup(
        '<svg class="slopes" viewBox="0 0 {wide} {high}" preserveAspectRatio="none" '
        'aria-hidden="true" focusable="false">{lines}</svg>'
    ).format(wide=_WIDE, high=places * _HIGH, lines=lines)


def _line(move: Move, *, k: int, places: int) -> Markup:
    inside = [rank is not None and rank <= k for rank in (move.was, move.now)]
    ends = [
        (rank - 0.5) * _HIGH if rank is not None and rank <= k else (places + 0.5) * _HIGH
        for rank in (move.was, move.now)
    ]
    kind = "same" if move.was == move.now else "up" if ends[1] < ends[0] else "down"
    edge = "" if all(inside) else " edge"
    return Markup(
        '<line class="{kind}{edge}" x1="0" x2="{wide}" y1="{one:g}" y2="{other:g}"/>'
    ).format(kind=kind, edge=edge, wide=_WIDE, one=ends[0], other=ends[1])
