"""Seeds that follow from where in a run one stands, so that no generator's state is carried along.

What a step draws depends on the run's seed and the step's number alone: a resumed run draws what
it would have drawn, whichever process of however many does the step.
"""

from __future__ import annotations

from hashlib import blake2b

_BYTES = 4  # NumPy takes seeds below 2 ** 32


def derived_seed(seed: int, *where: str | int) -> int:
    """A seed in [0, 2 ** 32) for one place in a run; those of different places are unrelated."""
    said = "\x1f".join(str(part) for part in (seed, *where))
    return int.from_bytes(blake2b(said.encode(), digest_size=_BYTES).digest(), "big")
