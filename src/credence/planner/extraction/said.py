"""What an extractor makes of events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from credence.memory.model import Finding
from credence.planner.told import Told


@dataclass(frozen=True, slots=True)
class Said:
    """Topics that one event praises and blames in the person's own words.

    `attitude` is how much the person liked the item, if the extractor came by it on its way.
    """

    praised: frozenset[str] = frozenset()
    blamed: frozenset[str] = frozenset()
    attitude: float | None = None


UNSAID = Said()


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """Findings in the light of what is believed; and what each event says whatever is believed,
    by its number, so that the log gives the same again."""

    findings: tuple[Finding, ...]
    said: Mapping[int, Said]
    told: Told | None = None
