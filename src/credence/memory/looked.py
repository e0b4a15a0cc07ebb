"""How far a look of the planner came: what is written of it besides the belief."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from credence.memory.collaborative.contribution import Contribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One look at a person. Late events are those consumed before the catalogue had their item,
    which it has now."""

    at: datetime
    to: int  # the last event looked at
    late: tuple[int, ...] = ()  # every late event there was
    read: tuple[int, ...] = ()  # of these, what the run read: they are done with
    unlinked: tuple[tuple[int, str], ...] = ()  # (event, item) consumed now without the item
    shared_to: int  # the last event that has brought something to its item
    contributions: tuple[Contribution, ...] = ()  # what the look adds to that
