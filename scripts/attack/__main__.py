"""python -m scripts.attack [--data FOLDER] [--people N] [--items N] [--targets N] [--seed N]

How many fake people it takes to move an item that ranks last of ten for somebody, under an
instruction of theirs, into the first three. All fakes know the person's latest items and like them
too; some also know the instruction, and praise the item in its words. Prints a table in Markdown.
The world is the demo's or, with FOLDER, that of recorded people in InstructRec form.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from credence.app.adapters import embedded_postgres
from credence.app.bootstrap import Application, assemble
from credence.app.settings import Settings
from credence.app.stock import put_items
from credence.cli.histories import Histories, of_a_folder, of_the_demo
from credence.inference.encoder import SentenceEncoder
from credence.memory.collaborative.contribution import Contribution
from credence.memory.model import Action, Item, Person
from credence.memory.record_events import NewEvent
from credence.planner.counter import Ask, Counter
from credence.planner.recommend import recommend
from scripts.attack.besieged import Besieged, Crowd, Parts, honest_parts, undefended
from scripts.attack.fakes import SILENT, Writes, disguises, fakes
from scripts.bench.worlds import fresh_database, ingest

STEPS = (1, 2, 3, 5, 8, 13, 21, 40, 80)
_TOP = 3
_CANDIDATES = 10
_NEVER = float("inf")
_INSTRUCTIONS = (  # of demo people, who come without one
    "something warm and funny for a quiet evening",
    "a slow, beautiful story about a family",
    "a clever mystery with a twist",
    "something tense and dark",
    "an adventure with wonder in it",
)
_MERE_PRAISE = "a gem, moving and beautifully made"
_DEFENCES = ((True, 3), (False, 3), (True, 1), (False, 1))  # twins count once, least people


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Whom the fakes are after, and which item."""

    person: Person
    instruction: str
    candidates: tuple[str, ...]
    item_id: str
    liked: tuple[str, ...]  # the person's latest items


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.attack", description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder in InstructRec form")
    parser.add_argument("--people", type=int, default=200, help="at most so many of a folder")
    parser.add_argument("--items", type=int, default=1_000, help="at most so many of a folder")
    parser.add_argument("--targets", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    now = datetime.now(UTC)
    if chosen.data is None:
        histories = of_the_demo(now)
    else:
        histories = of_a_folder(
            chosen.data, now=now, most_people=chosen.people, most_items=chosen.items
        )
    with tempfile.TemporaryDirectory(prefix="credence-attack-") as folder:
        database = fresh_database(embedded_postgres.start(Path(folder) / "pg"), "attack")
        lines = asyncio.run(
            _attacked(database, histories, targets=chosen.targets, seed=chosen.seed, now=now)
        )
    print("\n".join(lines))


async def _attacked(
    database: str, histories: Histories, *, targets: int, seed: int, now: datetime
) -> list[str]:
    app = assemble(Settings(worker=False), database, SentenceEncoder())
    await _live(app, histories, now=now)
    parts = await honest_parts(app.engine)
    # Instructions come again and again, with nothing else to encode.
    counter = replace(app.counter, embed=app.encoder.embed_phrases)
    marks = await _targets(counter, histories, parts, app, count=targets, seed=seed)
    words = app.worker.context.words
    assert words is not None
    sentences = [e["text"] for e in histories.events if e["text"]]
    rows = [
        f"World {histories.name}: {len(histories.people)} people, {len(histories.items)} items; "
        f"{len(marks)} targets, seed {seed}. The least number of fakes, of "
        f"{', '.join(map(str, STEPS))}, that bring the item from rank {_CANDIDATES} of "
        f"{_CANDIDATES} into the first {_TOP}: median (range); how many targets fell.",
        "",
        "| fakes write | " + " | ".join(_defence(*each) for each in _DEFENCES) + " |",
        "|" + "---|" * (len(_DEFENCES) + 1),
    ]
    for name, writes, echo in _attacks(disguises(sentences)):
        cells = []
        for twins, least in _DEFENCES:
            with nullcontext() if twins else undefended():
                crowd = Crowd(parts, least=least)
                needed = []
                for mark in marks:
                    everybody = fakes(
                        STEPS[-1],
                        target=mark.item_id,
                        liked=mark.liked,
                        praise=mark.instruction if echo else _MERE_PRAISE,
                        writes=writes,
                        words=words,
                        at=now,
                        seed=seed,
                    )
                    needed.append(await _needed(mark, crowd, everybody, counter, app))
            cells.append(_summary(needed))
        rows.append(f"| {name} | {' | '.join(cells)} |")
    await app.close()
    return rows


def _attacks(how: Mapping[str, Writes]) -> Iterator[tuple[str, Writes, bool]]:
    """Name, what fakes write, and whether they write it in the words of the instruction."""
    for name, writes in how.items():
        if name == SILENT:
            yield name, writes, False
        else:
            yield f"{name}, those of the instruction", writes, True
            yield f"{name}, mere praise", writes, False


def _defence(twins: bool, least: int) -> str:
    words = "near-duplicates count once" if twins else "no such defence"
    return f"{words}, {least} {'person' if least == 1 else 'people'} at least"


async def _live(app: Application, histories: Histories, *, now: datetime) -> None:
    """The catalogue, and everybody's history through the planner and the keeper."""
    items = [
        Item(**(body | {name: tuple(body[name]) for name in ("categories", "creators")}))
        for body in histories.items
    ]
    await put_items("default", items, encoder=app.encoder, engine=app.engine, now=now)
    told = [
        NewEvent(
            **(
                event
                | {
                    "action": Action(event["action"]),
                    "occurred_at": datetime.fromisoformat(event["occurred_at"]),
                    "metadata": {},
                }
            )
        )
        for event in histories.events
    ]
    await ingest(app, told)
    await app.worker.drain()
    await app.keeper.settle()


async def _targets(
    counter: Counter,
    histories: Histories,
    parts: Parts,
    app: Application,
    *,
    count: int,
    seed: int,
) -> list[Target]:
    """People, and of ten items that they do not know the one that ranks last for them."""
    dice = random.Random(seed)
    items = sorted(body["item_id"] for body in histories.items)
    own = histories.name != "demo"
    able = [p for p in sorted(histories.people) if not own or p in histories.instructions]
    shelf = Besieged(app.shelf, Crowd(parts, least=counter.least_people))
    marks = []
    for number, user_id in enumerate(dice.sample(able, min(count, len(able)))):
        person = Person("default", user_id)
        seen = [s.event.item_id for s in (await shelf.taste(person)).recent if s.event.item_id]
        dealt_with = {e["item_id"] for e in histories.events if e["user_id"] == user_id}
        candidates = tuple(dice.sample([i for i in items if i not in dealt_with], _CANDIDATES))
        instruction = (
            histories.instructions[user_id] if own else _INSTRUCTIONS[number % len(_INSTRUCTIONS)]
        )
        mark = Target(
            person=person,
            instruction=instruction,
            candidates=candidates,
            item_id="",
            liked=tuple(dict.fromkeys(seen)),
        )
        ranked = await _ranked(mark, shelf, counter)
        marks.append(replace(mark, item_id=ranked[-1]))
    return marks


async def _ranked(mark: Target, shelf: Besieged, counter: Counter) -> list[str]:
    ask = Ask(
        tenant="default",
        user_id=mark.person.user_id,
        instruction=mark.instruction,
        candidates=mark.candidates,
        k=_CANDIDATES,
    )
    made = await recommend(ask, replace(counter, shelf=shelf))
    return [one.item.item_id for one in made.items]


async def _needed(
    mark: Target,
    crowd: Crowd,
    everybody: Sequence[Sequence[Contribution]],
    counter: Counter,
    app: Application,
) -> float:
    """The first of the steps at which the item is among the first three; 0 without any fake."""
    counter = replace(counter, least_people=crowd.least)
    for step in (0, *STEPS):
        shelf = Besieged(app.shelf, crowd.joined_by(everybody[:step]))
        if mark.item_id in (await _ranked(mark, shelf, counter))[:_TOP]:
            return step
    return _NEVER


def _summary(needed: Sequence[float]) -> str:
    fell = sum(number < _NEVER for number in needed)
    low, high = (_shown(number) for number in (min(needed), max(needed)))
    # Of two in the middle the lower one: half of a fake and infinity mean nothing.
    return f"{_shown(statistics.median_low(needed))} ({low} to {high}); {fell}"


def _shown(number: float) -> str:
    return f"over {STEPS[-1]}" if number == _NEVER else f"{number:.0f}"


if __name__ == "__main__":
    main()
