"""How far the centre of a catalogue may move before its expert is no longer asked.

`python -m scripts.moved_centre --data DATA`: the shipped router over exams as the data has them, of
people whom no shipped weights were fitted on, whose catalogue's centre is turned away from where it
was, in random directions, to a cosine of so much; how many of the lists go to each expert. And how
far halves of the catalogue's items lie from each other and from all of them. Minutes on one core,
most of them for encoding, which `--cache` keeps.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from credence.app.listing import list_case
from credence.inference.listwise.bundle import read, shipped
from credence.inference.listwise.case import ListCase
from credence.inference.listwise.ranking import RoutedLists
from credence.inference.words import WordEncoder
from credence.replay.bundled import remembered
from credence.replay.crowd import crowd_of
from credence.replay.encoded import EncodedDomain, RememberedEncoder, encode_domain
from credence.replay.loaders.instructrec import load_domain, load_training_targets
from credence.replay.positions import exams_of
from credence.replay.questions import put
from credence.replay.split import Half, half

Vector = NDArray[np.float32]
COSINES = (1.0, 0.9995, 0.999, 0.998, 0.997, 0.996, 0.99)


async def some_lists(asked: argparse.Namespace, words: RememberedEncoder) -> tuple[Any, ...]:
    """The encoded domain, and the cases of some exams of its exam half, as they are asked."""
    encoder = remembered(asked.cache)
    encoded = encode_domain(load_domain(asked.data / asked.domain), encoder)
    targets = load_training_targets(asked.data).get(asked.domain, {})
    people = encoded.domain.people
    sitting = [one for one in people if half(asked.domain, one.user_id) is Half.EXAM]
    found = [list_ for one in sitting for list_ in exams_of(one)]
    print(f"{len(found)} lists of {len(sitting)} exam people, {asked.lists} of them drawn")
    dice = np.random.default_rng(asked.seed)
    some = [found[at] for at in sorted(dice.choice(len(found), asked.lists, replace=False))]
    crowd = crowd_of(encoded, targets, words)
    cases = [
        list_case(one.case, np.ones((1, one.case.pieces), dtype=np.bool_))
        async for one in put(some, encoded, encoder, crowd, words=words)
    ]
    return encoded, cases


def routed(
    lists: RoutedLists, cases: Sequence[ListCase], aside: Vector, cosine: float
) -> Counter[str]:
    """How many lists go to each expert when the centre is turned towards `aside` (D,)."""
    experts: Counter[str] = Counter()
    for case in cases:
        moved = turned(case.centre, aside, cosine)
        experts[lists.rank(replace(case, centre=moved)).route.expert] += 1
    return experts


def turned(centre: Vector, aside: Vector, cosine: float) -> Vector:
    """A vector as long as `centre` (D,) and at this cosine to it."""
    length = np.linalg.norm(centre)
    home = centre / length
    across = aside - (aside @ home) * home
    across /= np.linalg.norm(across)
    made: Vector = ((cosine * home + np.sqrt(1 - cosine**2) * across) * length).astype(np.float32)
    return made


def halves(encoded: EncodedDomain, dice: np.random.Generator) -> tuple[float, float]:
    """Cosines of the centre of a random half of the items: to the other half's, to that of all."""
    vectors = np.stack([*encoded.vectors.values()])
    here = dice.random(len(vectors)) < 0.5
    one, other = vectors[here].mean(axis=0), vectors[~here].mean(axis=0)
    return cosine_of(one, other), cosine_of(one, encoded.centre)


def cosine_of(one: Vector, other: Vector) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--domain", default="reads")
    parser.add_argument("--lists", type=int, default=80)
    parser.add_argument("--directions", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    words = RememberedEncoder(WordEncoder().encode)
    encoded, cases = asyncio.run(some_lists(asked, words))
    dice = np.random.default_rng(asked.seed)
    for _ in range(asked.directions):
        other, everything = halves(encoded, dice)
        print(f"a half of the items: cosine {other:.4f} to the other half, {everything:.4f} to all")
    lists = RoutedLists(read(shipped()))
    for direction in range(asked.directions):
        aside = dice.normal(size=len(encoded.centre)).astype(np.float32)
        for cosine in COSINES:
            told = routed(lists, cases, aside, cosine)
            print(f"direction {direction}, cosine {cosine}: {dict(told.most_common())}", flush=True)


if __name__ == "__main__":
    main()
