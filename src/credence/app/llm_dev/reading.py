"""A document's events, read by the built-in extractor in the light of its chunks."""

from __future__ import annotations

from collections.abc import Sequence

from credence.app.llm_dev.views import belief_of, event_of, item_of, latest
from credence.memory.model import Vector
from credence.planner.extraction.extractor import BuiltInExtractor, Embed
from credence.planner.extraction.witnessed import Witnessed
from credence.planner.llm.documents import ChunkView, EventView
from credence.planner.ranking.item_text import item_texts, item_vectors
from credence.planner.reading import read
from credence.planner.state import Reading, Snapshot


async def seen(
    events: Sequence[EventView], chunks: Sequence[ChunkView], embed: Embed
) -> tuple[Snapshot, Reading]:
    """The state as the document shows it, and what its events say of it. Raises Unread."""
    belief = belief_of(chunks, now=latest(events, chunks))
    pending = tuple([await _witnessed(event, embed) for event in events])
    last = max((one.event.seq for one in pending), default=0)
    snapshot = Snapshot(
        belief=belief,
        vectors=await _vectors({c.chunk_id: c.text for c in belief.chunks}, embed),
        pending=pending,
        last_seq=last,
        head_seq=last,
    )
    return snapshot, await read(snapshot, extractor=BuiltInExtractor(embed), embed=embed)


async def _witnessed(view: EventView, embed: Embed) -> Witnessed:
    """The event with its item's vector, made as the catalogue makes it."""
    event = event_of(view)
    if view.item is None:
        return Witnessed(event=event, item=None, item_vector=None)
    item = item_of(view.item)
    (vector,) = item_vectors(await embed(item_texts([item])))
    return Witnessed(event=event, item=item, item_vector=vector)


async def _vectors(texts: dict[int, str], embed: Embed) -> dict[int, Vector]:
    rows = await embed(list(texts.values()))
    return dict(zip(texts, rows, strict=True))
