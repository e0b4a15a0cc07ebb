"""Events that count for two chunks which become one: each may count for it once."""

from __future__ import annotations

from credence.memory.lifecycle.draft import Draft
from credence.memory.model import Evidence


def counted_twice(draft: Draft, one_id: int, other_id: int) -> tuple[Evidence, ...]:
    """Of each event that counts for both chunks the piece that says less."""
    ones, others = clearest(draft, one_id), clearest(draft, other_id)
    return tuple(
        min(ones[seq], others[seq], key=_clarity) for seq in sorted(ones.keys() & others.keys())
    )


def clearest(draft: Draft, chunk_id: int) -> dict[int, Evidence]:
    """What each event says for the chunk, or for one that joined it: there it counted once."""
    ids = frozenset(draft.belief.joined_in(chunk_id))
    new = (piece for change in draft.changes for piece in change.evidence)
    found: dict[int, Evidence] = {}
    for piece in (*draft.shared, *new):
        if piece.chunk_id in ids:
            known = found.get(piece.event_seq)
            found[piece.event_seq] = piece if known is None else max(known, piece, key=_clarity)
    return found


def _clarity(piece: Evidence) -> tuple[float, int]:
    return abs(piece.weight), -piece.chunk_id
