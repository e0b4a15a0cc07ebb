"""Recommending among candidates over HTTP, against the bare encoder call."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from functools import partial

from credence.demo.content import demo_items
from credence.inference.encoder import SentenceEncoder
from scripts.bench.figure import Figure, percentile
from scripts.bench.serving import Client, served, timed
from scripts.bench.worlds import events, fill, fresh_database

_REGULARS = 40  # people who come back
_TURN = 200  # calls that one side makes before the other's turn
_MOODS = [
    "warm",
    "funny",
    "tense",
    "bleak",
    "hopeful",
    "strange",
    "lyrical",
    "brisk",
    "tender",
    "eerie",
    "wry",
    "epic",
    "quiet",
]
_THINGS = [
    "heists",
    "families",
    "oceans",
    "robots",
    "letters",
    "detectives",
    "kitchens",
    "wars",
    "islands",
    "schools",
]


def recommend(server: str, encoder: SentenceEncoder, *, quick: bool) -> list[Figure]:
    """Ranking 10 candidates for a known person with an instruction, against encoding it.

    Both sides get instructions never seen before, and take turns of 200 calls. Forty people come
    back again and again; then each of many people comes once, with nothing kept at hand.
    """
    turns = 2 if quick else 6
    strangers = turns * _TURN
    database = fresh_database(server, "bench_recommend")
    asyncio.run(fill(database, encoder, events(_REGULARS + strangers, 18, seed=1), advance=True))
    dice = random.Random(2)
    words = instructions(dice)
    once = iter(range(_REGULARS, _REGULARS + strangers))
    figures = []
    with served(database, worker=False) as port:
        again = partial(dice.randrange, _REGULARS)
        for callers in (1, 8):
            what = f"{callers} client(s)"
            figures += _compared(
                port, encoder, words, again, callers=callers, turns=turns, what=what
            )
        what = "1 client, people not seen before"
        figures += _compared(
            port, encoder, words, partial(next, once), callers=1, turns=turns, what=what
        )
    return figures


def _compared(
    port: int,
    encoder: SentenceEncoder,
    words: Iterator[str],
    person: Callable[[], int],
    *,
    callers: int,
    turns: int,
    what: str,
) -> list[Figure]:
    dice = random.Random(callers)
    items = [item.item_id for item in demo_items()]
    clients = [Client(port) for _ in range(callers)]
    ours: list[float] = []
    bare: list[float] = []
    for turn in range(turns):
        asked = [next(words) for _ in range(_TURN)]
        http_calls: list[Callable[[], object]] = [
            partial(recommended, clients[i % callers], body(person(), text, items, dice))
            for i, text in enumerate(asked)
        ]
        bare_calls = [partial(encoder.encode, [text]) for text in asked]
        seconds = (timed(http_calls, callers=callers), timed(bare_calls, callers=callers))
        if turn > 0:  # the first turn warms both sides
            ours += seconds[0]
            bare += seconds[1]
    return [
        Figure(
            f"recommend among 10, {what}, p{share * 100:.0f}, over the bare encoder call",
            percentile(ours, share),
            percentile(bare, share),
            "ms",
            target,
        )
        for share, target in ((0.5, "<= 1.7"), (0.99, "<= 3"))
    ]


def instructions(dice: random.Random) -> Iterator[str]:
    for number in range(100_000):
        first, second = dice.sample(_MOODS, 2)
        yield f"something {first} and {second} about {dice.choice(_THINGS)}, number {number}"


def body(person: int, instruction: str, items: list[str], dice: random.Random) -> dict[str, object]:
    return {
        "user_id": f"person-{person:06d}",
        "instruction": instruction,
        "candidates": dice.sample(items, 10),
        "k": 10,
    }


def recommended(client: Client, body: object) -> None:
    status, answer = client.call("POST", "/v1/recommendations", body)
    if status != 200:
        raise SystemExit(f"a recommendation failed: {answer[:300]!r}")
