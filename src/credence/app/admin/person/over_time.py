"""How the beliefs about a person moved: a picture, the revisions, versions of the profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from credence.app.admin.person.differences import Stretch, difference
from credence.app.admin.person.made import made_by
from credence.app.admin.person.moved import Course, courses, sampled, strongest
from credence.app.admin.person.whose import Whose
from credence.app.admin.someone import Looking, Someone
from credence.app.api.numbers import RevisionNumber
from credence.memory.model import Belief, Chunk, Profile
from credence.memory.strength import says, standing
from credence.memory.trail import Entry, Mark, Written
from credence.memory.unit_of_work import UnitOfWork, unit_of_work

router = APIRouter()

_CHUNKS = 40
_CANDIDATES = 80  # that changed, of which the strongest are drawn
_MARKS = 200
_COLUMNS = 10  # of the table that says what the picture shows
_REVISIONS = 25
_VERSIONS = 100


class Picture(StrEnum):
    """How the movement is drawn."""

    HEAT = "heat"
    LINES = "lines"


PICTURES = ((Picture.HEAT, "Heat map"), (Picture.LINES, "Lines"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The query of the page."""

    picture: Picture = Picture.HEAT
    upto: RevisionNumber | None = None  # revisions from this one down
    before: RevisionNumber | None = None  # two versions of the profile
    after: RevisionNumber | None = None
    done: RevisionNumber | None = None  # a revision that an act has just made


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """One line of the list of revisions."""

    revision: Entry
    address: str


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions of the profile as one text."""

    before: Profile | None
    after: Profile
    stretches: Sequence[Stretch]


@router.get("/t/{tenant}/people/@{user_id}/time")
async def over_time(someone: Looking, asked: Annotated[Asked, Depends()]) -> Response:
    """The movement of one person's beliefs."""
    desk, person = someone.desk, someone.person
    latest, whose = someone.summary.revision, Whose.of(someone)
    half_life = desk.app.counter.rules.half_life
    last = latest if asked.upto is None else min(latest, asked.upto)
    first = max(0, last - _REVISIONS)
    async with unit_of_work(desk.app.engine) as uow:
        held = await uow.beliefs.load(person)
        marks = await uow.trail.marks(person, limit=_MARKS)
        chosen = await _candidates(uow, someone, held.belief, marks)
        stages = await uow.trail.stages(
            person, [c.chunk_id for c in chosen], upto=latest, most=_MARKS
        )
        listed = await uow.trail.entries(person, upto=last, limit=_REVISIONS)
        versions = await uow.trail.versions(person, limit=_VERSIONS)
        pair = _pair(versions, asked.before, asked.after)
        profiles = await uow.trail.profiles(person, [v for v in pair if v is not None])
        made = await made_by(uow, someone, asked.done)
    found = courses(chosen, stages, marks, half_life=half_life, whose=whose)
    moved = strongest(found, _CHUNKS)
    return someone.page(
        "person/time.html.j2",
        tab="time",
        title="Over time",
        picture=asked.picture.value,
        pictures=PICTURES,
        marks=marks,
        courses=moved,
        most=_CHUNKS,
        columns=sampled(marks, _COLUMNS),
        chart=_drawn(moved, marks, asked.picture, whose.beliefs()),
        rows=[RevisionRow(entry, whose.beliefs(revision=entry.number)) for entry in listed],
        first_at=whose.over_time() if asked.upto is not None else None,
        next_at=whose.over_time(upto=first) if first > 0 else None,
        versions=versions,
        compared=_compared(pair, profiles),
        made=made,
    )


async def _candidates(
    uow: UnitOfWork, someone: Someone, belief: Belief, marks: Sequence[Mark]
) -> Sequence[Chunk]:
    """Among these are the strongest beliefs of any of the marks, whatever became of them.

    They have changed since the first mark, or are active and stand there as at their last change.
    """
    if not marks:
        return ()
    half_life = someone.desk.app.counter.rules.half_life
    changed = await uow.trail.strongest_since(someone.person, marks[0].revision, most=_CANDIDATES)
    first = sorted(
        belief.active,
        key=lambda c: -abs(standing(c, now=marks[0].at, half_life=half_life).strength),
    )
    unchanged = {chunk.chunk_id for chunk in first[:_CHUNKS]}
    return [chunk for chunk in belief.chunks if chunk.chunk_id in changed | unchanged]


def _drawn(
    moved: Sequence[Course], marks: Sequence[Mark], picture: Picture, page: str
) -> dict[str, Any]:
    """What the script draws."""
    return {
        "kind": picture.value,
        "page": page,
        "revisions": [mark.revision for mark in marks],
        "moments": [mark.at.isoformat(timespec="minutes") for mark in marks],
        "chunks": [
            {
                "id": course.chunk.chunk_id,
                "name": says(course.side, course.chunk.text)[:200],
                "values": [None if v is None else round(v, 3) for v in course.strengths],
            }
            for course in moved
        ],
    }


def _pair(
    versions: Sequence[Written], before: int | None, after: int | None
) -> tuple[int | None, int | None]:
    """The versions asked for; by default the latest, and the one before the later of the two."""
    known = [written.version for written in versions]
    if after is None:
        after = known[0] if known else None
    if before is None and after is not None:
        before = next((version for version in known if version < after), None)
    return before, after


def _compared(
    pair: tuple[int | None, int | None], profiles: Mapping[int, Profile]
) -> Compared | None:
    old, new = (profiles.get(version or 0) for version in pair)  # there is no version 0
    if new is None:
        return None
    return Compared(old, new, difference(old.narrative if old else "", new.narrative))
