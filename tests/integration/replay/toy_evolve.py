"""A small domain of long stories, each event with a word of its own, and studies on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from credence.app.settings import Settings
from credence.replay.asking.spent import Spent
from credence.replay.encoded import Encode
from credence.replay.evolving.run import Evolve, Watcher
from credence.replay.split import Half, half
from tests.unit.replay.worlds import a_row, write_folder, write_users

_PRAISE = {
    "heists": "A clever heist with a twist. I loved the heists and the witty crew.",
    "romance": "A slow-burn romance with lyrical prose. I loved the tender love story.",
    "horror": "A haunted house full of dread. I loved how eerie and scary it was.",
}
_ITEMS = 90
_BEGIN = 1_600_000_000  # seconds since 1970
LENGTH = 12  # of a story, before the target


def write_toy(folder: Path, *, people: int = 14, changed_from: int | None = None) -> Path:
    """People who praise one kind of item each; where it is said, those of the exam half do what
    they do from some event on in another order, ten years later, and like it less.
    """
    rng = np.random.default_rng(1)
    kinds = sorted(_PRAISE)
    rows, marked = [], []
    for number in range(people):
        kind, user_id = kinds[number % len(kinds)], f"p{number}"
        own = [index for index in range(_ITEMS) if index % len(kinds) == number % len(kinds)]
        chosen = [int(index) for index in rng.choice(own, LENGTH + 1, replace=False)]
        words = [f"{_PRAISE[kind]} {word(number, place)}" for place in range(LENGTH + 1)]
        places = range(LENGTH + 1)
        order, days, ratings = [*places], [*places], [4.5] * len(places)
        if changed_from is not None and half("toy", user_id) is Half.EXAM:
            later = slice(changed_from, LENGTH)
            order[later] = order[later][::-1]
            days[changed_from:] = [day + 3_650 for day in days[changed_from:]]
            ratings[later] = [3.0] * len(ratings[later])
        marks = [
            {"item": chosen[place], "rating": rating, "timestamp": _BEGIN + 86_400 * day}
            for place, rating, day in zip(order, ratings, days, strict=True)
        ]
        marked.append({"reviewerID": user_id, "interactions": marks})
        rows.append(
            a_row(
                reviewerID=user_id,
                asin=[chosen[place] for place in order],
                title=[f"Item {chosen[place]}" for place in order],
                description=[""] * (LENGTH + 1),
                reviewText=[words[place] for place in order],
                instruction=f"something with {kind}",
                ranked_lists=np.array(
                    [chosen[-1], *(i for i in range(_ITEMS) if i not in chosen)][:10]
                ),
            )
        )
    items = [
        [str(i), f"A{i}", f"Item {i}", f"A story of {kinds[i % len(kinds)]}, number {i}."]
        for i in range(_ITEMS)
    ]
    write_folder(folder, rows, items=items)
    write_users(folder, marked)
    return folder


def word(person: int, place: int) -> str:
    """What this person wrote of this item alone."""
    return f"quux{person}x{place}"


def a_study(
    data: Path,
    out: Path,
    database: str,
    encode: Encode,
    *,
    systems: tuple[str, ...] = ("credence",),
    spliced: bool = False,
    most: int | None = None,
    stride: int = 1,
    at_once: int = 3,
) -> Evolve:
    return Evolve(
        data=data,
        domain="toy",
        out=out,
        systems=systems,
        spliced=spliced,
        most=most,
        stride=stride,
        seed=0,
        at_once=at_once,
        database=database,
        settings=Settings(_env_file=None),  # type: ignore[call-arg]
        command="credence replay evolve",
        encode=encode,
        cache=None,
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def a_watcher(
    asking: Callable[[str, int], None] = lambda user_id, step: None,
    built: Callable[[], None] = lambda: None,
) -> Watcher:
    def walking(user_id: str, step: int, spent: Spent) -> None:
        asking(user_id, step)

    return Watcher(building=lambda system, people: built, walking=lambda system, questions: walking)
