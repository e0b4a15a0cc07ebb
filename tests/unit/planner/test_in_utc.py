"""A moment is told by its day and month in UTC, whatever zone a session gave it in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from credence.memory.model import Chunk, Event
from credence.memory.strength import standing
from credence.planner.llm.views import chunk_view, seen_view
from credence.planner.synthesis.outline import Standpoint
from credence.planner.synthesis.wording import with_evidence
from tests.unit.planner.llm.world import NOW, RULES, a_chunk, an_event

LATE = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)
HALF_LIFE = RULES.half_life
AHEAD = timezone(timedelta(hours=2))


def _of(chunk: Chunk, moment: datetime) -> Chunk:
    return replace(chunk, first_evidence_at=moment, last_evidence_at=moment)


def _event(moment: datetime) -> Event:
    return replace(an_event(1, "heists").event, occurred_at=moment)


def test_a_narrative_names_the_same_month_in_every_zone() -> None:
    chunk = a_chunk(1, "heists", liking=3)

    told = {
        with_evidence(Standpoint(_of(chunk, at), standing(chunk, now=NOW, half_life=HALF_LIFE)))
        for at in (LATE, LATE.astimezone(AHEAD))
    }

    assert told == {"heists (three reactions, the latest in March 2026)"}


def test_a_model_sees_the_same_days_in_every_zone() -> None:
    chunk = a_chunk(1, "heists", liking=3)
    chunks, events = zip(
        *(
            (
                chunk_view(_of(chunk, at), now=NOW, rules=RULES),
                seen_view(_event(at), None, text=99),
            )
            for at in (LATE, LATE.astimezone(AHEAD))
        ),
        strict=True,
    )

    assert chunks[0] == chunks[1]
    assert (chunks[0].since, chunks[0].last) == ("2026-03-31", "2026-03-31")
    assert events[0] == events[1]
    assert events[0].when == "2026-03-31T23:30+00:00"
