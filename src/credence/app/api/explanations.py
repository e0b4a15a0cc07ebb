"""Explanations: why an item was put on a list, in the words of language models."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from credence.app.api.access import Tenant
from credence.app.api.bodies import JsonRoute
from credence.app.api.examples import Example, asked_as, shown_as
from credence.app.api.fields import Id
from credence.app.api.problems import documented
from credence.app.api.serving import App
from credence.app.explanations import ToExplain, to_explain
from credence.app.presence import while_there
from credence.planner.placement import Explanation

router = APIRouter(prefix="/v1/recommendations", tags=["recommendations"], route_class=JsonRoute)

_WHICH: Example = {"item_id": "left-hand"}
_EXPLANATION: Example = {
    "impression_id": "6f2c1b0e9d8a4c7b8e5f3a2d1c0b9a87",
    "item_id": "left-hand",
    "text": "You like slow-burn stories and asked for something quiet, which this is; it is "
    "colder than what you liked last.",
    "cut": False,
    "tokens": 27,
    "model": "instruct-explanation-1",
    "models": ["instruct", "films", "books", "reward"],
    "belief_revision": 4,
    "routing": {
        "experts": {"books": 0.81, "films": 0.19},
        "complement_share": 0.38,
        "alpha": 0.22,
    },
}


class ExplanationIn(BaseModel):
    """Which item of the list."""

    model_config = asked_as(_WHICH)

    item_id: Id


class TokenRoutingOut(BaseModel):
    """How routed and steered models came to a text, token by token."""

    experts: Annotated[
        dict[str, float],
        Field(
            description="shares of the tokens, of sum 1, by the expert that the router chose for "
            "each, the largest first; empty: one model alone writes"
        ),
    ]
    complement_share: Annotated[
        float | None,
        Field(
            description="the mean of the complement's part, 0 to 1, in what tells the tokens "
            "apart; null: nothing routes"
        ),
    ]
    alpha: Annotated[
        float | None,
        Field(description="the mean of the reward model's part, 0 to 1; null: none steers"),
    ]


class ExplanationOut(BaseModel):
    """What language models say of why an item is on a list, and how they came to it.

    It is a model's text and nothing that is known: it may be wrong, it may repeat what an item's
    or a person's text says, and it is neither stored nor believed. The reasons of a
    recommendation (`explain`) are what moved it; show this one as plain text.
    """

    model_config = shown_as(_EXPLANATION)

    impression_id: str
    item_id: str
    text: Annotated[str, Field(description="plain text in one line, no markup")]
    cut: Annotated[
        bool, Field(description="whether `CREDENCE_CAUSAL_EXPLANATION_TOKENS` ended the text")
    ]
    tokens: Annotated[int, Field(description="decoded, one that ended the text included")]
    model: Annotated[
        str, Field(description="the model that decides alone or routes, and the prompt's version")
    ]
    models: Annotated[
        list[str], Field(description="all models: that one, its experts, the reward model")
    ]
    belief_revision: Annotated[
        int | None,
        Field(description="of the belief that was read, which is today's; null: of nobody"),
    ]
    routing: TokenRoutingOut

    @classmethod
    def of(cls, told: Explanation, asked: ToExplain, item_id: str) -> ExplanationOut:
        return cls(
            impression_id=asked.impression.impression_id,
            item_id=item_id,
            text=told.text,
            cut=told.cut,
            tokens=told.tokens,
            model=told.model,
            models=list(told.models),
            belief_revision=asked.revision,
            routing=TokenRoutingOut(
                experts=dict(told.experts),
                complement_share=told.complement_share,
                alpha=told.alpha,
            ),
        )


@router.post(
    "/{impression_id}/explanation",
    summary="Have language models say why an item is on a list",
    response_model=ExplanationOut,
    responses=documented(404, 409),
)
async def post_explanation(
    impression_id: Annotated[
        Id, Path(description="of a recommendation", examples=["6f2c1b0e9d8a4c7b8e5f3a2d1c0b9a87"])
    ],
    body: ExplanationIn,
    tenant: Tenant,
    app: App,
    request: Request,
) -> ExplanationOut | Response:
    """One or two sentences to the person, decoded token by token; nothing is written.

    The models are told the profile, the firmest beliefs, the latest events, what was asked for,
    the item without its description, and what moves it now, as a list keeps no reasons.

    409 where no language models write: `CREDENCE_CAUSAL_EXPLANATION_TOKENS` is 0, or neither
    `CREDENCE_CAUSAL_ROUTER` nor `CREDENCE_CAUSAL_URL` is set. 503 where they are busy, late
    (`CREDENCE_CAUSAL_SECONDS`) or give no text.
    """
    asked = await to_explain(app, tenant, impression_id, body.item_id)
    told = await while_there(request, asked.told())
    if told is None:
        return Response(status_code=499)  # which nobody reads
    return ExplanationOut.of(told, asked, body.item_id)
