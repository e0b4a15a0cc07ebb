"""What an extractor makes of events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from credence.memory.model import Finding


@dataclass(frozen=True, slots=True)
class Said:
    """Topics that one event praises and blames in the person's own words."""

    praised: frozenset[str] = frozenset()
    blamed: frozenset[str] = frozenset()


UNSAID = Said()


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """Findings in the light of what is believed; and what each event says whatever is believed,
    by its number, so that the log gives the same again."""

    findings: tuple[Finding, ...]
    said: Mapping[int, Said]
