"""More people who read the books of a domain."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from credence.replay.errors import FolderIncomplete, MalformedData
from credence.replay.loaders.goodreads_extra import load_more, same_people
from credence.replay.people import Interaction
from tests.unit.replay.worlds import a_domain

NAMES = {"Dune_-_Herbert": "7", "Emma_-_Austen": "8"}


def write(folder: Path, *people: dict[str, Any]) -> Path:
    folder.mkdir(exist_ok=True)
    with gzip.open(folder / "users.jsonl.gz", "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(person) + "\n" for person in people)
    return folder


def read(item: str, **changes: object) -> dict[str, object]:
    return {"item": item, "rating": 4.0, "timestamp": 86_400, "review": "A tale."} | changes


def done(item_id: str) -> Interaction:
    return Interaction(item_id=item_id, rating=None, review="", timestamp=None)


def test_items_are_those_of_the_domain_and_others_are_left_out(tmp_path: Path) -> None:
    story = [read("Dune_-_Herbert"), read("Unheard_of"), read("Emma_-_Austen", rating=None)]

    found = load_more(write(tmp_path, {"user": "g", "interactions": story}), a_domain(2), NAMES)

    assert [(i.item_id, i.rating, i.review) for i in found["g"]] == [
        ("7", 4.0, "A tale."),
        ("8", None, "A tale."),
    ]


def test_who_is_in_the_domain_under_another_name_is_left_out(tmp_path: Path) -> None:
    domain = a_domain(2)
    names = {f"book {n}": str(n) for n in range(80)}
    known = [read(f"book {i.item_id}") for i in domain.people[0].history]
    target = read(f"book {domain.people[0].target}")
    people = [
        {"user": "the same", "interactions": [*known, target]},
        {"user": "a stranger", "interactions": [*known[:3], target]},
    ]

    found = load_more(write(tmp_path, *people), domain, names)

    assert set(found) == {"a stranger"}


def test_who_did_most_of_a_history_is_taken_for_its_owner() -> None:
    domain = a_domain(1)
    history = [i.item_id for i in domain.people[0].history]

    same = same_people(
        {f"{n} of 8": tuple(done(item_id) for item_id in history[:n]) for n in range(9)}, domain
    )

    assert same == {f"{n} of 8" for n in (5, 6, 7, 8)}


def test_a_folder_without_people_and_a_broken_one_are_named(tmp_path: Path) -> None:
    with pytest.raises(FolderIncomplete, match="users"):
        load_more(tmp_path, a_domain(1), NAMES)
    with pytest.raises(MalformedData, match="users"):
        load_more(write(tmp_path, {"user": "g"}), a_domain(1), NAMES)
