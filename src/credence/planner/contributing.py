"""What the events of a run bring to the memory of their items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from credence.memory.collaborative.contribution import Contribution, contribution, joined
from credence.memory.model import Person
from credence.planner.context import Words
from credence.planner.extraction.attitude import attitude
from credence.planner.extraction.said import UNSAID, Said
from credence.planner.extraction.witnessed import Witnessed


def contributed(
    person: Person, events: Sequence[Witnessed], said: Mapping[int, Said], words: Words
) -> tuple[Contribution, ...]:
    """One contribution for each item that the events are about, in order of item.

    Depends on the events alone, not on what is believed: the log gives the same again.
    """
    about = [one.event for one in events if one.event.item_id is not None]
    written = [event for event in about if event.text.strip()]
    rows = words([event.text for event in written])
    vectors = {event.seq: row for event, row in zip(written, rows, strict=True) if row.any()}
    parts = []
    for event in about:
        topics = said.get(event.seq, UNSAID)
        parts.append(
            contribution(
                item_id=event.item_id or "",
                user_id=person.user_id,
                action=event.action,
                attitude=attitude(event) if topics.attitude is None else topics.attitude,
                rating=event.rating,
                at=event.occurred_at,
                words=vectors.get(event.seq),
                praised=topics.praised,
                blamed=topics.blamed,
            )
        )
    return joined(parts)
