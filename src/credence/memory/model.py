"""The belief state (arXiv 2605.14401) as plain data: events, preference chunks, profiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float32]  # (D,), unit length


class Action(StrEnum):
    """What a person did; decides how much an event says (see `planner.extraction`)."""

    VIEW = "view"
    CLICK = "click"
    PURCHASE = "purchase"
    RATING = "rating"
    REVIEW = "review"
    LIKE = "like"
    DISLIKE = "dislike"
    SKIP = "skip"


class Operation(StrEnum):
    """The six lifecycle operations (arXiv 2605.14401) and the acts of a person or admin."""

    EXTRACTION = "extraction"
    REINFORCEMENT = "reinforcement"
    WEAKENING = "weakening"
    CONSOLIDATION = "consolidation"
    FORGETTING = "forgetting"
    RESYNTHESIS = "resynthesis"
    CORRECTION = "correction"
    UNDO = "undo"


class Status(StrEnum):
    """Where a chunk stands: only active ones are believed."""

    ACTIVE = "active"
    MERGED = "merged"  # its evidence went to `merged_into`
    FORGOTTEN = "forgotten"  # decayed or refuted; may be learnt again
    REJECTED = "rejected"  # a person said it is wrong; never learnt again


@dataclass(frozen=True, slots=True, order=True)
class Person:
    """Whose belief it is: the key of everything in `memory` but the catalogue."""

    tenant: str
    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What can be recommended. `attributes` are filterable; `creators` are people or brands."""

    item_id: str
    title: str
    description: str = ""
    categories: tuple[str, ...] = ()
    creators: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A raw signal as it came; `seq` counts a person's events from 1 in order of arrival."""

    seq: int
    item_id: str | None
    action: Action
    rating: float | None  # 0 .. 5
    text: str
    metadata: Mapping[str, Any]
    occurred_at: datetime
    recorded_at: datetime
    impression_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What an extractor read in one event: a topic, which way it counts and how much."""

    event_seq: int
    occurred_at: datetime
    category: str
    topic: str
    weight: float  # [-1, 1]: sign is like or dislike, size is clarity
    words: str  # the words or attribute of the event that it rests on


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Link chunk-event: which way the event counts for the chunk, and how much."""

    chunk_id: int
    event_seq: int
    weight: float  # [-1, 1]
    words: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """One small belief: a topic with discounted evidence that the person likes or dislikes it.

    `liking` and `disliking` are evidence masses discounted to `as_of`; `strength.py` turns them
    into strength and confidence. `likes` and `dislikes` count events, undiscounted. When the
    latest of either side came is None where there is none, or it came before that was noted.
    """

    chunk_id: int  # counts a person's chunks from 1
    category: str
    text: str  # the topic, without polarity: "slow-burn romance"
    liking: float
    disliking: float
    as_of: datetime
    likes: int
    dislikes: int
    first_evidence_at: datetime
    last_evidence_at: datetime
    pinned: bool = False
    edited: bool = False  # a person chose the words: nothing may reword it
    aliases: tuple[str, ...] = ()  # earlier words: what speaks of them speaks of this chunk
    status: Status = Status.ACTIVE
    merged_into: int | None = None
    stated: bool = False  # a person set the strength: what it holds does not fade
    last_like_at: datetime | None = None
    last_dislike_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence of a profile and the chunks it rests on."""

    text: str
    chunk_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One version of the narrative: which revision wrote it, after how many events."""

    version: int
    watermark: int
    sentences: tuple[Sentence, ...]
    written_at: datetime

    @property
    def narrative(self) -> str:
        return " ".join(sentence.text for sentence in self.sentences)


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """Everything believed of one person at one revision.

    `chunks` holds every chunk that ever was, in order of id; most readers want `active`.
    `watermark` is the last event the lifecycle has consumed.
    """

    revision: int = 0
    watermark: int = 0
    chunks: tuple[Chunk, ...] = ()
    profile: Profile | None = None

    @property
    def active(self) -> tuple[Chunk, ...]:
        return tuple(chunk for chunk in self.chunks if chunk.status is Status.ACTIVE)

    def chunk(self, chunk_id: int) -> Chunk | None:
        """The chunk with this id, whatever its status."""
        return next((chunk for chunk in self.chunks if chunk.chunk_id == chunk_id), None)

    def joined_in(self, chunk_id: int) -> tuple[int, ...]:
        """The chunk's own id and those of all that were merged into it, directly or not."""
        found = [chunk_id]
        for known in found:  # grows while it is walked
            found += [c.chunk_id for c in self.chunks if c.merged_into == known]
        return tuple(found)

    @property
    def next_chunk_id(self) -> int:
        return self.chunks[-1].chunk_id + 1 if self.chunks else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which items may be recommended: any of the categories, all of the attributes."""

    categories: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether every item passes."""
        return not self.categories and not self.attributes


@dataclass(frozen=True, slots=True)
class Embedded:
    """An item with its vector."""

    item: Item
    vector: Vector


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """An event with the vector and the title of its item, if the catalogue knows the item."""

    event: Event
    item_vector: Vector | None
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """How a routed ranker came to a list; scores are those of the items shown, in their order."""

    expert: str  # the one chosen, of the largest share
    weights: Mapping[str, float]  # shares of all experts, of sum 1
    expert_scores: tuple[float, ...]  # log-probabilities of the chosen expert alone
    complement_scores: tuple[float, ...]  # of the router itself
    complement_share: float  # in [0, 1], of what tells the candidates apart
    alpha: float | None  # the reward model's part, if one steers
    model: str | None = None  # version or name of what routed; None: the list is older
    data: str | None = None  # digest of what it was made from; None: not known
    heeded: tuple[float, ...] | None = None  # nats added, see `Heeding`; None: nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Impression:
    """One list of recommendations as it went out."""

    impression_id: str
    user_id: str | None
    shown_at: datetime
    revision: int | None
    ranker: str
    instruction: str
    session_items: tuple[str, ...]
    flags: tuple[str, ...]
    item_ids: tuple[str, ...]
    scores: tuple[float, ...]
    routing: Routing | None = None  # None: the ranker does not route, or the list is older
