"""Lists that were shown, as clients see them again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from credence.app.api.examples import Example, shown_as
from credence.app.api.flags import told_flags
from credence.app.api.routing_shapes import ROUTING, RoutingOut
from credence.memory.model import Embedded, Impression

_IMPRESSION: Example = {
    "impression_id": "6f2c1b0e9d8a4c7b8e5f3a2d1c0b9a87",
    "shown_at": "2026-05-02T19:30:00Z",
    "user_id": "ada",
    "instruction": "something quiet for a rainy weekend",
    "session": [],
    "items": [
        {
            "item_id": "left-hand",
            "title": "The Left Hand of Darkness",
            "score": -1.32,
            "rank": 1,
        }
    ],
    "flags": [],
    "ranker": "routed-2-ae14a733",
    "encoder": "all-MiniLM-L6-v2",
    "belief_revision": 4,
    "routing": ROUTING,
}


class ShownOut(BaseModel):
    """One item of a list that was shown; its title is that of today, null if it was deleted."""

    item_id: str
    title: str | None
    score: Annotated[float, Field(description="log-probability among the candidates ranked")]
    rank: int


class ImpressionOut(BaseModel):
    """A list as it was shown: to whom, for what, of which belief, and how it came about.

    `user_id` is null for a session, for nobody, and for a user who was unknown then, whose
    instruction was not kept either.
    """

    model_config = shown_as(_IMPRESSION)

    impression_id: str
    shown_at: datetime
    user_id: str | None
    instruction: str
    session: Annotated[list[str], Field(description="item ids, oldest first")]
    items: Annotated[list[ShownOut], Field(description="in the order they were shown")]
    flags: list[str]
    ranker: Annotated[str, Field(description="name and version of what ranked them")]
    encoder: Annotated[str, Field(description="the text encoder of this database's vectors")]
    belief_revision: Annotated[
        int | None, Field(description="of the belief that was read; null: of nobody")
    ]
    routing: Annotated[RoutingOut | None, Field(description="null where the ranker does not route")]

    @classmethod
    def of(cls, shown: Impression, items: Mapping[str, Embedded], *, encoder: str) -> ImpressionOut:
        """`items` are those that still exist."""
        scored = zip(shown.item_ids, shown.scores, strict=True)
        routing = shown.routing
        return cls(
            impression_id=shown.impression_id,
            shown_at=shown.shown_at,
            user_id=shown.user_id,
            instruction=shown.instruction,
            session=list(shown.session_items),
            items=[
                ShownOut(
                    item_id=item_id,
                    title=items[item_id].item.title if item_id in items else None,
                    score=score,
                    rank=rank,
                )
                for rank, (item_id, score) in enumerate(scored, 1)
            ],
            flags=told_flags(shown.flags, empty=not shown.item_ids),
            ranker=shown.ranker,
            encoder=encoder,
            belief_revision=shown.revision,
            routing=None if routing is None else RoutingOut.of(routing, shown.item_ids),
        )
