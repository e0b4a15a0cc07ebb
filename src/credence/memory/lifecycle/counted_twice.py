"""Events that count for two chunks which become one: each may count for it once."""

from __future__ import annotations

from collections.abc import Iterable

from credence.memory.lifecycle.draft import Draft
from credence.memory.model import Evidence


def counted_twice(draft: Draft, one_id: int, other_id: int) -> tuple[Evidence, ...]:
    """Of each event that counts for both chunks the piece that says less."""
    return _lesser(_said_for(draft, one_id), _said_for(draft, other_id))


def weighing_twice(draft: Draft, one_id: int, other_id: int) -> tuple[Evidence, ...]:
    """Likewise, of the events that both chunks hold something of."""
    return _lesser(_held_by(draft, one_id), _held_by(draft, other_id))


def _lesser(ones: Iterable[Evidence], others: Iterable[Evidence]) -> tuple[Evidence, ...]:
    one, other = clearest(ones), clearest(others)
    return tuple(
        min(one[seq], other[seq], key=_clarity) for seq in sorted(one.keys() & other.keys())
    )


def _said_for(draft: Draft, chunk_id: int) -> list[Evidence]:
    """What is known to count for the chunk, or for one that joined it."""
    ids = frozenset(draft.belief.joined_in(chunk_id))
    new = (piece for change in draft.changes for piece in change.evidence)
    return [piece for piece in (*draft.shared, *new) if piece.chunk_id in ids]


def _held_by(draft: Draft, chunk_id: int) -> list[Evidence]:
    """That without what came before one of them began anew: it counts, but weighs nothing."""
    began = {chunk.chunk_id: chunk.first_evidence_at for chunk in draft.belief.chunks}
    return [
        piece
        for piece in _said_for(draft, chunk_id)
        if piece.occurred_at >= max(began[chunk_id], began[piece.chunk_id])
    ]


def clearest(pieces: Iterable[Evidence]) -> dict[int, Evidence]:
    """What each event says for chunks that are one: there it counted once."""
    found: dict[int, Evidence] = {}
    for piece in pieces:
        known = found.get(piece.event_seq)
        found[piece.event_seq] = piece if known is None else max(known, piece, key=_clarity)
    return found


def _clarity(piece: Evidence) -> tuple[float, int]:
    return abs(piece.weight), -piece.chunk_id
