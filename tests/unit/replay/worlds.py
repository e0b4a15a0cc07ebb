"""A toy domain in InstructRec form, and an encoder that needs no model."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from credence.memory.model import Item
from credence.replay.people import Domain, Interaction, ReplayPerson

SECRET = "the target was my favourite heist"  # own review of a target: nobody may see it
GENRES = ("Heist", "Romance", "Westerns", "Horror")


def toy_encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """Bags of words in 64 hashed dimensions, unit rows."""
    rows = np.zeros((len(texts), 64), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        for word in text.casefold().replace(",", " ").replace(".", " ").split():
            row[hashlib.sha256(word.encode()).digest()[0] % 64] += 1.0
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float32] = rows / np.maximum(lengths, np.float32(1e-9))
    return unit


def an_item(index: int) -> Item:
    """Items go round the genres."""
    genre = GENRES[index % len(GENRES)]
    return Item(
        item_id=str(index),
        title=f"Title {index}",
        description=f"A {genre.lower()} number {index}",
        categories=(genre,),
    )


def a_person(user_id: str, *, genre: int, rng: np.random.Generator) -> ReplayPerson:
    """Somebody who takes one genre alone; so is the target."""
    own = [index for index in range(80) if index % len(GENRES) == genre]
    others = [index for index in range(80) if index % len(GENRES) != genre]
    *before, target = (str(index) for index in rng.choice(own, 9, replace=False))
    candidates = [target, *(str(index) for index in rng.choice(others, 9, replace=False))]
    rng.shuffle(candidates)
    return ReplayPerson(
        user_id=user_id,
        history=tuple(
            Interaction(item_id=item, rating=4.5, review="I loved it.", timestamp=None)
            for item in before
        ),
        instruction=f"something like {GENRES[genre].lower()}",
        target=target,
        candidates=tuple(candidates),
        candidates_matched=None,
        taken=frozenset([*before, target]),
    )


def a_domain(people: int = 40, *, seed: int = 0) -> Domain:
    """People of four tastes and 80 items."""
    rng = np.random.default_rng(seed)
    return Domain(
        name="toy",
        items=tuple(an_item(index) for index in range(80)),
        people=tuple(a_person(f"p{n}", genre=n % len(GENRES), rng=rng) for n in range(people)),
    )


def a_row(**changes: Any) -> dict[str, Any]:
    """One person as the released frames hold them."""
    row: dict[str, Any] = {
        "reviewerID": "anna",
        "asin": [0, 1, 2],
        "title": ["Zero", "One", "Two"],
        "description": ["", "", ""],
        "reviewText": ["fine", float("nan"), SECRET],
        "instruction": "a heist",
        "ranked_lists": np.array([2, 3, 4]),
    }
    return row | changes


def write_folder(
    folder: Path, rows: Sequence[dict[str, Any]], *, items: Sequence[Sequence[str]] | None = None
) -> Path:
    """A folder of the domain "toy" with frame and mapping."""
    folder.mkdir(parents=True, exist_ok=True)
    # Of objects, as in the release: what pandas takes for text today holds no half characters.
    pd.DataFrame(list(rows), dtype=object).to_pickle(folder / "toyAll_recagent.pkl")
    mapped = items or [
        [str(i), f"A{i}", f"Item {i}", "['Genres: Crime. A tale']"] for i in range(6)
    ]
    with (folder / "combined_toy_asin_mapping.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([["index", "asin", "title", "description"], *mapped])
    return folder


def write_users(folder: Path, people: Sequence[dict[str, Any]]) -> None:
    """The optional file of ratings and times."""
    with gzip.open(folder / "toy_users.jsonl.gz", "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(person) + "\n" for person in people)
