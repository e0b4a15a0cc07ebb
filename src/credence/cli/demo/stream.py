"""Sending histories through the API while the planner works behind it, and watching both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from credence.cli.api import Api, in_batches, user_path
from credence.cli.histories import Histories

_ITEMS = 100  # a request; each is embedded before it is answered
_EVENTS = 20  # a request: few, so that the planner is woken while more arrive
_BEHIND = 4  # people; with more of them waiting for the planner, the stream waits as well
_LOOK_SECONDS = 0.1  # between looks at what the planner has done
_PATIENCE = 600  # looks: a minute without end of work means that something is wrong
_PACE = 20  # looks that one batch waits at most


@dataclass(frozen=True, slots=True)
class Behind:
    """What the planner has done so far, and how many people still wait for it."""

    runs: int
    chunks: int
    waiting: int


Look = Callable[[], Behind]
Tell = Callable[[str, int], None]  # (what: items, people or events; how many are through)


async def send_items(api: Api, items: Sequence[Mapping[str, Any]], tell: Tell) -> int:
    """Load the catalogue; the number of items that the API refused."""
    refused = 0
    done = 0
    for batch in in_batches(items, _ITEMS):
        answer = await api.post("/v1/items", {"items": list(batch)})
        refused += int(answer.get("rejected", 0))
        done += len(batch)
        tell("items", done)
    return refused


async def send_events(api: Api, histories: Histories, tell: Tell, look: Look) -> int:
    """Make the people known and stream what they did; the number of events refused.

    Years pass in seconds here, so the stream keeps pace with the planner: otherwise one run would
    see at once what in life came in ten parts.
    """
    for done, person in enumerate(histories.people, start=1):
        await api.put(user_path(person), {})
        tell("people", done)
    refused = 0
    sent = 0
    for batch in in_batches(histories.events, _EVENTS):
        await caught_up(look, within=_BEHIND, looks=_PACE)
        answer = await api.post("/v1/events", {"events": list(batch)})
        refused += int(answer["rejected"])
        sent += len(batch)
        tell("events", sent)
    return refused


async def caught_up(look: Look, *, within: int = 0, looks: int = _PATIENCE) -> Behind:
    """Look until no more than `within` people wait for the planner, and with `within` 0 no item
    for the keeper, but only so many times."""
    behind = look()
    for _ in range(looks):
        if behind.waiting <= within:
            break
        await asyncio.sleep(_LOOK_SECONDS)
        behind = look()
    return behind


def looking_at(database: str, *, check_after: int) -> Look:
    """Counts read from the demo's own database."""
    import psycopg

    connection = psycopg.connect(database, autocommit=True)

    def look() -> Behind:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM planner_runs), "
            "(SELECT count(*) FROM chunks WHERE status = 'active'), "
            "(SELECT count(*) FROM users WHERE last_seq - checked_seq >= %s "
            "OR lease_until IS NOT NULL) + (EXISTS (SELECT FROM touched_items))::int",
            (check_after,),
        ).fetchone()
        assert row is not None
        return Behind(*row)

    return look
