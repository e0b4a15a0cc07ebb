"""Small documents, one of each role, and how a prompt carries them."""

from __future__ import annotations

from credence.planner.llm.documents import (
    CandidateView,
    ChunkView,
    EventView,
    ExtractorDocument,
    ForgettableView,
    ItemView,
    PairView,
    PlannerDocument,
    RankerDocument,
    SentenceView,
    SynthesizerDocument,
)

CATEGORIES = (
    "character",
    "creator",
    "genre",
    "mood",
    "pace",
    "plot",
    "setting",
    "style",
    "subject",
    "trope",
)
MYSTERY = ItemView(
    title="The Harbour Clock",
    categories=("Mystery", "Historical Fiction"),
    creators=("Ada Marsh",),
    about="A detective story set in Victorian London. A watchmaker is found dead.",
)
SPACE = ItemView(
    title="Beyond Titan",
    categories=("Science Fiction",),
    about="A space opera about a crew that explores distant planets.",
)


def an_event(number: int = 1, *, text: str | None = None, rating: float = 5.0) -> EventView:
    return EventView(
        id=f"e{number}",
        when=f"2026-05-{number:02}T10:00:00+00:00",
        action="review",
        rating=rating,
        text=text or "I loved the fast pacing, and the unreliable narrator is wonderful.",
        item=MYSTERY,
    )


def a_chunk(
    number: int = 1,
    says: str = "likes fast pacing",
    *,
    strength: float = 0.6,
    confidence: float = 0.4,
    fixed: bool | None = None,
) -> ChunkView:
    return ChunkView(
        id=f"c{number}",
        category="pace",
        says=says,
        strength=strength,
        confidence=confidence,
        supporting=3,
        contradicting=0,
        since="2026-01-10",
        last="2026-04-02",
        fixed=fixed,
    )


def to_extract(*events: EventView, chunks: tuple[ChunkView, ...] = ()) -> ExtractorDocument:
    return ExtractorDocument(events=events or (an_event(),), chunks=chunks, categories=CATEGORIES)


def to_write(*chunks: ChunkView, most_words: int = 300) -> SynthesizerDocument:
    return SynthesizerDocument(
        chunks=chunks,
        previous=(SentenceView(text="They like fast pacing.", rests_on=("c1",)),),
        least_words=8,
        most_words=most_words,
        today="2026-06-01",
    )


QUIET = {
    "pending": 0.0, "information": 0.0, "novel": 0.0, "agreeing": 0.0, "contradicting": 0.0,
    "active": 2.0, "redundant": 0.0, "forgettable": 0.0, "since_profile": 0.0,
    "unsupported": 0.0, "has_profile": 1.0, "forced": 0.0, "late": 0.0,
}  # fmt: skip


def to_plan(
    *,
    chunks: tuple[ChunkView, ...] = (),
    pending: tuple[EventView, ...] = (),
    signals: dict[str, float] | None = None,
    may_merge: tuple[tuple[str, str], ...] = (),
    contradict: tuple[tuple[str, str], ...] = (),
    may_forget: tuple[str, ...] = (),
    done: tuple[str, ...] = (),
) -> PlannerDocument:
    return PlannerDocument(
        chunks=chunks,
        pending=pending,
        signals=QUIET | (signals or {}),
        may_merge=tuple(PairView(chunks=pair, alike=0.9) for pair in may_merge),
        contradict=tuple(PairView(chunks=pair, alike=0.8) for pair in contradict),
        may_forget=tuple(ForgettableView(chunk=chunk, why="decayed") for chunk in may_forget),
        done=done,
    )


def to_order(*items: ItemView, instruction: str | None = None, profile: str = "") -> RankerDocument:
    return RankerDocument(
        profile=profile,
        recent=(an_event(),),
        instruction=instruction,
        candidates=tuple(
            CandidateView(label=f"k{number}", item=item) for number, item in enumerate(items, 1)
        ),
    )
