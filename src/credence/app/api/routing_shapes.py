"""How a routed ranker came to a list, as clients see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from credence.app.api.examples import Example, shown_as
from credence.memory.model import Routing

ROUTING: Example = {
    "model": "2-ae14a733",
    "data": "e73b73f8",
    "expert": "books",
    "weights": {"books": 0.71, "generalist": 0.24, "films": 0.05},
    "alpha": None,
    "complement_share": 0.34,
    "items": [
        {
            "item_id": "left-hand",
            "expert_score": -2.11,
            "complement_score": -3.75,
            "heeded": None,
        }
    ],
}


class PartsOut(BaseModel):
    """What the parts of a routed ranker said of one item, each in nats over the list ranked."""

    item_id: str
    expert_score: Annotated[
        float,
        Field(
            description="log-probability by the chosen expert alone, in nats; of language models "
            "that were asked in several orders the mean, each by the expert it chose"
        ),
    ]
    complement_score: Annotated[
        float, Field(description="log-probability by the router's complement alone, in nats")
    ]
    heeded: Annotated[
        float | None,
        Field(
            description="nats that beliefs pinned or worded by the person, firm dislikes and "
            "topics that the instruction does not want added to the local ranker's; null: there "
            "are none, or the list is older than this field, or language models are told of"
        ),
    ]


class RoutingOut(BaseModel):
    """Which expert was chosen for a list, and what it and the router's complement said.

    Where no reward model steers (`alpha` is null), an item's score is the sum of its
    `expert_score`, its `complement_score` and what was `heeded`, less one number that is the same
    for the whole list. Language models that ordered the whole list are told of instead, by the
    mean over the orders in which they were asked; scores stay the local ranker's, and are no sum
    of these figures.
    """

    model_config = shown_as(ROUTING)

    model: Annotated[
        str | None,
        Field(
            description="version of the routed model: its number and a digest of its weights; or "
            "the name of the language models; null: the list is older than this field"
        ),
    ]
    data: Annotated[
        str | None,
        Field(
            description="digest of what the routed model was made from, as its manifest tells: "
            "the data's names, its lists, and the weights fitted to them; null: it tells nothing"
        ),
    ]
    expert: Annotated[
        str,
        Field(
            description="the expert of the largest weight, which was chosen; some of the orders "
            "in which language models were asked may have chosen others"
        ),
    ]
    weights: Annotated[
        dict[str, float],
        Field(description="the router's shares of all experts, of sum 1, the largest first"),
    ]
    alpha: Annotated[
        float | None,
        Field(description="the reward model's part in the scores, 0 to 1; null: none steers"),
    ]
    complement_share: Annotated[
        float,
        Field(description="the complement's part, 0 to 1, in what tells the candidates apart"),
    ]
    items: Annotated[list[PartsOut], Field(description="of the items shown, in their order")]

    @classmethod
    def of(cls, routing: Routing, ids: Sequence[str]) -> RoutingOut:
        """`ids` are the items shown."""
        heeded = routing.heeded or (None,) * len(ids)
        parts = zip(ids, routing.expert_scores, routing.complement_scores, heeded, strict=True)
        return cls(
            model=routing.model,
            data=routing.data,
            expert=routing.expert,
            weights=dict(sorted(routing.weights.items(), key=lambda part: (-part[1], part[0]))),
            alpha=routing.alpha,
            complement_share=routing.complement_share,
            items=[
                PartsOut(
                    item_id=item_id, expert_score=expert, complement_score=complement, heeded=said
                )
                for item_id, expert, complement, said in parts
            ],
        )
