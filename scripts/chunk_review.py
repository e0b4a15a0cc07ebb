"""Print the chunks and the profile of real people, to be judged by eye.

    python scripts/chunk_review.py --data FOLDER --people 10 --seed 7

FOLDER holds data in InstructRec form. The last interaction of every person is left out.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import gzip
import json
import random
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credence.inference.encoder import SentenceEncoder
from credence.memory.lifecycle.bearing import Bearing
from credence.memory.model import Action, Belief, Chunk, Event, Item, Status, Vector
from credence.memory.strength import (
    add_evidence,
    contradicting,
    faded,
    standing,
    statement,
    supporting,
)
from credence.planner.extraction.extractor import BuiltInExtractor
from credence.planner.extraction.witnessed import Witnessed
from credence.planner.matching import match, near_duplicates
from credence.planner.synthesis.synthesizer import BuiltInSynthesizer

BATCH = 3  # pending events at which the lifecycle runs
LONGEST_HISTORY = 60
FORGOTTEN = 0.1  # evidence left under which the lifecycle forgets a chunk
TOP_LEVEL = frozenset({"Books", "CDs & Vinyl", "Movies & TV"})


class Encoder:
    """The bundled sentence encoder with a cache of phrases."""

    def __init__(self) -> None:
        self._model = SentenceEncoder()
        self._cache: dict[str, Vector] = {}
        self.seconds = 0.0  # of processor time

    async def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n,) texts to (n, D) unit rows."""
        began = process_time()
        missing = sorted({text for text in texts if text not in self._cache})
        if missing:
            self._cache.update(zip(missing, self._model.encode(missing), strict=True))
        self.seconds += process_time() - began
        return np.stack([self._cache[text] for text in texts])


def read_items(folder: Path) -> dict[int, Item]:
    """Items by index; creators and categories are read from the start of the description."""
    path = next(folder.glob("combined_*_asin_mapping.csv"))
    csv.field_size_limit(10**8)
    with path.open(encoding="utf-8", newline="") as file:
        return {int(row["index"]): _item(row) for row in csv.DictReader(file)}


_CREATORS = re.compile(
    r"(?:By|Directed by) ((?:.+?)(?=\. (?:Genres|Categories):)|(?:.+?)(?=\. [A-Z\"'(\d]|\.$))\."
)
_LABELS = re.compile(r"(?:Genres|Categories): (.*?)\.(?:\s|$)")


def _item(row: dict[str, str]) -> Item:
    text = re.sub(r"""^\[['"]|['"]\]$""", "", row["description"]).replace("\\'", "'")
    found = {"creators": "", "labels": ""}
    for name, lead in (("creators", _CREATORS), ("labels", _LABELS), ("creators", _CREATORS)):
        if opening := lead.match(text):
            found[name], text = opening[1], text[opening.end() :].strip()
    labels = [label for label in re.split(r"[,;] ", found["labels"]) if label not in TOP_LEVEL]
    return Item(
        item_id=row["asin"],
        title=row["title"],
        description=text,
        categories=tuple(filter(None, labels)),
        creators=tuple(filter(None, re.split(r", | and ", found["creators"]))),
    )


def read_people(folder: Path) -> list[dict[str, Any]]:
    """Rows of people in the order of the file."""
    path = next(folder.glob("*_users.jsonl.gz"))
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def read_events(person: dict[str, Any]) -> list[tuple[int, Event]]:
    """Pairs of item index and event, oldest first, without the last one, the target."""
    history = person["interactions"][:-1][-LONGEST_HISTORY:]
    events = []
    for seq, row in enumerate(history, start=1):
        at = datetime.fromtimestamp(row["timestamp"], UTC)
        event = Event(
            seq=seq,
            item_id=str(row["item"]),
            action=Action.REVIEW if row["review"] else Action.RATING,
            rating=row["rating"],
            text=row["review"] or "",
            metadata={},
            occurred_at=at,
            recorded_at=at,
        )
        events.append((row["item"], event))
    return events


class Story:
    """One person's belief as it grows, with the first words each chunk rests on."""

    def __init__(self, embed: Encoder, half_life: timedelta) -> None:
        self._embed = embed
        self._half_life = half_life
        self._extract = BuiltInExtractor(embed)
        self.belief = Belief()
        self.words: dict[int, str] = {}
        self.seconds = 0.0  # of processor time in extraction and matching
        self._vectors: dict[int, Vector] = {}

    async def take(self, batch: Sequence[Witnessed]) -> None:
        """Extract, match and merge one batch of events."""
        began, spent = process_time(), self._embed.seconds
        findings = (await self._extract(self.belief, batch)).findings
        self.seconds += process_time() - began - (self._embed.seconds - spent)
        if not findings:
            return
        vectors = await self._embed([finding.topic for finding in findings])
        began = process_time()
        bearings = match(findings, vectors, self.belief, self._vectors)
        self.seconds += process_time() - began
        for bearing in bearings:
            await self._count(bearing)
        for keep, drop in near_duplicates(self.belief, self._vectors):
            self._merge(keep, drop)

    async def _count(self, bearing: Bearing) -> None:
        finding, chunk = bearing.finding, None
        if bearing.chunk_id is not None:
            chunk = self.belief.chunk(bearing.chunk_id)
        else:
            chunk = next((c for c in self.belief.active if c.text == finding.topic), None)
        if chunk is None:
            chunk = Chunk(
                chunk_id=self.belief.next_chunk_id,
                category=finding.category,
                text=finding.topic,
                liking=0.0,
                disliking=0.0,
                as_of=finding.occurred_at,
                likes=0,
                dislikes=0,
                first_evidence_at=finding.occurred_at,
                last_evidence_at=finding.occurred_at,
            )
            self.belief = replace(self.belief, chunks=(*self.belief.chunks, chunk))
            self._vectors[chunk.chunk_id] = (await self._embed([chunk.text]))[0]
        self.words.setdefault(chunk.chunk_id, f"{finding.weight:+.2f} {finding.words}")
        self._put(
            add_evidence(chunk, finding.weight, finding.occurred_at, half_life=self._half_life)
        )

    def _merge(self, keep_id: int, drop_id: int) -> None:
        keep, drop = self.belief.chunk(keep_id), self.belief.chunk(drop_id)
        assert keep is not None and drop is not None
        self._put(
            replace(
                keep,
                liking=keep.liking + drop.liking,
                disliking=keep.disliking + drop.disliking,
                likes=keep.likes + drop.likes,
                dislikes=keep.dislikes + drop.dislikes,
            )
        )
        self._put(replace(drop, status=Status.MERGED, merged_into=keep_id))

    def _put(self, chunk: Chunk) -> None:
        chunks = (chunk if c.chunk_id == chunk.chunk_id else c for c in self.belief.chunks)
        self.belief = replace(self.belief, chunks=tuple(chunks))


def _evidence(chunk: Chunk, now: datetime, half_life: timedelta) -> float:
    mass = chunk.liking + chunk.disliking
    return faded(mass, since=chunk.as_of, now=now, half_life=half_life)


async def review(
    person: dict[str, Any], items: dict[int, Item], embed: Encoder, half_life: timedelta
) -> float:
    """Print one person; answers the processor time an event took, in milliseconds."""
    events = read_events(person)
    story = Story(embed, half_life)
    known = [items[index] for index, _ in events]
    vectors = await embed([f"{item.title}. {item.description}"[:500] for item in known])
    seen = [
        Witnessed(event=event, item=item, item_vector=vector)
        for (_, event), item, vector in zip(events, known, vectors, strict=True)
    ]
    for start in range(0, len(seen), BATCH):
        await story.take(seen[start : start + BATCH])
    now = events[-1][1].occurred_at
    remembered = [
        chunk for chunk in story.belief.active if _evidence(chunk, now, half_life) >= FORGOTTEN
    ]
    belief = replace(story.belief, chunks=tuple(remembered))
    print(f"\n=== {person['reviewerID']}: {len(events)} events, {len(remembered)} chunks")
    stands = [(chunk, standing(chunk, now=now, half_life=half_life)) for chunk in remembered]
    for chunk, stand in sorted(stands, key=lambda pair: -abs(pair[1].strength)):
        print(
            f"{chunk.chunk_id:3d} [{chunk.category}] {statement(chunk)} | {stand.strength:+.2f}"
            f" conf {stand.confidence:.2f} +{supporting(chunk)}-{contradicting(chunk)}"
            f" | {story.words[chunk.chunk_id][:110]}"
        )
    sentences = (await BuiltInSynthesizer(half_life)(belief, now=now)).sentences
    text = " ".join(sentence.text for sentence in sentences)
    print(f"--- {len(text.split())} words: {text}")
    return 1_000 * story.seconds / len(events)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--half-life-days", type=float, default=180)
    options = parser.parse_args()
    half_life = timedelta(days=options.half_life_days)
    items, people = read_items(options.data), read_people(options.data)
    embed = Encoder()
    picked = random.Random(options.seed).sample(people, options.people)
    costs = [await review(person, items, embed, half_life) for person in picked]
    print(f"\n{median(costs):.2f} ms of processor time an event, for the median person")


if __name__ == "__main__":
    asyncio.run(main())
