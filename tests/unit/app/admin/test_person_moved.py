"""Strengths at revisions between a chunk's changes, and revisions chosen evenly."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from credence.app.admin.links import Links
from credence.app.admin.person.moved import courses, sampled
from credence.app.admin.person.whose import Whose
from credence.memory.model import Chunk, Status
from credence.memory.trail import Mark, Stage

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
HALF_LIFE = timedelta(days=10)
WHOSE = Whose(Links("/admin", "default"), "ada")
CHUNK = Chunk(
    chunk_id=3,
    category="pace",
    text="slow burns",
    liking=1.0,
    disliking=0.0,
    as_of=BEGIN,
    likes=1,
    dislikes=0,
    first_evidence_at=BEGIN,
    last_evidence_at=BEGIN,
)


def test_a_chunk_fades_between_changes_and_is_absent_where_not_believed() -> None:
    marks = [Mark(n, BEGIN + timedelta(days=10 * (n - 2))) for n in range(1, 6)]
    forgotten = replace(CHUNK, status=Status.FORGOTTEN)
    stages = {3: [Stage(2, BEGIN, CHUNK), Stage(4, marks[3].at, forgotten)]}

    found = courses([CHUNK], stages, marks, half_life=HALF_LIFE, whose=WHOSE)[0]

    assert found.strengths[0] is None
    assert found.strengths[1:3] == [1 / 2, 0.5 / 1.5]
    assert found.strengths[3:] == [None, None]
    assert found.believed == [1 / 2, 0.5 / 1.5]


def test_the_last_of_two_changes_in_one_revision_counts() -> None:
    stages = {3: [Stage(1, BEGIN, CHUNK), Stage(1, BEGIN, replace(CHUNK, liking=3.0))]}

    found = courses([CHUNK], stages, [Mark(1, BEGIN)], half_life=HALF_LIFE, whose=WHOSE)[0]

    assert found.strengths == [3 / 4]


def test_columns_are_spread_evenly_from_the_first_to_the_last() -> None:
    marks = [Mark(n, BEGIN) for n in range(200)]

    chosen = sampled(marks, 10)

    assert len(chosen) == 10
    assert (chosen[0][0], chosen[-1][0]) == (0, 199)
    assert all(marks[place] is mark for place, mark in chosen)
    assert sampled(marks[:3], 10) == list(enumerate(marks[:3]))
