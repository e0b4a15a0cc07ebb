"""The demo's films, books and simulated people as a domain, for machines without recorded data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from credence.demo.content import demo_items, demo_people
from credence.replay.build.domain import Asked, Built, build
from credence.replay.build.raw import read_files
from credence.replay.loaders.simulated import SIMULATED

NAME = "demo"
_TODAY = datetime(2026, 1, 1, tzinfo=UTC)


def build_demo(out: Path) -> Built:
    """Write the domain into `out`, a new folder. Its people are made up, and so are its figures."""
    out.parent.mkdir(parents=True, exist_ok=True)
    interactions, items = out.parent / "interactions.jsonl", out.parent / "items.jsonl"
    _write(
        interactions,
        (
            {
                "user": person.user_id,
                "item": event.item_id,
                "time": (_TODAY - timedelta(days=event.days_ago)).isoformat(),
                "rating": event.rating,
                "review": event.text,
            }
            for person in demo_people()
            for event in person.events
        ),
    )
    _write(
        items,
        (
            {
                "item": item.item_id,
                "title": item.title,
                "description": item.description,
                "categories": list(item.categories),
                "creators": list(item.creators),
            }
            for item in demo_items()
        ),
    )
    asked = Asked(out=out, name=NAME, seed=0, fewest=4, liked=4.0)
    return build(asked, read_files(interactions, items), told=SIMULATED)


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
