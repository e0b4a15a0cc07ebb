"""From pending events to bearings: extract, embed the topics, match them to chunks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from credence.memory.lifecycle.bearing import Bearing, counted_before
from credence.memory.model import Belief, Finding, Vector
from credence.planner.context import Embed
from credence.planner.extraction.extractor import Extractor
from credence.planner.extraction.said import Extraction
from credence.planner.matching import alike, match
from credence.planner.ranking.case import Matrix
from credence.planner.state import Reading, Snapshot


async def read(snapshot: Snapshot, *, extractor: Extractor, embed: Embed) -> Reading:
    """What the pending and the late events say, each finding with the chunk that it bears on.

    What an earlier reading of a late event counted is left out.
    """
    extraction = await extractor(snapshot.belief, (*snapshot.late, *snapshot.pending))
    return await matched(snapshot, extraction, embed=embed)


async def matched(snapshot: Snapshot, extraction: Extraction, *, embed: Embed) -> Reading:
    """Findings with the chunks that they bear on."""
    findings = extraction.findings
    rows = await embed([finding.topic for finding in findings])
    vectors = dict(zip((finding.topic for finding in findings), rows, strict=True))
    aliases = await _earlier_words(snapshot.belief, embed) if findings else {}
    if snapshot.counted:
        new = _said_first(findings, rows, snapshot, aliases)
        findings, rows = tuple(findings[at] for at in new), rows[new]
    bearings = match(findings, rows, snapshot.belief, snapshot.vectors, aliases)
    return Reading(
        bearings=tuple(bearing for bearing in bearings if _counts(bearing, snapshot)),
        vectors=vectors,
        said=extraction.said,
    )


async def _earlier_words(belief: Belief, embed: Embed) -> Mapping[str, Vector]:
    """Vectors of the words that people replaced; only of its latest ones has a chunk its vector."""
    aliases = sorted({alias for chunk in belief.chunks for alias in chunk.aliases})
    return dict(zip(aliases, await embed(aliases), strict=True)) if aliases else {}


def _said_first(
    findings: Sequence[Finding], rows: Matrix, snapshot: Snapshot, aliases: Mapping[str, Vector]
) -> list[int]:
    """Indices of the findings for whose topic their event has not counted yet.

    Every chunk of the topic is asked, also a forgotten one, to which no bearing leads.
    """
    belief, counted = snapshot.belief, snapshot.counted
    again = {seq for _, seq in counted}
    late = [at for at, finding in enumerate(findings) if finding.event_seq in again]
    chunks = alike([findings[at] for at in late], rows[late], belief, snapshot.vectors, aliases)
    known = {
        at
        for at, ids in zip(late, chunks, strict=True)
        if counted_before(findings[at].event_seq, ids, belief, counted)
    }
    return [at for at in range(len(findings)) if at not in known]


def _counts(bearing: Bearing, snapshot: Snapshot) -> bool:
    """Not if the event counted for the chunk by another topic, which joined it or was its name."""
    if bearing.chunk_id is None or not snapshot.counted:
        return True
    event_seq = bearing.finding.event_seq
    return not counted_before(event_seq, [bearing.chunk_id], snapshot.belief, snapshot.counted)
