"""What people together say and choose about an item, where enough of them stand behind it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from credence.app.api.access import Tenant
from credence.app.api.examples import Example, shown_as
from credence.app.api.fields import Id
from credence.app.api.problems import documented
from credence.app.api.serving import App
from credence.memory.collaborative.item_memory import ItemMemory, Phrase
from credence.memory.errors import ItemNotFound

router = APIRouter(prefix="/v1/items", tags=["items"])

MEMORY: Example = {
    "people": 14,
    "rating": 4.2,
    "liking": 0.6,
    "phrases": [
        {"topic": "world-building", "people": 6, "praised": 6, "criticised": 0},
        {"topic": "slow pacing", "people": 3, "praised": 0, "criticised": 3},
    ],
}
_NEIGHBORS: Example = {
    "item_id": "left-hand",
    "neighbors": [
        {"item_id": "dispossessed", "title": "The Dispossessed", "affinity": 0.4, "people": 9}
    ],
}


class PhraseOut(BaseModel):
    """A topic that people speak of, and how many praise and criticise it.

    A side that too few take is 0, and nobody on it is among the people.
    """

    topic: str
    people: int
    praised: int
    criticised: int

    @classmethod
    def of(cls, phrase: Phrase) -> PhraseOut:
        return cls(
            topic=phrase.topic,
            people=phrase.people,
            praised=phrase.praised,
            criticised=phrase.blamed,
        )


class MemoryOut(BaseModel):
    """What people say of an item. Those who say the same in the same words count once."""

    model_config = shown_as(MEMORY)

    people: int
    rating: Annotated[float | None, Field(description="mean, 0 to 5; null if too few rated it")]
    liking: Annotated[
        float | None, Field(description="mean attitude, -1 to 1; null if too few have one")
    ]
    phrases: Annotated[
        list[PhraseOut], Field(description="what tells it from other items, the most telling first")
    ]

    @classmethod
    def of(cls, memory: ItemMemory, phrases: tuple[Phrase, ...], *, least: int) -> MemoryOut:
        return cls(
            people=memory.people,
            rating=round(memory.rating, 1)
            if memory.rating is not None and memory.rated >= least
            else None,
            liking=round(memory.liking, 1) if memory.judged >= least else None,
            phrases=[PhraseOut.of(phrase) for phrase in phrases],
        )


class NeighborOut(BaseModel):
    """An item that people chose who chose the other."""

    item_id: str
    title: str
    affinity: Annotated[
        float,
        Field(
            description="cosine over people who chose both, in tenths, of crowds in hundredths; "
            "dislikes count against it"
        ),
    ]
    people: Annotated[
        int,
        Field(
            description="who chose both, of those that were asked; those who say the same in the "
            "same words count once"
        ),
    ]


class NeighborsOut(BaseModel):
    """The nearest items by who chose them, nearest first, then by how many chose both."""

    model_config = shown_as(_NEIGHBORS)

    item_id: str
    neighbors: list[NeighborOut]


@router.get(
    "/{item_id:path}/neighbors",
    summary="Items that the same people choose",
    response_model=NeighborsOut,
    responses=documented(404),
)
async def get_neighbors(
    item_id: Annotated[Id, Path(description="your id of the item", examples=["left-hand"])],
    tenant: Tenant,
    app: App,
    limit: Annotated[int, Query(ge=1, le=50, description="how many at most")] = 10,
) -> NeighborsOut:
    """Only pairs that at least `CREDENCE_LEAST_PEOPLE` people chose both of."""
    found = await app.shelf.neighbors(tenant, item_id, limit=limit)
    if found is None:
        raise ItemNotFound(item_id)
    return NeighborsOut(
        item_id=item_id,
        neighbors=[
            NeighborOut(
                item_id=one.item.item_id,
                title=one.item.title,
                affinity=one.affinity,
                people=one.people,
            )
            for one in found
        ],
    )
