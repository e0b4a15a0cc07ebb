"""Replays that were run: a list, figures, reports, evolving tastes, and two side by side."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from credence.app.admin.desk import At, Desk
from credence.app.admin.lines import LinePicture, Point, Series, line_picture
from credence.app.replays import HEADLINES, Evolving, Level, Listing, Measured, Replay, Replays
from credence.memory.errors import NotFound

router = APIRouter()

Name = Annotated[str, Query(max_length=300)]
_BY = "NDCG@5"


class ReplayNotFound(NotFound):
    """No replay of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"there is no replay {name!r} in the folder",
            field="name",
            fix="choose one of the list",
        )


class ReportNotFound(NotFound):
    """The replay has no report that may be shown."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the replay {name!r} has no report",
            field="name",
            fix="make one with `credence replay report`",
        )


@router.get("/t/{tenant}/replays")
async def replays(desk: At) -> Response:
    """What lies in the folder of replays, the latest first."""
    reader = _reader(desk)
    listing = Listing((), more=False)
    if reader is not None:
        listing = await asyncio.to_thread(reader.listed)
    return desk.page(
        "replays/index.html.j2",
        section="replays",
        title="Replays",
        served=reader is not None,
        folder="" if reader is None else str(reader.folder),
        listing=listing,
        comparable=[one.name for one in listing.replays if one.exams or one.runs],
        measures=HEADLINES,
    )


@router.get("/t/{tenant}/replays/compare")
async def compare(
    desk: At, left: Name = "", right: Name = "", ours: Name = "", theirs: Name = ""
) -> Response:
    """Two replays, or two systems of one, held against each other."""
    reader = _reader(desk)
    if reader is None:
        raise ReplayNotFound(left or right)
    listing = await asyncio.to_thread(reader.listed)
    names = [one.name for one in listing.replays if one.exams or one.runs]
    one, other, beside = None, None, None
    if left and right:
        one, other = await _found(reader, left), await _found(reader, right)
        if left != right or (ours and theirs):
            beside = await asyncio.to_thread(reader.beside, one, other, ours=ours, theirs=theirs)
    return desk.page(
        "replays/compare.html.j2",
        section="replays",
        title="Two replays side by side",
        names=names,
        left=left,
        right=right,
        ours=ours,
        theirs=theirs,
        systems=(one.systems if one else (), other.systems if other else ()),
        beside=beside,
    )


@router.get("/t/{tenant}/replays/@{name}")
async def replay(
    desk: At, name: str, measure: Annotated[str, Query(max_length=40)] = _BY
) -> Response:
    """One replay: its exams and systems, runs and audits, or tastes as they change."""
    found = await _named(desk, name)
    evolving, shown = found.evolving, measure
    if evolving is not None and shown not in evolving.by_measure:
        shown = next(iter(evolving.by_measure), _BY)
    return desk.page(
        "replays/one.html.j2",
        section="replays",
        title=found.name,
        replay=found,
        measures=HEADLINES,
        measure=shown,
        walked=evolving.by_measure.get(shown, ()) if evolving else (),
        over_time=_over_time(evolving, shown) if evolving else None,
        around_change=_around_change(evolving, shown) if evolving else None,
    )


@router.get("/t/{tenant}/replays/@{name}/report")
async def report(desk: At, name: str) -> Response:
    """The report as it was written. It runs its own scripts, so it is shut off from these pages:
    in a sandbox without an origin, with nothing but those scripts that it names by their hash."""
    reader = _reader(desk)
    found = None if reader is None else await asyncio.to_thread(reader.report, name)
    if found is None:
        await _named(desk, name)  # a name that there is not is another error
        raise ReportNotFound(name)
    scripts = " ".join(f"'{value}'" for value in found.script_hashes) or "'none'"
    policy = (
        "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        f"script-src {scripts}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return Response(
        found.content,
        media_type="text/html; charset=utf-8",
        headers={
            "content-security-policy": policy,
            # With a sandbox, browsers refuse any other value.
            "cross-origin-opener-policy": "unsafe-none",
        },
    )


def _reader(desk: Desk) -> Replays | None:
    reader: Replays | None = desk.request.app.state.replays
    return reader


async def _named(desk: Desk, name: str) -> Replay:
    reader = _reader(desk)
    if reader is None:
        raise ReplayNotFound(name)
    return await _found(reader, name)


async def _found(reader: Replays, name: str) -> Replay:
    found = await asyncio.to_thread(reader.get, name)
    if found is None:
        raise ReplayNotFound(name)
    return found


def _over_time(evolving: Evolving, measure: str) -> LinePicture | None:
    """Quality by how many steps there were before."""
    return line_picture(
        [
            Series(one.system, [_point(level, level.first) for level in one.over_time])
            for one in evolving.by_measure.get(measure, ())
        ],
        level=evolving.by_chance.get(measure),
        level_name="by chance",
        across="step",
        up=measure,
        what=f"{measure} over time",
    )


def _around_change(evolving: Evolving, measure: str) -> LinePicture | None:
    """Quality before the taste changed, and in steps after it; None without a change."""
    walked = evolving.by_measure.get(measure, ())
    series = [
        Series(
            one.system,
            [
                Point(-1, "before", one.before),
                *(_point(level, level.first) for level in one.after),
            ],
        )
        for one in walked
        if one.before is not None
    ]
    if not series:
        return None
    return line_picture(
        series,
        level=evolving.by_chance.get(measure),
        level_name="by chance",
        across="steps after the change",
        up=measure,
        what=f"{measure} before and after the change",
        change_at=0.0,
    )


def _point(level: Level, at: float) -> Point:
    value: Measured = level.value
    return Point(at, level.steps, value)
