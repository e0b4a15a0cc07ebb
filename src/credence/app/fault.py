"""How an error is logged: by kind and place, never by its message or values."""

from __future__ import annotations

import traceback


def where(error: BaseException) -> str:
    """An error and its causes by kind and place; their messages may hold what people wrote."""
    parts = []
    cause: BaseException | None = error
    while cause is not None:
        parts.append("".join(traceback.format_tb(cause.__traceback__)) + type(cause).__qualname__)
        cause = cause.__cause__ or cause.__context__
    return "\ncaused by\n".join(parts)
