"""Print what recorded people did and wrote, and what is believed of them, to be judged by eye.

`python -m scripts.chunk_review --data FOLDER --people 10 --seed 7`: people drawn from one domain in
InstructRec form, read by the built-in lifecycle as `credence.replay.belief` has it for training,
with their targets left out; their chunks, the strongest first, and their profile. Most of its time
goes into encoding the catalogue, which `--cache` keeps.
"""

from __future__ import annotations

import argparse
import asyncio
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from credence.memory.lifecycle.draft import Rules
from credence.memory.model import Belief
from credence.memory.strength import contradicting, standing, statement, supporting
from credence.planner.synthesis.synthesizer import BuiltInSynthesizer
from credence.replay.belief import Lived, live
from credence.replay.bundled import remembered
from credence.replay.encoded import EncodedDomain, encode_domain
from credence.replay.loaders.instructrec import load_domain

_BEGINNING = 200  # characters of what somebody wrote


def did(lived: Lived, encoded: EncodedDomain) -> Iterator[str]:
    """Each event in a line, oldest first."""
    for event in lived.events:
        title = encoded.items[event.item_id or ""].title
        rating = "" if event.rating is None else f" {event.rating:g}"
        yield f"    {title}{rating}: {' '.join(event.text.split())[:_BEGINNING]}"


def believed(lived: Lived, rules: Rules) -> Iterator[str]:
    """Each chunk in a line, the strongest first."""
    stands = [(c, standing(c, now=lived.now, half_life=rules.half_life)) for c in lived.chunks]
    for chunk, stand in sorted(stands, key=lambda of: (-abs(of[1].strength), of[0].chunk_id)):
        yield (
            f"{chunk.chunk_id:3d} [{chunk.category}] {statement(chunk)} | {stand.strength:+.2f} "
            f"confidence {stand.confidence:.2f} +{supporting(chunk)}-{contradicting(chunk)}"
        )


async def review(asked: argparse.Namespace) -> None:
    """Print the people drawn, one after another."""
    rules = Rules(half_life=timedelta(days=asked.half_life_days))
    encoder = remembered(asked.cache)
    encoded = encode_domain(load_domain(asked.data), encoder)
    people = sorted(encoded.domain.people, key=lambda person: person.user_id)
    for person in random.Random(asked.seed).sample(people, asked.people):
        at = len(person.history)
        found = await live(person.history, encoded, at={at}, embed=encoder.embed, rules=rules)
        lived = found[at]
        narrative = await BuiltInSynthesizer(rules.half_life)(
            Belief(chunks=lived.chunks), now=lived.now
        )
        print(f"\n=== {person.user_id}: {at} events, {len(lived.chunks)} chunks")
        print(*did(lived, encoded), *believed(lived, rules), sep="\n")
        print("---", " ".join(sentence.text for sentence in narrative.sentences))


def main() -> None:
    """Read the options and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--half-life-days", type=float, default=Rules().half_life.days)
    parser.add_argument("--cache", type=Path)
    asyncio.run(review(parser.parse_args()))


if __name__ == "__main__":
    main()
