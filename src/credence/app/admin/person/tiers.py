"""The three tiers as a page shows them: events, preference chunks, profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from credence.app.admin.person.asked import Asked, Order, Shown, Side, Touched
from credence.app.admin.person.whose import Whose
from credence.app.belief_views import View
from credence.memory import strength
from credence.memory.glance import contested
from credence.memory.model import Belief, Chunk, SeenEvent, Status
from credence.memory.trail import Fed, Stage

CHUNKS_A_PAGE = 50
_MOST_CATEGORIES = 200
LINKS_SHOWN = 8  # chunks beside one event


@dataclass(frozen=True, slots=True)
class ChunkLink:
    """A chunk by its words, and how much an event counts for it."""

    chunk_id: int
    text: str
    address: str
    gone: bool  # it is not believed
    side: str = ""
    weight: float | None = None
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One event of the first tier."""

    seen: SeenEvent
    remembered: bool  # in event memory
    pending: bool
    fed: Sequence[ChunkLink]
    further: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """The first tier: a page of events, newest first."""

    remembered: Sequence[EventRow]
    older: Sequence[EventRow]
    known: int
    pending: int
    newest_at: str | None  # address of the newest events, where these are not
    next_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkRow:
    """One chunk of the second tier."""

    chunk: Chunk
    standing: strength.Standing
    side: str
    contested: bool
    supporting: int
    contradicting: int
    course: Sequence[float]
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """The second tier: a page of the chunks that pass the filters."""

    rows: Sequence[ChunkRow]
    found: int
    of: int  # believed at all
    categories: Sequence[str]
    first_at: str | None
    next_at: str | None


@dataclass(frozen=True, slots=True)
class SentenceRow:
    """One sentence of the third tier and what it rests on."""

    text: str
    chunks: Sequence[ChunkLink]

    @property
    def ids(self) -> str:
        """For the script that lights chunks up."""
        return " ".join(str(link.chunk_id) for link in self.chunks)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A chunk that passes the filters, and how it stands."""

    chunk: Chunk
    standing: strength.Standing


def ranked(belief: Belief, asked: Asked, *, now: datetime, half_life: timedelta) -> list[Ranked]:
    """Chunks that pass the filters, in the order asked for."""
    stands = [
        Ranked(chunk, strength.standing(chunk, now=now, half_life=half_life))
        for chunk in belief.chunks
    ]
    found = [row for row in stands if _passes(row.chunk, row.standing, asked)]
    if asked.order is Order.NEWEST:
        return sorted(found, key=lambda r: (r.chunk.last_evidence_at, -r.chunk.chunk_id))[::-1]
    if asked.order is Order.UNCERTAIN:
        return sorted(found, key=lambda r: (r.standing.confidence, r.chunk.chunk_id))
    return sorted(found, key=lambda r: (-abs(r.standing.strength), r.chunk.chunk_id))


def on_page(found: Sequence[Ranked], asked: Asked) -> Sequence[Ranked]:
    """The page of them that is asked for."""
    begin = (asked.page - 1) * CHUNKS_A_PAGE
    return found[begin : begin + CHUNKS_A_PAGE]


def preferences(
    found: Sequence[Ranked],
    stages: Mapping[int, Sequence[Stage]],
    *,
    belief: Belief,
    asked: Asked,
    half_life: timedelta,
    whose: Whose,
) -> Preferences:
    """The second tier."""
    more = len(found) > asked.page * CHUNKS_A_PAGE
    categories = set(sorted({chunk.category for chunk in belief.chunks})[:_MOST_CATEGORIES])
    return Preferences(
        rows=[
            ChunkRow(
                chunk=row.chunk,
                standing=row.standing,
                side=strength.side_of(row.chunk),
                contested=contested(row.chunk, row.standing),
                supporting=strength.supporting(row.chunk),
                contradicting=strength.contradicting(row.chunk),
                course=[
                    *(
                        strength.standing(s.chunk, now=s.at, half_life=half_life).strength
                        for s in stages.get(row.chunk.chunk_id, ())
                    ),
                    row.standing.strength,
                ],
                address=whose.chunk(row.chunk.chunk_id),
            )
            for row in on_page(found, asked)
        ],
        found=len(found),
        of=len(belief.active),
        # The one asked for is among them even if no chunk has it: the control says what is shown.
        categories=sorted(categories | ({asked.category} if asked.category else set())),
        first_at=asked.address(whose, page=1) if asked.page > 1 else None,
        next_at=asked.address(whose, page=asked.page + 1) if more else None,
    )


def events(
    shown: Sequence[SeenEvent],
    fed: Mapping[int, Fed],
    *,
    view: View,
    asked: Asked,
    more: bool,
    whose: Whose,
) -> Events:
    """The first tier."""
    memory = {seen.event.seq for seen in view.recent}
    by_id = {chunk.chunk_id: chunk for chunk in view.belief.chunks}
    rows = [
        EventRow(
            seen=seen,
            remembered=seen.event.seq in memory,
            pending=seen.event.seq > view.belief.watermark,
            fed=[
                ChunkLink(
                    chunk_id=piece.chunk_id,
                    text=by_id[piece.chunk_id].text,
                    address=whose.chunk(piece.chunk_id),
                    gone=by_id[piece.chunk_id].status is not Status.ACTIVE,
                    side="likes" if piece.weight > 0 else "dislikes",
                    weight=piece.weight,
                    words=piece.words,
                )
                for piece in fed.get(seen.event.seq, Fed()).pieces
                if piece.chunk_id in by_id
            ],
            further=(of := fed.get(seen.event.seq, Fed())).total - len(of.pieces),
        )
        for seen in shown
    ]
    elsewhere = asked.event is not None or asked.before is not None
    return Events(
        remembered=[row for row in rows if row.remembered],
        older=[row for row in rows if not row.remembered],
        known=view.last_seq,
        pending=view.pending,
        newest_at=asked.address(whose, event=None, before=None) if elsewhere else None,
        next_at=(
            asked.address(whose, event=None, before=rows[-1].seen.event.seq)
            if more and rows
            else None
        ),
    )


def sentences(belief: Belief, *, whose: Whose) -> Sequence[SentenceRow]:
    """The third tier."""
    if belief.profile is None:
        return ()
    by_id = {chunk.chunk_id: chunk for chunk in belief.chunks}
    return [
        SentenceRow(
            text=sentence.text,
            chunks=[
                ChunkLink(
                    chunk_id=i,
                    text=by_id[i].text,
                    address=whose.chunk(i),
                    gone=by_id[i].status is not Status.ACTIVE,
                )
                for i in sentence.chunk_ids
                if i in by_id
            ],
        )
        for sentence in belief.profile.sentences
    ]


def _passes(chunk: Chunk, stands: strength.Standing, asked: Asked) -> bool:
    if asked.status is not Shown.ALL and chunk.status is not Status(asked.status.value):
        return False
    if asked.category and chunk.category != asked.category:
        return False
    if not _on_side(chunk, stands, asked.side):
        return False
    if asked.touched is Touched.PINNED and not chunk.pinned:
        return False
    if asked.touched is Touched.EDITED and not chunk.edited:
        return False
    wanted = asked.words.casefold()
    return not wanted or any(wanted in text.casefold() for text in (chunk.text, *chunk.aliases))


def _on_side(chunk: Chunk, stands: strength.Standing, side: Side) -> bool:
    if side is Side.CONTESTED:
        return contested(chunk, stands)
    return side is Side.BOTH or strength.side_of(chunk) == side.value
