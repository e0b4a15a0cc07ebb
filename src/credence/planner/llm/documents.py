"""What each role is shown, as data. The development server reads the same forms."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ItemView(_Document):
    """An item as a role sees it; texts are bounded and fenced."""

    title: str
    categories: tuple[str, ...] = ()
    creators: tuple[str, ...] = ()
    about: str | None = None  # the start of its description


class EventView(_Document):
    """One event of the person. `id` is "e" and its number."""

    id: str
    when: str  # ISO date and time
    action: str
    rating: float | None = None  # 0 to 5
    text: str | None = None
    item: ItemView | None = None


class ChunkView(_Document):
    """One belief. `id` is "c" and its number; `says` begins with "likes" or "dislikes".

    To whoever writes the profile it may also begin with "undecided on".
    """

    id: str
    category: str
    says: str
    strength: float  # -1 dislike .. 1 like
    confidence: float | None = None  # 0 .. 1
    supporting: int | None = None  # events
    contradicting: int | None = None
    since: str | None = None  # ISO date of its first evidence
    last: str | None = None  # and of its last
    fixed: bool | None = None  # pinned or worded by a person


class ExtractorDocument(_Document):
    """Pending events, and the chunks near them."""

    events: tuple[EventView, ...]
    chunks: tuple[ChunkView, ...]
    categories: tuple[str, ...]  # that a new chunk may have


class PersonView(_Document):
    """One of several people; event and chunk ids are their own. `id` is "p" and a number."""

    id: str
    events: tuple[EventView, ...]
    chunks: tuple[ChunkView, ...]


class SharedDocument(_Document):
    """What `ExtractorDocument` shows, of several people at once."""

    people: tuple[PersonView, ...]
    categories: tuple[str, ...]


class SentenceView(_Document):
    text: str
    rests_on: tuple[str, ...]  # chunk ids


class SynthesizerDocument(_Document):
    """Chunks in, the previous profile beside them."""

    chunks: tuple[ChunkView, ...]
    previous: tuple[SentenceView, ...] = ()
    least_words: int
    most_words: int
    today: str  # ISO date


class PairView(_Document):
    """Two chunks whose words mean nearly the same; `alike` is their cosine."""

    chunks: tuple[str, str]
    alike: float


class ForgettableView(_Document):
    chunk: str
    why: str


class RunView(_Document):
    """What an earlier run did and cost."""

    operations: tuple[str, ...]
    outcome: str
    events: int
    tokens: int | None = None


class PlannerDocument(_Document):
    """The state in brief: tiers, pending events, signals, candidates for upkeep, the last runs.

    `done` lists what this run has done already, when the planner looks again.
    """

    chunks: tuple[ChunkView, ...]
    profile_words: int | None = None
    profile_is_events_old: int | None = None
    pending: tuple[EventView, ...]
    signals: dict[str, float]
    may_merge: tuple[PairView, ...] = ()
    contradict: tuple[PairView, ...] = ()
    may_forget: tuple[ForgettableView, ...] = ()
    last_runs: tuple[RunView, ...] = ()
    done: tuple[str, ...] = ()


class CandidateView(_Document):
    """A candidate under a short label that stands for its id."""

    label: str
    item: ItemView


class PersonDocument(_Document):
    """The person's part of a question by labels: the same for every list of theirs."""

    profile: str
    recent: tuple[EventView, ...]  # newest first
    instruction: str | None = None


class CandidatesDocument(_Document):
    """The rest of it: candidates, each under the label that the model may answer with."""

    candidates: tuple[CandidateView, ...]


class RankerDocument(_Document):
    """Profile, recent events, instruction, candidates in a shuffled order."""

    profile: str
    recent: tuple[EventView, ...]  # newest first
    instruction: str | None = None
    candidates: tuple[CandidateView, ...]


class BeliefView(_Document):
    """A belief by what it says and how strongly: from -1, dislikes, to 1, likes."""

    says: str
    strength: float


class MovedView(_Document):
    """A reason by what it says and what it did to the item's score, in nats."""

    says: str
    change: float


class ExplanationDocument(_Document):
    """A person, an item that was put to them, and what raised or lowered it."""

    profile: str
    beliefs: tuple[BeliefView, ...]
    recent: tuple[EventView, ...]  # newest first
    instruction: str | None = None
    item: ItemView
    moved_by: tuple[MovedView, ...]
