"""The bundled sentence encoder as a plain function, loaded when the first text comes.

Loading takes seconds, and much of what a replay does needs no vectors. A function also goes to
another process by its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from credence.inference.encoder import SentenceEncoder


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """Texts (n,) to unit rows (n, D)."""
    return _loaded().encode(texts)


@cache
def _loaded() -> SentenceEncoder:
    from credence.inference.encoder import SentenceEncoder  # noqa: PLC0415  takes seconds

    return SentenceEncoder()
