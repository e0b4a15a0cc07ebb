"""Single signals of the sentence encoder: what Credence has to beat."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from credence.replay.sitting import Sitting


class Text(StrEnum):
    """Which vectors of the items are compared."""

    PLAIN = "plain"  # of the whole text, as one would do without thinking
    ITEM = "item vectors"  # those that Credence stores


@dataclass(frozen=True, slots=True)
class EncoderInstruction:
    """Cosine of instruction and item."""

    text: Text

    @property
    def name(self) -> str:
        return f"encoder instruction, {self.text}"

    async def score(self, sitting: Sitting) -> NDArray[np.float64]:
        if sitting.instruction_vector is None:
            return np.zeros(len(sitting.candidates))
        return _cosines(sitting, self.text, sitting.instruction_vector)


@dataclass(frozen=True, slots=True)
class EncoderHistory:
    """Cosine of an item and the mean of the items of the whole history, or of those liked."""

    text: Text
    liked_only: bool

    @property
    def name(self) -> str:
        return f"encoder {'liked ' if self.liked_only else ''}history, {self.text}"

    async def score(self, sitting: Sitting) -> NDArray[np.float64]:
        lived = sitting.lived
        item_ids = tuple(
            event.item_id
            for event, attitude in zip(lived.events, lived.attitudes, strict=True)
            if event.item_id is not None and (attitude > 0 or not self.liked_only)
        )
        if not item_ids:
            return np.zeros(len(sitting.candidates))
        rows = _rows(sitting, self.text, item_ids)
        return _cosines(sitting, self.text, rows.mean(axis=0))


def _rows(sitting: Sitting, text: Text, item_ids: tuple[str, ...]) -> NDArray[np.float64]:
    encoded = sitting.encoded
    rows = encoded.rows(item_ids) if text is Text.ITEM else encoded.plain_rows(item_ids)
    return rows.astype(np.float64)


def _cosines(sitting: Sitting, text: Text, towards: NDArray[np.floating]) -> NDArray[np.float64]:
    return _rows(sitting, text, sitting.candidates) @ towards.astype(np.float64)
