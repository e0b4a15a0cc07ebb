"""From pending events to bearings: extract, embed the topics, match them to chunks."""

from __future__ import annotations

from credence.planner.context import Embed
from credence.planner.extraction.extractor import Extractor
from credence.planner.matching import match
from credence.planner.state import Reading, Snapshot


async def read(snapshot: Snapshot, *, extractor: Extractor, embed: Embed) -> Reading:
    """What the pending events say, each finding with the chunk that it bears on."""
    findings = await extractor(snapshot.belief, snapshot.pending)
    rows = await embed([finding.topic for finding in findings])
    bearings = match(findings, rows, snapshot.belief, snapshot.vectors)
    vectors = dict(zip((finding.topic for finding in findings), rows, strict=True))
    return Reading(bearings=bearings, vectors=vectors)
