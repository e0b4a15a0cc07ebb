"""Flags of a list as clients see them."""

from __future__ import annotations

from collections.abc import Sequence

NOTHING_FOUND = "nothing_found"
_POPULAR = "popular"


def told_flags(flags: Sequence[str], *, empty: bool) -> list[str]:
    """The flags of a list; of an empty one that it is, and not by what it would be ordered."""
    if not empty:
        return list(flags)
    return [*(flag for flag in flags if flag != _POPULAR), NOTHING_FOUND]
