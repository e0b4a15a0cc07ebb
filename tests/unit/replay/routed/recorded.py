"""Folders of recorded toy people whose every review says whose it is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from credence.replay.people import Domain
from tests.unit.replay.worlds import a_domain, a_row, write_folder

SIZE = 384


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """Bags of words, unit rows as wide as a sentence encoder's."""
    rows = np.zeros((len(texts), SIZE), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        for word in text.casefold().replace(".", " ").split():
            digest = hashlib.sha256(word.encode()).digest()
            row[int.from_bytes(digest[:2], "big") % SIZE] += 1
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float32] = rows / np.maximum(lengths, np.float32(1e-9))
    return unit


class Listening:
    """The encoder, with all it was ever asked to read."""

    def __init__(self) -> None:
        self.heard: set[str] = set()

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.heard |= set(texts)
        return encode(texts)


def secret_of(user_id: str) -> str:
    """What a person wrote of the target of their exam."""
    return f"secretly adored by {user_id}."


def a_recorded_domain(
    root: Path, name: str, *, people: int = 12, seed: int = 0, says: str = ""
) -> Domain:
    """Write the folder of a toy domain below `root` and say what is in it.

    `says` is what every review begins with.
    """
    domain = a_domain(people, seed=seed)
    rows = [
        a_row(
            reviewerID=person.user_id,
            asin=[*(int(done.item_id) for done in person.history), int(person.target)],
            title=[""] * 9,
            description=[""] * 9,
            reviewText=[
                *(f"{says}item {done.item_id} moved {person.user_id}." for done in person.history),
                secret_of(person.user_id),
            ],
            instruction=person.instruction,
            ranked_lists=np.array([int(item) for item in person.candidates]),
        )
        for person in domain.people
    ]
    items = [[i.item_id, f"A{i.item_id}", i.title, i.description] for i in domain.items]
    folder = write_folder(root / name, rows, items=items)
    (folder / "toyAll_recagent.pkl").rename(folder / f"{name}All_recagent.pkl")
    mapping = "combined_{}_asin_mapping.csv"
    (folder / mapping.format("toy")).rename(folder / mapping.format(name))
    return domain
