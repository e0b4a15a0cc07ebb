"""Keys that travel in a header, which cannot carry everything that can be typed."""

from __future__ import annotations


def fault_in(key: str) -> str | None:
    """Why no header can carry this key as it is, and what to do; None if one can."""
    if not (key.isascii() and key.isprintable()):
        return (
            "holds characters that no header can carry, such as curly quotes or a line break; "
            "copy it again"
        )
    if key != key.strip():
        return "begins or ends with a space, which a header loses; copy it again"
    return None
