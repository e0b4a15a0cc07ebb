"""Reads the folder of more people who read the books of a domain: donors, never examined.

Most people of the domain itself are among them under another name, with their targets and what
they wrote of these. Whoever covers much of the history of somebody of the domain is taken for the
same person and left out; histories alone are compared, so no target is looked at.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from credence.replay.errors import FolderIncomplete, MalformedData
from credence.replay.loaders.descriptions import plain
from credence.replay.people import Domain, Interaction

_USERS = "users.jsonl.gz"
_SAME = 0.6  # share of a history from which on its owner is taken for the same person


def load_more(
    folder: Path, domain: Domain, names: Mapping[str, str]
) -> dict[str, tuple[Interaction, ...]]:
    """Histories by person, in the items of `domain`, without anybody who is in the domain.

    `names` are the domain's item ids by what the folder calls the items. Raises FolderIncomplete
    or MalformedData.
    """
    path = folder / _USERS
    if not path.exists():
        raise FolderIncomplete(f"no {_USERS} in {folder}")
    told: dict[str, tuple[Interaction, ...]] = {}
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                person = json.loads(line)
                told[str(person["user"])] = tuple(
                    Interaction(
                        item_id=names[done["item"]],
                        rating=None if done["rating"] is None else float(done["rating"]),
                        review=plain(done["review"]),
                        timestamp=datetime.fromtimestamp(done["timestamp"], UTC),
                    )
                    for done in person["interactions"]
                    if done["item"] in names
                )
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise MalformedData(f"{path} is not a list of people: {error!r}") from error
    known = same_people(told, domain)
    return {user_id: story for user_id, story in told.items() if user_id not in known}


def same_people(told: Mapping[str, Sequence[Interaction]], domain: Domain) -> frozenset[str]:
    """Those of `told` who did most of what somebody of the domain did before their exam."""
    who: dict[str, set[str]] = defaultdict(set)  # by item
    for user_id, story in told.items():
        for done in story:
            who[done.item_id].add(user_id)
    same: set[str] = set()
    for person in domain.people:
        history = {done.item_id for done in person.history}
        shared = Counter(user_id for item_id in history for user_id in who[item_id])
        same |= {user_id for user_id, n in shared.items() if n >= _SAME * len(history)}
    return frozenset(same)
