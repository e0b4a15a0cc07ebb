"""Which way a belief counts, in the words of pages."""

from __future__ import annotations

from credence.app.admin.figures import nought
from credence.memory.model import Chunk
from credence.memory.strength import Standing, polarity


def side_of(chunk: Chunk, stands: Standing) -> str:
    """Which way it counts: "likes", "dislikes", or "undecided" where its strength reads 0.00."""
    if nought(stands.strength):
        return "undecided"
    return "likes" if polarity(chunk) > 0 else "dislikes"


def says(side: str, text: str) -> str:
    """A belief in words: "likes horror", "undecided on romance"."""
    return f"{'undecided on' if side == 'undecided' else side} {text}"
