"""What must hold of every belief, however the models behaved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from credence.app.bootstrap import Application
from credence.memory.ledger import Revision, rebuilt
from credence.memory.model import Action, Belief, Event, Item, Person
from credence.memory.unit_of_work import autocommit
from scripts.llm.quotes import stands
from scripts.llm.world import TENANT, World

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Invariant:
    """How often something was looked at, and how often it did not hold."""

    what: str
    checked: int
    broken: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """All that is stored of one person."""

    told: int
    belief: Belief
    last_seq: int
    history: Sequence[Revision]
    events: Mapping[int, tuple[Event, Item | None]]
    evidence: Sequence[Row]
    runs: Sequence[Row]  # in their order


async def invariants(
    app: Application, world: World, connection: Connection[Any]
) -> tuple[list[Invariant], int]:
    """Every invariant over all people, and how many pairs of a merged belief and an event rest on
    two findings of that event, which is no fault."""
    items = {item.item_id: item for item in world.items}
    counts: Counter[str] = Counter()
    broken: Counter[str] = Counter()
    twice = 0
    for user_id in world.people:
        kept = await _kept(app, user_id, len(world.events[user_id]), items, connection)
        for what, checked, wrong in _of_one(kept):
            counts[what] += checked
            broken[what] += wrong
        twice += _joined_twice(kept)
    found = [Invariant(what, counts[what], broken[what]) for what in counts]
    return [*found, *_of_all(app, connection)], twice


def _of_one(kept: _Kept) -> list[tuple[str, int, int]]:
    """(what, how often looked at, how often broken) for one person."""
    belief, runs = kept.belief, kept.runs
    active = {chunk.chunk_id for chunk in belief.active}
    entries = [
        (piece.chunk_id, piece.event_seq)
        for revision in kept.history
        for change in revision.changes
        for piece in change.evidence
    ]
    rows = [(row["chunk_id"], row["seq"]) for row in kept.evidence]
    of_chunk = Counter(chunk_id for chunk_id, _ in rows)
    sums = {
        c.chunk_id: sum(of_chunk[j] for j in belief.joined_in(c.chunk_id)) for c in belief.chunks
    }
    sentences = belief.profile.sentences if belief.profile else ()
    resting = [number for sentence in sentences for number in sentence.chunk_ids]
    unread = kept.last_seq - belief.watermark
    left_knowingly = bool(runs) and runs[-1]["signals"].get("pending") == unread
    consumed = sum(row["events_consumed"] for row in runs)
    return [
        ("events told are in the log", kept.told, abs(kept.told - len(kept.events))),
        (
            "events up to the watermark were consumed by one run each",
            belief.watermark,
            abs(belief.watermark - consumed),
        ),
        (
            "after the forced run no event waits that its planner did not leave knowingly",
            kept.last_seq,
            0 if unread == 0 or left_knowingly else unread,
        ),
        (
            "pairs of chunk and event in the ledger are there once",
            len(entries),
            len(entries) - len(set(entries)),
        ),
        (
            "the ledger's evidence is the evidence stored",
            len(rows),
            len(set(rows) ^ set(entries)),
        ),
        (
            "the belief rebuilt from the ledger is the one stored",
            1,
            rebuilt(kept.history) != belief,
        ),
        (
            "likes and dislikes of a chunk are its evidence",
            len(belief.chunks),
            sum(c.likes + c.dislikes != sums[c.chunk_id] for c in belief.chunks),
        ),
        ("active chunks have evidence", len(active), sum(sums[c] == 0 for c in active)),
        (
            "words of evidence are in the event or its item",
            len(rows),
            sum(not stands(row["words"], *kept.events[row["seq"]]) for row in kept.evidence),
        ),
        (
            "sentences of the profile rest on active chunks alone",
            len(sentences),
            sum(not s.chunk_ids or not active.issuperset(s.chunk_ids) for s in sentences),
        ),
        ("chunks that the profile names are there", len(resting), len(set(resting) - active)),
        ("runs did not fail", len(runs), sum(row["outcome"] == "failed" for row in runs)),
    ]


def _of_all(app: Application, connection: Connection[Any]) -> list[Invariant]:
    cursor = connection.cursor(row_factory=dict_row)
    runs = cursor.execute(
        "SELECT coalesce((r.cost->>'llm_calls')::int, 0) AS told, "
        "(SELECT count(*) FROM llm_calls c WHERE c.run_id = r.run_id) AS noted "
        "FROM planner_runs r"
    ).fetchall()
    left = sum(
        _count(connection, f"SELECT count(*) FROM planner_threads.{name}")
        for name in ("checkpoints", "checkpoint_blobs", "checkpoint_writes")
    )
    noted = _count(connection, "SELECT count(*) FROM llm_calls")
    dropped = app.seats.ledger.dropped if app.seats is not None else 0
    return [
        Invariant(
            "calls that a run tells of are in the ledger of cost",
            sum(run["told"] for run in runs),
            sum(abs(run["told"] - run["noted"]) for run in runs),
        ),
        Invariant("no call was given up by the ledger of cost", noted, dropped),
        Invariant("no row of a run's thread is left", len(runs), left),
    ]


def _joined_twice(kept: _Kept) -> int:
    events = {row["chunk_id"]: set[int]() for row in kept.evidence}
    for row in kept.evidence:
        events[row["chunk_id"]].add(row["seq"])
    twice = 0
    for chunk in kept.belief.active:
        of = [events.get(joined, set()) for joined in kept.belief.joined_in(chunk.chunk_id)]
        twice += sum(map(len, of)) - len(set().union(*of))
    return twice


async def _kept(
    app: Application,
    user_id: str,
    told: int,
    items: Mapping[str, Item],
    connection: Connection[Any],
) -> _Kept:
    person = Person(TENANT, user_id)
    async with autocommit(app.engine) as uow:
        held = await uow.beliefs.load(person)
        history = await uow.beliefs.history(person)
    cursor = connection.cursor(row_factory=dict_row)
    whose = [TENANT, user_id]
    where = "WHERE tenant_id = %s AND user_id = %s"
    events = cursor.execute(f"SELECT * FROM events {where}", whose).fetchall()
    evidence = cursor.execute(f"SELECT * FROM evidence {where}", whose).fetchall()
    runs = cursor.execute(f"SELECT * FROM planner_runs {where} ORDER BY number", whose).fetchall()
    return _Kept(
        told=told,
        belief=held.belief,
        last_seq=held.last_seq,
        history=history,
        events={row["seq"]: _witnessed(row, items) for row in events},
        evidence=evidence,
        runs=runs,
    )


def _witnessed(row: Row, items: Mapping[str, Item]) -> tuple[Event, Item | None]:
    event = Event(
        seq=row["seq"],
        item_id=row["item_id"],
        action=Action(row["action"]),
        rating=row["rating"],
        text=row["text"],
        metadata=row["metadata"],
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
    )
    return event, items.get(row["item_id"])


def _count(connection: Connection[Any], query: str) -> int:
    row = connection.cursor().execute(query.encode()).fetchone()
    return int(row[0]) if row else 0
