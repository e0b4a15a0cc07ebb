"""How the beliefs about a person moved: a picture, the revisions, versions of the profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from credence.app.admin.person.asked import RevisionNumber
from credence.app.admin.person.beliefs import made_by
from credence.app.admin.person.differences import Stretch, difference
from credence.app.admin.person.moved import Course, courses, sampled
from credence.app.admin.person.told import Summed, summed
from credence.app.admin.person.whose import Whose
from credence.app.admin.someone import Looking
from credence.memory.ledger import Revision
from credence.memory.model import Profile
from credence.memory.strength import standing
from credence.memory.trail import Mark, Written
from credence.memory.unit_of_work import unit_of_work

router = APIRouter()

_CHUNKS = 40
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

    revision: Revision
    operations: Sequence[Summed]
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
        strongest = sorted(
            held.belief.active,
            key=lambda c: -abs(standing(c, now=desk.now, half_life=half_life).strength),
        )[:_CHUNKS]
        marks = await uow.trail.marks(person, limit=_MARKS)
        stages = await uow.trail.stages(
            person, [c.chunk_id for c in strongest], upto=latest, most=_MARKS
        )
        listed = await uow.beliefs.history(person, after=first, upto=last) if last > 0 else ()
        versions = await uow.trail.versions(person, limit=_VERSIONS)
        pair = _pair(versions, asked.before, asked.after)
        profiles = await uow.trail.profiles(person, [v for v in pair if v is not None])
        made = await made_by(uow, someone, asked.done, None)
    moved = courses(strongest, stages, marks, half_life=half_life, whose=whose)
    return someone.page(
        "person/time.html.j2",
        tab="time",
        title="Over time",
        picture=asked.picture.value,
        pictures=PICTURES,
        marks=marks,
        courses=moved,
        columns=sampled(marks, _COLUMNS),
        chart=_drawn(moved, marks, asked.picture, whose.beliefs()),
        rows=[
            RevisionRow(r, summed(r), whose.beliefs(revision=r.number)) for r in reversed(listed)
        ],
        first_at=whose.over_time() if asked.upto is not None else None,
        next_at=whose.over_time(upto=first) if first > 0 else None,
        versions=versions,
        compared=_compared(pair, profiles),
        made=made,
    )


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
                "name": f"{course.side} {course.chunk.text}"[:200],
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
