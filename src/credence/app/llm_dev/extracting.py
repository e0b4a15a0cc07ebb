"""The extractor's seat, taken by the built-in extractor."""

from __future__ import annotations

from typing import Literal

from credence.app.llm_dev.quoting import quoted
from credence.app.llm_dev.reading import seen
from credence.app.llm_dev.views import number
from credence.memory.lifecycle.bearing import Bearing
from credence.memory.model import Belief
from credence.memory.strength import polarity
from credence.planner.extraction.extractor import Embed
from credence.planner.llm.answers import ExtractorAnswer, PersonAnswer, Proposal, SharedAnswer
from credence.planner.llm.documents import EventView, ExtractorDocument, SharedDocument

_FAINT, _CLEAR = 0.25, 0.6  # weights below which a finding is faint, and clear


async def extracted(document: ExtractorDocument, embed: Embed) -> ExtractorAnswer:
    """What the events say, with words of theirs. Raises Unread.

    Left out are findings for which nothing can be quoted, and new topics of a category that the
    document does not offer.
    """
    snapshot, reading = await seen(document.events, document.chunks, embed)
    events = {number(event.id, "e"): event for event in document.events}
    proposals = []
    for bearing in reading.bearings:
        offered = not document.categories or bearing.finding.category in document.categories
        if bearing.chunk_id is None and not offered:
            continue
        event = events[bearing.finding.event_seq]
        if words := quoted(bearing.finding.words, event):
            proposals.append(_proposal(bearing, event, words, snapshot.belief))
    return ExtractorAnswer(proposals=proposals)


async def extracted_apart(document: SharedDocument, embed: Embed) -> SharedAnswer:
    """The same of several people, each by themselves. Raises Unread."""
    people = []
    for person in document.people:
        alone = ExtractorDocument(
            events=person.events, chunks=person.chunks, categories=document.categories
        )
        answer = await extracted(alone, embed)
        people.append(PersonAnswer(id=person.id, proposals=answer.proposals))
    return SharedAnswer(people=people)


def _proposal(bearing: Bearing, event: EventView, words: str, belief: Belief) -> Proposal:
    finding = bearing.finding
    clarity = _clarity(abs(finding.weight))
    if bearing.chunk_id is None:
        return Proposal(
            event=event.id,
            kind="new",
            chunk=None,
            topic=finding.topic[:80],
            category=finding.category,
            stance="like" if finding.weight > 0 else "dislike",
            clarity=clarity,
            words=words,
        )
    chunk = belief.chunk(bearing.chunk_id)
    assert chunk is not None, "bearings lead to chunks of the belief they were matched with"
    return Proposal(
        event=event.id,
        kind="supports" if finding.weight * polarity(chunk) > 0 else "contradicts",
        chunk=f"c{chunk.chunk_id}",
        topic=None,
        category=None,
        stance=None,
        clarity=clarity,
        words=words,
    )


def _clarity(weight: float) -> Literal["faint", "clear", "emphatic"]:
    if weight < _FAINT:
        return "faint"
    return "clear" if weight < _CLEAR else "emphatic"
