"""A list to rank, as bytes."""

from __future__ import annotations

import numpy as np

from credence.app.ranker_service.tensors import Field, Layout, Malformed, packed, parsed
from credence.inference.listwise.batch_ranking import cells
from credence.inference.listwise.case import ListCase
from credence.inference.listwise.network import SIGNALS

MOST_CANDIDATES = 10_000
MOST_VARIANTS = 512
MOST_CELLS = 1_500_000  # see `cells`: a second or so of work, on one core
LARGEST_BODY = 64 * 1024 * 1024  # bytes; 10,000 candidates take half of it

_FLOATS = {
    "candidates": ("N", "D"),  # these three say first how many there are
    "events": ("E", "D"),
    "chunks": ("C", "D"),
    "instruction": ("D",),
    "wording": ("D",),
    "centre": ("D",),
    "attitudes": ("E",),
    "voices": ("E", "D"),
    "event_words": ("E", "D"),
    "strengths": ("C",),
    "confidences": ("C",),
    "words": ("N", "D"),
    "company": ("E", "N"),
    "followed": ("E", "N"),
    "followed_soon": ("E", "N"),
    "people": ("N",),
    "liking": ("N",),
}
_LAYOUT: Layout = {
    **{name: Field("F32", axes) for name, axes in _FLOATS.items()},
    "signals": Field("F32", ("V", "N", "F")),
    "keep_events": Field("BOOL", ("V", "E")),
    "keep_chunks": Field("BOOL", ("V", "C")),
    "asked": Field("BOOL", ()),
}


def packed_case(case: ListCase) -> bytes:
    """The case as `parsed_case` reads it, in the precision that the models compute in."""
    return packed({name: np.asarray(getattr(case, name)) for name in _LAYOUT}, _LAYOUT)


def parsed_case(body: bytes, *, dimension: int) -> ListCase:
    """The case, of vectors of this dimension. Raises Malformed, which names the field."""
    sizes = {"F": SIGNALS, "D": dimension}
    arrays = parsed(body, _LAYOUT, sizes)
    _limited(sizes)
    asked = bool(arrays.pop("asked"))
    return ListCase(asked=asked, **arrays)


def is_sendable(case: ListCase) -> bool:
    """Whether a service would take a case of this size."""
    try:
        _limited(
            {
                "V": len(case.signals),
                "N": len(case.candidates),
                "E": len(case.events),
                "C": len(case.chunks),
            }
        )
    except Malformed:
        return False
    return True


def _limited(sizes: dict[str, int]) -> None:
    candidates, variants, pieces = sizes["N"], sizes["V"], sizes["E"] + sizes["C"]
    if not 1 <= candidates <= MOST_CANDIDATES:
        raise Malformed(
            "candidates", f"there are {candidates}", fix=f"send 1 to {MOST_CANDIDATES:,}"
        )
    if not 1 <= variants <= MOST_VARIANTS:
        raise Malformed("signals", f"it has {variants} variants", fix=f"send 1 to {MOST_VARIANTS}")
    if cells(candidates, variants, pieces) > MOST_CELLS:
        raise Malformed(
            "candidates",
            f"{candidates} are too many for {variants} variants, {sizes['E']} events and "
            f"{sizes['C']} chunks",
            fix=f"with as many of those, send at most {MOST_CELLS // cells(1, variants, pieces):,}",
        )
