"""Asks and lists as clients send and see them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from credence.app.api.examples import Example, asked_as, shown_as
from credence.app.api.fields import Id, JsonObject, Label, LongText, PersonId, Truth, Whole
from credence.app.api.flags import told_flags
from credence.app.api.problems import FieldError
from credence.app.api.routing_shapes import ROUTING, RoutingOut
from credence.app.reason_words import in_words
from credence.memory.model import Filters
from credence.planner.counter import Ask, Ranked, Recommendation
from credence.planner.ranking.reasons import Reason, Source

MOST_ASKS = 100
_MOST_CANDIDATES = 1_000
_ASK: Example = {
    "user_id": "ada",
    "instruction": "something quiet for a rainy weekend",
    "k": 3,
    "filters": {"categories": ["science fiction"], "attributes": {"language": "en"}},
    "explain": True,
}
_LIST: Example = {
    "impression_id": "6f2c1b0e9d8a4c7b8e5f3a2d1c0b9a87",
    "items": [
        {
            "item_id": "left-hand",
            "title": "The Left Hand of Darkness",
            "score": -1.32,
            "rank": 1,
            "reasons": [
                {
                    "source": "chunk",
                    "id": 3,
                    "text": "likes slow-burn stories",
                    "change": 0.21,
                    "direction": "up",
                },
                {
                    "source": "others",
                    "id": 0,
                    "text": "14 others; praised: world building (6)",
                    "change": 0.12,
                    "direction": "up",
                },
                {
                    "source": "event",
                    "id": 11,
                    "text": "rated 4.5: The Dispossessed",
                    "change": 0.08,
                    "direction": "up",
                },
            ],
        }
    ],
    "flags": [],
    "unknown_candidates": [],
    "unknown_session_items": [],
    "unknown_categories": [],
    "unwanted": [],
    "ranker": "routed-2-ae14a733",
    "encoder": "all-MiniLM-L6-v2",
    "belief_revision": 4,
    "pool": 200,
    "routing": ROUTING,
}


class FiltersIn(BaseModel):
    """Any of the categories, all of the attributes."""

    model_config = ConfigDict(extra="forbid")

    categories: Annotated[
        list[Label],
        Field(max_length=100, description="as items have them, letter for letter, case included"),
    ] = []
    attributes: JsonObject = {}


class AskIn(BaseModel):
    """For whom (a user, or a session of item ids, or nobody), for what, and from what."""

    model_config = asked_as(_ASK)

    user_id: PersonId | None = None
    session: Annotated[
        list[Id], Field(max_length=100, description="item ids, oldest first, in place of a person")
    ] = []
    instruction: Annotated[LongText, Field(description="what is wanted now, in words")] = ""
    candidates: Annotated[
        list[Id] | None,
        Field(
            min_length=1,
            max_length=_MOST_CANDIDATES,
            json_schema_extra={"uniqueItems": True},
            description="rank these; when left out, candidates are found, among items that the "
            "person has no event about, a view or a click included",
        ),
    ] = None
    k: Annotated[int, Whole(1, 100), Field(description="how many; beyond what there is: all")] = 10
    filters: FiltersIn = FiltersIn()
    explain: Annotated[
        Truth, Field(description="find reasons by ranking without each, and tell how it was routed")
    ] = False
    reasons: Annotated[int, Whole(1, 100), Field(description="reasons an item, at most")] = 5

    @model_validator(mode="after")
    def _consistent(self) -> AskIn:
        if self.user_id is not None and self.session:
            raise PydanticCustomError(
                "user_and_session",
                "user_id and session are both given",
                {"field": "session", "fix": "send one: a session stands in for a person"},
            )
        named = self.candidates or []
        if len(set(named)) < len(named):
            twice = sorted(i for i, count in Counter(named).items() if count > 1)
            raise PydanticCustomError(
                "duplicate_candidates",
                "candidates holds ids more than once: {twice}",
                {
                    "twice": ", ".join(twice[:5]),
                    "field": "candidates",
                    "fix": "send every candidate once",
                },
            )
        return self

    def to_domain(self, tenant: str) -> Ask:
        return Ask(
            tenant=tenant,
            user_id=self.user_id,
            session=tuple(self.session),
            instruction=self.instruction,
            candidates=None if self.candidates is None else tuple(self.candidates),
            k=self.k,
            filters=Filters(
                categories=tuple(self.filters.categories), attributes=self.filters.attributes
            ),
            explain=self.explain,
        )


class ReasonOut(BaseModel):
    """A piece of the belief and what it did: the score with it minus the score without it."""

    source: Annotated[
        Literal["chunk", "event", "session", "others"],
        Field(description="where it comes from: a tier of the belief, the session, other people"),
    ]
    id: Annotated[
        int | str,
        Field(description="chunk id, event seq, item id of the session, or 0 for other people"),
    ]
    text: str
    change: Annotated[float, Field(description="in nats of the item's log-probability")]
    direction: Literal["up", "down"]


class RankedOut(BaseModel):
    """One recommended item; `score` is its log-probability among the candidates ranked.

    In a list with the flag `popular`, ranks follow popularity and variety, and scores do not
    follow the ranks.
    """

    item_id: str
    title: str
    score: float
    rank: int
    reasons: list[ReasonOut]


class RecommendationOut(BaseModel):
    """A ranked list. Later events can cite its `impression_id`.

    Flags: unknown_user, cold_start, popular (nothing asked for or liked to go by: ranked by how
    many people liked each item of late, by variety, and away from what the person dislikes; its
    scores need not follow the ranks), unknown_candidates, unknown_session_items,
    unknown_categories, unwanted (the instruction asks to leave topics out: likeness to them lowers
    an item), degraded (made by a stand-in for the ranker that should have; `ranker` names the
    stand-in), nothing_found (the list is empty: no item that the person has not seen passes the
    filters, or there is none).
    """

    model_config = shown_as(_LIST)

    impression_id: str
    items: list[RankedOut]
    flags: list[str]
    unknown_candidates: list[str]
    unknown_session_items: list[str]
    unknown_categories: Annotated[
        list[str],
        Field(description="of the filters: those that no item in the catalogue has, case included"),
    ]
    unwanted: Annotated[
        list[str], Field(description="topics that the instruction asks to leave out, as read")
    ]
    ranker: Annotated[str, Field(description="name and version of what ranked them")]
    encoder: Annotated[str, Field(description="the text encoder of this database's vectors")]
    belief_revision: Annotated[
        int | None, Field(description="of the belief that was read; null: of nobody")
    ]
    pool: Annotated[int, Field(description="how many candidates were ranked")]
    routing: Annotated[
        RoutingOut | None,
        Field(description="null without `explain`, and where the ranker does not route"),
    ]


class AskBatch(BaseModel):
    """Up to 100 asks."""

    model_config = asked_as({"requests": [_ASK]})

    requests: list[AskIn] = Field(min_length=1, max_length=MOST_ASKS)


class AskResult(BaseModel):
    """One list of a batch, or why there is none."""

    index: int
    status: Literal["made", "rejected"]
    recommendation: RecommendationOut | None = None
    errors: list[FieldError] = []


class AskBatchOut(BaseModel):
    """One result an ask, in order."""

    model_config = shown_as(
        {
            "made": 1,
            "rejected": 0,
            "results": [{"index": 0, "status": "made", "recommendation": _LIST, "errors": []}],
        }
    )

    made: int
    rejected: int
    results: list[AskResult]


def shown(
    made: Recommendation, body: AskIn, *, unknown_categories: Sequence[str], encoder: str
) -> RecommendationOut:
    """A recommendation as the client who asked for it sees it."""
    flags = [*made.flags, *(["unknown_categories"] if unknown_categories else [])]
    routing = made.routing if body.explain else None
    return RecommendationOut.model_construct(
        impression_id=made.impression_id,
        items=[_ranked(r, rank, made, body.reasons) for rank, r in enumerate(made.items, 1)],
        flags=told_flags(flags, empty=not made.items),
        unknown_candidates=list(made.unknown),
        unknown_session_items=list(made.unknown_session),
        unknown_categories=list(unknown_categories),
        unwanted=list(made.unwanted),
        ranker=made.ranker,
        encoder=encoder,
        belief_revision=made.revision,
        pool=made.pool,
        routing=routing and RoutingOut.of(routing, [one.item.item_id for one in made.items]),
    )


def _ranked(ranked: Ranked, rank: int, made: Recommendation, most_reasons: int) -> RankedOut:
    return RankedOut.model_construct(
        item_id=ranked.item.item_id,
        title=ranked.item.title,
        score=ranked.score,
        rank=rank,
        reasons=[_reason(reason, ranked, made) for reason in ranked.reasons[:most_reasons]],
    )


def _reason(reason: Reason, ranked: Ranked, made: Recommendation) -> ReasonOut:
    source: Literal["chunk", "event", "session", "others"]
    key: int | str = reason.id
    if reason.source is Source.OTHERS:
        source = "others"
    elif reason.source is Source.CHUNK:
        source = "chunk"
    elif reason.id < 0:
        source, key = "session", made.session[-reason.id - 1].item_id
    else:
        source = "event"
    return ReasonOut.model_construct(
        source=source,
        id=key,
        text=in_words(reason, ranked, made),
        change=reason.change,
        direction="up" if reason.change > 0 else "down",
    )
