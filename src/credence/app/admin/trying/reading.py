"""A recommendation in the words of somebody who has to answer for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from credence.app.admin.links import Links
from credence.app.reason_words import told
from credence.memory.collaborative.phrases import in_words
from credence.memory.model import Routing
from credence.memory.strength import statement
from credence.planner.counter import Ranked, Recommendation
from credence.planner.ranking.reasons import Reason, Source

FLAGS: Mapping[str, tuple[str, str]] = {
    "unknown_user": ("Nobody of that id", "The person was erased while the list was made."),
    "cold_start": (
        "Nothing is known of the person",
        "No belief and no event with a known item: only the instruction and other people count.",
    ),
    "popular": (
        "Ranked by popularity",
        "Nothing was asked for, and nothing is liked. The order follows how many people liked an "
        "item of late, variety, and what the person dislikes; scores need not follow the places.",
    ),
    "unwanted": (
        "Topics are left out",
        "The instruction names some that it does not want: likeness to them lowers an item.",
    ),
    "unknown_session_items": (
        "Some items of the session do not exist",
        "They are not in the catalogue, and the list does not go by them.",
    ),
    "unknown_candidates": (
        "Some candidates do not exist",
        "They are not in the catalogue and were left out.",
    ),
    "degraded": (
        "A stand-in answered",
        "What should have ranked did not answer or could not be used; the ranker named here did "
        "it in its place.",
    ),
    "repaired": (
        "The model's order was completed",
        "The language model left some candidates out; they follow in the ranker's order.",
    ),
}
OVER = " over "  # between a language model and the ranker whose order it was given
_SOURCES = {Source.CHUNK: "belief", Source.EVENT: "event", Source.OTHERS: "others"}


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag in words."""

    name: str
    short: str
    words: str


@dataclass(frozen=True, slots=True)
class Piece:
    """What one reason names: in words, and where it is to be seen."""

    source: str  # belief, event or others
    text: str
    address: str | None


@dataclass(frozen=True, slots=True)
class Share:
    """An expert and how far the router trusts it."""

    name: str
    share: float
    chosen: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What expert and complement say of one item."""

    rank: int
    title: str
    expert: float
    complement: float
    heeded: float | None  # what beliefs by hand, firm dislikes and unwanted topics added
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A routing trace, and what its figures mean."""

    model: str | None  # version or name of what routed; None: not known
    data: str | None  # digest of what it was made from
    sums: bool  # whether scores are made of these figures: not of those of language models
    expert: str
    shares: Sequence[Share]
    complement_share: float
    alpha: float | None
    parts: Sequence[Part]

    @property
    def heeds(self) -> bool:
        """Whether beliefs by hand added anything."""
        return any(part.heeded is not None for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One ranking without its items."""

    ranker: str
    reordered_by: str | None  # the language model that had the last word
    revision: int | None
    pool: int
    flags: Sequence[Flag]
    unknown: Sequence[str]
    route: Route | None


def side(made: Recommendation, *, k: int) -> Side:
    """How a ranking came about. Of the routing only the first `k` items are told."""
    model, over, ranker = made.ranker.partition(OVER)
    return Side(
        ranker=ranker if over else made.ranker,
        reordered_by=model if over else None,
        revision=made.revision,
        pool=made.pool,
        flags=[Flag(name, *FLAGS.get(name, (name, ""))) for name in made.flags],
        unknown=made.unknown,
        route=None
        if made.routing is None
        else route(
            made.routing,
            [(one.item.title, one.score) for one in made.items[:k]],
            ranker=made.ranker,
        ),
    )


def route(routing: Routing, items: Sequence[tuple[str, float]], *, ranker: str) -> Route:
    """A routing trace. `items` are the titles and scores of the first of those ranked."""
    reordered_by, over, _ = ranker.partition(OVER)
    weights = sorted(routing.weights.items(), key=lambda one: (-one[1], one[0]))
    heeded = routing.heeded or (None,) * len(items)
    scores = (routing.expert_scores, routing.complement_scores, heeded)
    return Route(
        model=routing.model,
        data=routing.data,
        sums=not (over and routing.model == reordered_by),
        expert=routing.expert,
        shares=[Share(name, share, name == routing.expert) for name, share in weights],
        complement_share=routing.complement_share,
        alpha=routing.alpha,
        parts=[
            Part(rank, title, expert, complement, said, score)
            for rank, ((title, score), expert, complement, said) in enumerate(
                zip(items, *scores, strict=False), 1
            )
        ],
    )


def piece(
    reason: Reason, ranked: Ranked, made: Recommendation, *, to: Links, user_id: str
) -> Piece:
    """What a reason of this list names."""
    source = _SOURCES[reason.source]
    if reason.source is Source.OTHERS:
        words = "too few others speak of it; what is said of the rest of the list moves it"
        if ranked.memory is not None:
            words = in_words(ranked.memory, ranked.phrases)
        return Piece(source, words, to.item(ranked.item.item_id))
    if reason.source is Source.CHUNK:
        chunk = made.taste.belief.chunk(reason.id)
        words = statement(chunk) if chunk else f"belief {reason.id}"
        return Piece(source, words, to.chunk(user_id, reason.id))
    seen = next((one for one in made.taste.recent if one.event.seq == reason.id), None)
    if seen is None:
        return Piece(source, f"event {reason.id}", None)
    known = seen.item_vector is not None and seen.event.item_id is not None
    return Piece(source, told(seen), to.item(seen.event.item_id or "") if known else None)
