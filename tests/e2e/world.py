"""Somebody whose pages are looked at: a real person, and one whose every word is hostile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx

from tests.e2e.places import pages

ATTACK = '<img src=x onerror="window.attacked=1"><script>window.attacked=1</script>'
TURNED = "\u202eturned round\u202d \u0627\u0644\u0639\u0631\u0628\u064a\u0629"
LONG = "wordwithoutanyend" * 600  # over 10,000 characters
HOSTILE_PERSON = "\"><img src=x onerror='window.attacked=1'> \u202e{{7*7}}"
HOSTILE_ITEM = "a/b?c=d&e#f%00 <img src=x onerror=window.attacked=1>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """A person, and where to look."""

    user_id: str
    item_id: str
    chunk_id: int
    run_id: str
    list_id: str

    @property
    def pages(self) -> Mapping[str, str]:
        return pages(self.user_id, self.item_id, self.run_id, self.chunk_id, self.list_id)


def found(url: str, user_id: str, *, wish: str = "something quiet") -> Somebody:
    """What the API knows of a person, and a list that it shows them."""
    with httpx.Client(base_url=url, timeout=60) as api:
        whose = f"/v1/users/{quote(user_id, safe='')}"
        belief = _json(api.get(f"{whose}/belief"))
        runs = _json(api.get(f"{whose}/planner-runs"))["runs"]
        shown = _json(
            api.post("/v1/recommendations", json={"user_id": user_id, "instruction": wish})
        )
    return Somebody(
        user_id=user_id,
        item_id=next(e["item_id"] for e in belief["events"] if e["item_id"]),
        chunk_id=belief["chunks"][0]["chunk_id"],
        run_id=next(run["run_id"] for run in runs if run["outcome"] == "committed"),
        list_id=shown["impression_id"],
    )


def newcomer(url: str, user_id: str, like: Somebody) -> Somebody:
    """A person of their own, who writes of one item what moves the planner."""
    now = datetime.now(UTC)
    with httpx.Client(base_url=url, timeout=60) as api:
        whose = f"/v1/users/{quote(user_id, safe='')}"
        _json(api.put(whose, json={}))
        texts = (
            "I loved the world-building and the slow romance. Wonderful characters.",
            "The pacing is slow and the plot is predictable. I hated the violence.",
            "Funny and witty, with vivid world-building.",
        )
        events = [
            {"user_id": user_id, "item_id": like.item_id, "action": "review", "text": text}
            | {"rating": 2 if "hated" in text else 5}
            | {"occurred_at": (now - timedelta(days=9 - number)).isoformat()}
            for number, text in enumerate(texts)
        ]
        _json(api.post("/v1/events", json={"events": events}))
        _json(api.post(f"{whose}/belief/advance", json={}))
    return found(url, user_id)


def attacked(url: str, user_id: str = HOSTILE_PERSON) -> Somebody:
    """A person, items and events whose every text is hostile, and what the planner made of it."""
    now = datetime.now(UTC)
    texts = [ATTACK, TURNED, LONG[:9_000], f"I loved the world-building. {ATTACK}"]
    with httpx.Client(base_url=url, timeout=60) as api:
        for number, title in enumerate((f"{ATTACK} {TURNED}", LONG[:190], TURNED)):
            item = {
                "title": title,
                "description": f"{ATTACK} {LONG}",
                "categories": [ATTACK[:100], TURNED, LONG[:150]],
                "creators": [TURNED, LONG[:150]],
                "attributes": {ATTACK: [TURNED, LONG[:5_000]]},
            }
            address = f"/v1/items/{quote(f'{HOSTILE_ITEM}{number}', safe='')}"
            _json(api.put(address, json=item))
        whose = f"/v1/users/{quote(user_id, safe='')}"
        _json(api.put(whose, json={"attributes": {ATTACK: TURNED, "long": LONG[:5_000]}}))
        events = [
            {
                "user_id": user_id,
                "item_id": f"{HOSTILE_ITEM}{number % 3}",
                "action": "review",
                "rating": 5 - number % 5,
                "text": f"{texts[number % 4]} The characters are wonderful. The pacing is slow.",
                "occurred_at": (now - timedelta(days=12 - number)).isoformat(),
                "metadata": {ATTACK: TURNED},
            }
            for number in range(8)
        ]
        _json(api.post("/v1/events", json={"events": events}))
        _json(api.post(f"{whose}/belief/advance", json={}))
        belief = _json(api.get(f"{whose}/belief"))
        chunk = belief["chunks"][0]["chunk_id"]
        edit = {"text": f"{ATTACK}{TURNED}"[:190], "reason": ATTACK, "actor": TURNED}
        _json(api.patch(f"{whose}/belief/chunks/{chunk}", json=edit))
    return found(url, user_id, wish=f"{ATTACK} {TURNED} {LONG[:800]}")


def _json(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json()
