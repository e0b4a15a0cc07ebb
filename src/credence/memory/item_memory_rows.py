"""Contributions and item memories as rows, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from credence.memory.collaborative.audience import (
    key_of,
    packed,
    packed_times,
    unpacked,
)
from credence.memory.collaborative.contribution import Contribution
from credence.memory.collaborative.item_memory import ItemMemory, Phrase, remembered
from credence.memory.serial import fields_of
from credence.memory.tables import contributions
from credence.memory.vectors import from_bytes, to_bind

CONTRIBUTION_JSON = ("praised", "blamed")  # columns that travel as JSON
MEMORY_JSON = ("phrases",)
CONTRIBUTION = [c for c in contributions.c if c.name not in {"tenant_id", "person_key", "words"}]
_SIGN = 2**63  # keys are unsigned, the column is signed; shifted, both have one order


def contribution_row(tenant: str, part: Contribution) -> dict[str, Any]:
    """A contribution as a row."""
    return {
        "tenant_id": tenant,
        "person_key": key_of(tenant, part.user_id) - _SIGN,
        **{c.name: getattr(part, c.name) for c in CONTRIBUTION},
        "praised": sorted(part.praised),
        "blamed": sorted(part.blamed),
        "words": None if part.words is None else to_bind(part.words),
    }


def contribution_columns(tenant: str, parts: Sequence[Contribution]) -> dict[str, Any]:
    """Contributions as equally long columns: one array a column is quicker than rows."""
    return _columns([contribution_row(tenant, part) for part in parts], as_json=CONTRIBUTION_JSON)


def contribution_of(row: Any) -> Contribution:
    return Contribution(
        item_id=row.item_id,
        user_id=row.user_id,
        latest=row.latest,
        engaged=row.engaged,
        opinion=row.opinion,
        clarity=row.clarity,
        ratings=row.ratings,
        rated=row.rated,
        words=None if row.vector is None else from_bytes(row.vector),
        praised=frozenset(row.praised),
        blamed=frozenset(row.blamed),
    )


def own_of(row: Any, user_id: str) -> Contribution:
    """The person's own contribution from the columns named own_."""
    return Contribution(
        item_id=row.item_id,
        user_id=user_id,
        latest=row.own_latest,
        engaged=row.own_engaged,
        opinion=row.own_opinion,
        clarity=row.own_clarity,
        ratings=row.own_ratings,
        rated=row.own_rated,
        words=None if row.own_vector is None else from_bytes(row.own_vector),
        praised=frozenset(row.own_praised),
        blamed=frozenset(row.own_blamed),
    )


def memory_columns(tenant: str, memories: Mapping[str, tuple[ItemMemory, int]]) -> dict[str, Any]:
    """Memories of items, each with how many contributions there are, as such columns."""
    rows = [memory_row(tenant, item_id, *made) for item_id, made in memories.items()]
    return _columns(rows, as_json=MEMORY_JSON)


def memory_row(tenant: str, item_id: str, memory: ItemMemory, total: int) -> dict[str, Any]:
    return {
        "tenant_id": tenant,
        "item_id": item_id,
        "contributions": total,
        "people": memory.people,
        "standing": memory.standing,
        "voices": memory.voices,
        "words": None if memory.words is None else to_bind(memory.words),
        "liking": memory.liking,
        "judged": memory.judged,
        "clear": memory.clear,
        "rating": memory.rating,
        "rated": memory.rated,
        "phrases": [fields_of(phrase) for phrase in memory.phrases],
        "latest": memory.latest,
        "audience": packed(memory.audience),
        "times": packed_times(memory.audience),
        "share": memory.audience.share,
        "mass": memory.audience.mass,
        "held": memory.held,
    }


def memory_of(row: Any) -> ItemMemory:
    return ItemMemory(
        people=row.people,
        standing=row.standing,
        voices=row.voices,
        words=None if row.vector is None else from_bytes(row.vector),
        liking=row.liking,
        judged=row.judged,
        clear=row.clear,
        rating=row.rating,
        rated=row.rated,
        phrases=tuple(Phrase(**phrase) for phrase in row.phrases),
        latest=row.latest,
        audience=unpacked(row.audience, row.times, share=row.share, mass=row.mass),
        held=row.held,
    )


def memories_of(tenant: str, rows: Sequence[Any]) -> dict[str, tuple[ItemMemory, int]]:
    """Memories from rows of contributions in order of item, and how many there are of each."""
    made = {}
    for item_id, group in groupby(rows, key=lambda row: row.item_id):
        parts = list(group)
        total = parts[0].total
        memory = remembered(tenant, [contribution_of(row) for row in parts], total=total)
        if memory is not None:
            made[item_id] = (memory, total)
    return made


def _columns(rows: Sequence[dict[str, Any]], *, as_json: Sequence[str]) -> dict[str, Any]:
    columns: dict[str, Any] = {name: [row[name] for row in rows] for name in rows[0]}
    columns["words"] = [None if words is None else words.to_text() for words in columns["words"]]
    for name in as_json:
        columns[name] = [json.dumps(value) for value in columns[name]]
    return columns
