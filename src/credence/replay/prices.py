"""What is known of the price of calls to language models, in rows of any version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def unpriced(row: Mapping[str, Any], *, calls: int) -> int:
    """How many of a row's `calls` have no known price.

    Rows of earlier versions do not say, and have no cost where one was not known: then none of
    their calls has a price.
    """
    if "unpriced" in row:
        told: int = row["unpriced"]
        return told
    return 0 if row.get("cost") else calls
