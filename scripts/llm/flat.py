"""The memory that others use: one summary of a person, rewritten by a model after every event."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping

from openai import AsyncOpenAI

from credence.memory.model import Event, Item
from credence.memory.record_events import NewEvent
from credence.planner.extraction.witnessed import Witnessed
from credence.planner.llm.documents import EventView
from credence.planner.llm.fence import document
from credence.planner.llm.views import event_view
from credence.replay.asking.answering import TEXT_TOKENS
from credence.replay.asking.documents import FlatAnswer, FlatDocument
from credence.replay.asking.history import ABOUT, TEXT
from credence.replay.asking.instructions import told
from scripts.llm.world import World

_AT_ONCE = 8


async def flat_memory(url: str, world: World) -> dict[str, Counter[str]]:
    """Calls and tokens by person, each of whose events is one call, in turns of all people."""
    items = {item.item_id: item for item in world.items}
    summaries = dict.fromkeys(world.people, "")
    spent: dict[str, Counter[str]] = defaultdict(Counter)
    slots = asyncio.Semaphore(_AT_ONCE)

    async def rewrite(client: AsyncOpenAI, person: str, seq: int, event: NewEvent) -> None:
        data = document(FlatDocument(summary=summaries[person], event=_view(event, seq, items)))
        async with slots:
            answer = await client.chat.completions.create(
                model="credence-dev",
                messages=[
                    {"role": "system", "content": told("flat-1").text},
                    {"role": "user", "content": data},
                ],
                max_tokens=TEXT_TOKENS,
                temperature=0,
            )
        written = answer.choices[0].message.content or ""
        summaries[person] = FlatAnswer.model_validate_json(written).summary
        usage = answer.usage
        assert usage is not None, "the development server tells its usage"
        cached = usage.prompt_tokens_details.cached_tokens if usage.prompt_tokens_details else 0
        spent[person].update(
            calls=1,
            tokens_in=usage.prompt_tokens,
            tokens_out=usage.completion_tokens,
            tokens_cached=cached or 0,
        )

    async with AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:
        for turn in range(world.longest):
            await asyncio.gather(
                *(
                    rewrite(client, person, turn + 1, events[turn])
                    for person, events in world.events.items()
                    if turn < len(events)
                )
            )
    return spent


def _view(new: NewEvent, seq: int, items: Mapping[str, Item]) -> EventView:
    event = Event(
        seq=seq,
        item_id=new.item_id,
        action=new.action,
        rating=new.rating,
        text=new.text,
        metadata={},
        occurred_at=new.occurred_at,
        recorded_at=new.occurred_at,
    )
    item = items.get(new.item_id or "")
    return event_view(Witnessed(event=event, item=item, item_vector=None), text=TEXT, about=ABOUT)
