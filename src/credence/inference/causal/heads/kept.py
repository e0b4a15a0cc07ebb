"""What models said, kept on disk while they are asked: a killed run asks only for the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from credence.inference.causal.heads.observed import Observed
from credence.inference.causal.heads.observing import KnownList
from credence.inference.training.checkpoint import clear_unfinished, read_sealed, write_sealed
from credence.inference.training.errors import OtherSettings

PART = 32  # questions a file


class Asks(Protocol):
    """An `Observer`."""

    def ask(self, one: KnownList) -> Observed: ...


def observed(
    lists: Sequence[KnownList],
    observer: Callable[[], Asks],
    folder: Path | None,
    *,
    identity: str,
    done: Callable[[int], None] = lambda count: None,
) -> Observed:
    """What models say of these lists; what `folder` has of it is not asked for again.

    `identity` stands for everything that decides it: models, lists, orders. `observer` is called
    once something is to be asked. Raises ModelError, CheckpointDamaged, OtherSettings, and
    ValueError without lists.
    """
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        clear_unfinished(folder)
    asks: Asks | None = None
    parts = []
    for start in range(0, len(lists), PART):
        some = lists[start : start + PART]
        path = None if folder is None else folder / f"said-{start // PART:06d}.safetensors"
        if path is not None and path.exists():
            part = _read(path, identity)
        else:
            asks = asks or observer()
            part = Observed.together([asks.ask(one) for one in some])
            if path is not None:
                whole = {name: value.contiguous() for name, value in part.tensors().items()}
                write_sealed(path, whole, identity)
        parts.append(part)
        done(len(some))
    if not parts:
        raise ValueError("no lists to ask about")
    return Observed.together(parts)


def _read(path: Path, identity: str) -> Observed:
    tensors, there = read_sealed(path)
    if there != identity:
        raise OtherSettings(path, "models, lists and orders", there=there, asked=identity)
    return Observed(**tensors)
