"""Every page, by name."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

ROOT = "/admin/t/default"


def person(user_id: str, rest: str = "") -> str:
    return f"{ROOT}/people/@{quote(user_id, safe='')}{rest}"


def item(item_id: str) -> str:
    return f"{ROOT}/catalogue/item?id={quote(item_id, safe='')}"


def pages(
    user_id: str, item_id: str, run_id: str, chunk_id: int, list_id: str
) -> Mapping[str, str]:
    """All of them, about this person, item and list."""
    return {
        "people": f"{ROOT}/people",
        "people-attention": f"{ROOT}/people?order=attention",
        "person": person(user_id),
        "person-earlier": person(user_id, "?revision=1"),
        "chunk": person(user_id, f"/chunks/{chunk_id}"),
        "time": person(user_id, "/time"),
        "runs": person(user_id, "/runs"),
        "lists": person(user_id, "/lists"),
        "list": person(user_id, f"/lists/{list_id}"),
        "try": person(user_id, "/try?instruction=something+quiet&k=5"),
        "data": person(user_id, "/data"),
        "planner": f"{ROOT}/planner",
        "run": f"{ROOT}/planner/{run_id}",
        "catalogue": f"{ROOT}/catalogue",
        "catalogue-words": f"{ROOT}/catalogue?q=love&by=words",
        "catalogue-meaning": f"{ROOT}/catalogue?q=dragons+and+magic&by=meaning",
        "item": item(item_id),
        "replays": f"{ROOT}/replays",
        "system": f"{ROOT}/system",
        "missing": f"{ROOT}/nothing",
    }
