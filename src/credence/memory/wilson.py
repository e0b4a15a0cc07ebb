"""Wilson's interval of a proportion."""

from __future__ import annotations

import math


def wilson(rate: float, count: float, *, z: float) -> tuple[float, float]:
    """Both ends, in 0 to 1, where `rate` of `count` were counted, which need not be whole.

    `z` is how many standard errors it reaches. It says something for whatever count: of none in
    ten the upper end is .28, not 0.
    """
    middle = (rate + z * z / (2 * count)) / (1 + z * z / count)
    spread = rate * (1 - rate) / count + z * z / (4 * count * count)
    reach = z / (1 + z * z / count) * math.sqrt(spread)
    return max(0.0, min(rate, middle - reach)), min(1.0, max(rate, middle + reach))
