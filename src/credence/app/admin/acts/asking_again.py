"""A form that could not be acted on, shown again beside how things stand now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from starlette.responses import Response

from credence.app.admin.acts.kinds import Kind
from credence.app.admin.acts.told import Since, since, subject_of
from credence.app.admin.someone import Someone
from credence.memory.ledger import Revision
from credence.memory.lifecycle.consolidation import mergeable
from credence.memory.model import Belief, Chunk, Status
from credence.memory.strength import Standing, side_of, standing
from credence.memory.trail import Step
from credence.memory.unit_of_work import unit_of_work

UNDO = "undo"
_REVISIONS = 20  # that are told of what happened since
_IN_THE_WAY = 5  # beliefs named that keep a revision from being undone
_CHOICES = 200  # of a merge


@dataclass(frozen=True, slots=True)
class Choices:
    """Beliefs that a form offers to merge into, and how many more there are."""

    shown: Sequence[Chunk] = ()
    further: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a form was not acted on."""

    status: int
    heading: str
    words: str
    faults: Mapping[str, str] = field(default_factory=dict)
    moved_on: bool = False  # the belief has, so what happened since is told
    opposite: int | None = None  # the belief that an undo would bring another back beside


@dataclass(frozen=True, slots=True)
class Later:
    """A revision that changed a belief after the one to be undone."""

    step: Step
    address: str


@dataclass(frozen=True, slots=True)
class InTheWay:
    """A belief that keeps a revision from being undone: it has changed since, or says the opposite
    of what would come back; then no later revisions are told."""

    chunk: Chunk
    side: str
    address: str
    later: Sequence[Later]  # newest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What the page shows: the refusal, how it stands, and the form as it was typed."""

    refusal: Refusal
    kind: str
    action: str
    back: str
    typed: Mapping[str, str]
    knew: str
    chunk: Chunk | None = None
    stands: Standing | None = None
    taking_back: Revision | None = None
    in_the_way: Sequence[InTheWay] = ()
    since: Sequence[Since] = ()
    untold: int = 0  # revisions in between that are too many to tell
    possible: bool = True
    choices: Choices = Choices()


async def chunk_again(
    someone: Someone, kind: Kind, chunk_id: int, typed: Mapping[str, str], refusal: Refusal
) -> Response | None:
    """The page for an act on a chunk; None if there never was such a chunk."""
    fresh, belief, revisions = await _state(someone, typed, refusal)
    chunk = belief.chunk(chunk_id)
    if chunk is None:
        return None
    desk, user_id = someone.desk, someone.summary.user_id
    half_life = desk.app.counter.rules.half_life
    about = frozenset({chunk_id})
    again = Again(
        refusal=refusal,
        kind=kind.value,
        action=desk.to.chunk(user_id, chunk_id, f"/{kind.value}"),
        back=desk.to.chunk(user_id, chunk_id),
        typed=typed,
        knew=_knew(typed),
        chunk=chunk,
        stands=standing(chunk, now=desk.now, half_life=half_life),
        since=since(revisions, chunk_ids=about, half_life=half_life),
        untold=_untold(typed, fresh, revisions) if refusal.moved_on else 0,
        possible=chunk.status is Status.ACTIVE,
        choices=mergeable_with(belief, chunk),
    )
    return _page(fresh, again)


async def undo_again(
    someone: Someone, revision: Revision, typed: Mapping[str, str], refusal: Refusal
) -> Response:
    """The page for the undoing of a revision."""
    fresh, belief, revisions = await _state(someone, typed, refusal)
    desk, user_id = someone.desk, someone.summary.user_id
    in_the_way = await _in_the_way(someone, belief, revision, opposite=refusal.opposite)
    touched = frozenset(
        subject for change in revision.changes if (subject := subject_of(change)) is not None
    )
    half_life = desk.app.counter.rules.half_life
    again = Again(
        refusal=refusal,
        kind=UNDO,
        action=desk.to.person(user_id, f"/revisions/{revision.number}/undo"),
        back=desk.to.person(user_id),
        typed=typed,
        knew=_knew(typed),
        taking_back=revision,
        in_the_way=in_the_way,
        possible=not in_the_way,
        since=since(revisions, chunk_ids=touched, half_life=half_life),
        untold=_untold(typed, fresh, revisions) if refusal.moved_on else 0,
    )
    return _page(fresh, again)


def mergeable_with(belief: Belief, chunk: Chunk) -> Choices:
    """The beliefs that may take this one's evidence over, in order of their words."""
    others = (
        other
        for other in belief.active
        if other.chunk_id != chunk.chunk_id and mergeable(other, chunk)
    )
    ordered = sorted(others, key=lambda other: (other.text.casefold(), other.chunk_id))
    return Choices(tuple(ordered[:_CHOICES]), max(0, len(ordered) - _CHOICES))


async def _in_the_way(
    someone: Someone, belief: Belief, revision: Revision, *, opposite: int | None
) -> Sequence[InTheWay]:
    """The belief that says the opposite, or those that are no longer as the revision left them."""
    if opposite is not None:
        held = belief.chunk(opposite)
        return [] if held is None else [_blocking(someone, held, (), after=revision.number)]
    left = {c.after.chunk_id: c.after for c in revision.changes if isinstance(c.after, Chunk)}
    changed = [
        now for one, then in left.items() if (now := belief.chunk(one)) is not None and now != then
    ]
    async with unit_of_work(someone.desk.app.engine) as uow:
        return [
            _blocking(
                someone,
                chunk,
                await uow.trail.steps(someone.person, chunk.chunk_id, limit=_REVISIONS),
                after=revision.number,
            )
            for chunk in changed[:_IN_THE_WAY]
        ]


def _blocking(someone: Someone, chunk: Chunk, steps: Sequence[Step], *, after: int) -> InTheWay:
    """A belief with one of its changes for each revision after this one."""
    desk, user_id = someone.desk, someone.summary.user_id
    later = {step.revision: step for step in steps if step.revision > after}
    return InTheWay(
        chunk,
        side_of(chunk),
        desk.to.chunk(user_id, chunk.chunk_id),
        [Later(step, desk.to.person(user_id, revision=number)) for number, step in later.items()],
    )


async def _state(
    someone: Someone, typed: Mapping[str, str], refusal: Refusal
) -> tuple[Someone, Belief, tuple[Revision, ...]]:
    """The person and belief as they are now, and the latest revisions that the form knew not."""
    person = someone.person
    async with unit_of_work(someone.desk.app.engine) as uow:
        belief = (await uow.beliefs.load(person)).belief
        summary = await uow.people.get(person)
        revisions: tuple[Revision, ...] = ()
        if refusal.moved_on:
            first = max(int(_knew(typed) or 0), belief.revision - _REVISIONS)
            revisions = await uow.beliefs.history(person, after=first, upto=belief.revision)
    fresh = replace(someone, summary=replace(summary, revision=belief.revision))
    return fresh, belief, revisions


def _untold(typed: Mapping[str, str], someone: Someone, revisions: Sequence[Revision]) -> int:
    return max(0, someone.summary.revision - int(_knew(typed) or 0) - len(revisions))


def _knew(typed: Mapping[str, str]) -> str:
    """The revision that the form was made from, where it says so."""
    known = typed.get("if_revision", "").strip()
    return known if known.isascii() and known.isdigit() and len(known) <= 10 else ""


def _page(someone: Someone, again: Again) -> Response:
    return someone.page(
        "acts/again.html.j2",
        tab="beliefs",
        title=again.refusal.heading,
        status=again.refusal.status,
        again=again,
    )
