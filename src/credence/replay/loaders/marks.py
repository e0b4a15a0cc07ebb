"""Ratings and times of a domain's interactions, from the file that some folders have."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from credence.replay.errors import MalformedData


@dataclass(frozen=True, slots=True)
class Mark:
    """Rating and time of one interaction."""

    rating: float | None
    timestamp: datetime | None


def read_marks(path: Path) -> dict[str, dict[str, Mark]]:
    """By person and item; nothing if there is no such file. Raises MalformedData."""
    if not path.exists():
        return {}
    marks: dict[str, dict[str, Mark]] = {}
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                person = json.loads(line)
                interactions = person["interactions"]
                marks[str(person["reviewerID"])] = {str(i["item"]): _mark(i) for i in interactions}
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise MalformedData(f"{path} is not a list of people: {error!r}") from error
    return marks


def _mark(interaction: Mapping[str, Any]) -> Mark:
    rating, seconds = interaction.get("rating"), interaction.get("timestamp")
    rated = None if rating is None else float(rating)
    return Mark(
        rating=None if rated is None or math.isnan(rated) else rated,
        timestamp=None if seconds is None else datetime.fromtimestamp(seconds, UTC),
    )
