"""What is believed of a person: three tiers side by side, now or as of an earlier revision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from credence.app.admin.person import tiers
from credence.app.admin.person.asked import ORDERS, Asked, Shown, Side, Touched
from credence.app.admin.person.made import made_by
from credence.app.admin.person.told import revision_numbered, told
from credence.app.admin.person.whose import Whose
from credence.app.admin.someone import Looking, Someone
from credence.app.api.numbers import RevisionNumber
from credence.app.belief_views import View, at_revision, present
from credence.memory.errors import RevisionNotFound
from credence.memory.model import SeenEvent
from credence.memory.unit_of_work import UnitOfWork, unit_of_work

router = APIRouter()

_STAGES = 24  # of each sparkline
_CHANGES_SHOWN = 6  # of a revision, before the rest is folded away
_MOST_CHANGES = 200  # of a revision, folded ones included


@dataclass(frozen=True, slots=True, kw_only=True)
class Slider:
    """Where on the line of revisions the page stands."""

    at: int
    latest: int
    earlier: str | None  # addresses of the neighbours
    later: str | None
    now: str | None  # of the present, where this is the past


@router.get("/t/{tenant}/people/@{user_id}")
async def beliefs(
    someone: Looking, asked: Annotated[Asked, Depends()], done: RevisionNumber | None = None
) -> Response:
    """The belief page; `done` names a revision that an act has just made."""
    desk, person, latest = someone.desk, someone.person, someone.summary.revision
    half_life = desk.app.counter.rules.half_life
    async with unit_of_work(desk.app.engine) as uow:
        view = await _view(uow, someone, asked)
        here = view.belief.revision
        revision = await revision_numbered(uow, person, here)
        changed = await uow.run_changes.of_revisions(person, [here], most=_MOST_CHANGES)
        found = tiers.ranked(view.belief, asked, now=view.as_of, half_life=half_life)
        on_page = tiers.on_page(found, asked)
        stages = await uow.trail.stages(
            person,
            [row.chunk.chunk_id for row in on_page],
            upto=here,
            most=_STAGES,
        )
        shown, more = await _events(uow, someone, asked, view)
        fed = await uow.trail.fed_by(
            person,
            [seen.event.seq for seen in shown],
            revision=here,
            most=tiers.LINKS_SHOWN,
        )
        made = await made_by(uow, someone, done)
    kept = asked.kept("revision", "event", "before", "page")
    whose = Whose.of(someone, revision=here, kept=kept)
    changes = [
        told(change, at=one.at, half_life=half_life, whose=whose)
        for one in changed.values()
        for change in one.shown
    ]
    return someone.page(
        "person/beliefs.html.j2",
        tab="beliefs",
        title="Beliefs",
        asked=asked,
        choices={"side": Side, "touched": Touched, "status": Shown, "order": ORDERS},
        past=here < latest,
        as_of=view.as_of,
        slider=Slider(
            at=here,
            latest=latest,
            earlier=_moved(asked, someone, here - 1) if here > 0 else None,
            later=_moved(asked, someone, here + 1) if here < latest else None,
            now=_moved(asked, someone, latest) if here < latest else None,
        ),
        revision=revision,
        changes=changes[:_CHANGES_SHOWN],
        further_changes=changes[_CHANGES_SHOWN:],
        events=tiers.events(shown, fed, view=view, asked=asked, more=more, whose=whose),
        missing=_missing(asked, shown),
        preferences=tiers.preferences(
            found, stages, belief=view.belief, asked=asked, half_life=half_life, whose=whose
        ),
        profile=view.belief.profile,
        sentences=tiers.sentences(view.belief, whose=whose),
        made=made,
    )


async def _view(uow: UnitOfWork, someone: Someone, asked: Asked) -> View:
    """The present belief, also where the latest revision is asked for by its number."""
    latest, most = someone.summary.revision, someone.desk.app.settings.event_memory
    if asked.revision is not None and asked.revision > latest:
        raise RevisionNotFound(asked.revision, latest)
    if asked.revision is None or asked.revision == latest:
        return await present(uow, someone.person, clock=lambda: someone.desk.now, event_memory=most)
    return await at_revision(uow, someone.person, asked.revision, event_memory=most)


async def _events(
    uow: UnitOfWork, someone: Someone, asked: Asked, view: View
) -> tuple[Sequence[SeenEvent], bool]:
    """A page of events as known at the view's time, and whether older ones follow."""
    wanted = asked.event or asked.before
    if wanted is None:
        return view.recent, view.last_seq > len(view.recent)
    found = await uow.events.with_numbers(someone.person, [wanted])
    if not found:
        return (), False
    # One place further on, the event itself is among those before it.
    before = replace(found[0], seq=wanted + 1) if asked.event else found[0]
    most = someone.desk.app.settings.event_memory
    past = view.belief.revision < someone.summary.revision
    seen = await uow.events.latest(
        someone.person, limit=most + 1, at=view.as_of if past else None, before=before
    )
    return seen[:most], len(seen) > most


def _missing(asked: Asked, shown: Sequence[SeenEvent]) -> int | None:
    """The event asked for, if it is not known: there is none, or was none at this revision."""
    known = {seen.event.seq for seen in shown}
    return None if asked.event in known else asked.event


def _moved(asked: Asked, someone: Someone, revision: int) -> str:
    """The page at another revision: the latest one needs no number."""
    return asked.address(
        Whose.of(someone),
        revision=None if revision == someone.summary.revision else revision,
        event=None,
        before=None,
        page=1,
    )
