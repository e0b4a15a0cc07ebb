"""Keys under which rows are recorded once, however often, and among whatever others, they come."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from credence.cli.api import as_sent

_KEY = "idempotency_key"


def keyed(
    rows: Sequence[dict[str, Any]], *, of: str, but_for: Collection[str] = ()
) -> list[dict[str, Any]]:
    """The rows, those without a key each under one of what it says, and the how-manieth to say so.

    `of` keeps keys apart from those of other origins; what the fields `but_for` say does not count.
    """
    seen: Counter[str] = Counter()
    done = []
    for row in rows:
        if row.get(_KEY) is not None:
            done.append(row)
            continue
        said = {name: row[name] for name in row if name != _KEY and name not in but_for}
        digest = hashlib.sha256(as_sent(said)).hexdigest()
        done.append({**row, _KEY: f"{of}:{digest}:{seen[digest]}"})
        seen[digest] += 1
    return done
