"""Which systems are worth their price: nothing cheaper is as good."""

from __future__ import annotations

from collections.abc import Mapping


def frontier(points: Mapping[str, tuple[float, float]]) -> tuple[str, ...]:
    """Systems on the frontier of (price, quality), cheapest first; equals are all on it."""

    def beaten(name: str) -> bool:
        price, quality = points[name]
        return any(
            p <= price and q >= quality and (p, q) != (price, quality) for p, q in points.values()
        )

    return tuple(sorted((n for n in points if not beaten(n)), key=lambda n: (points[n], n)))
