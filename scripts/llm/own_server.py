"""python -m scripts.llm.own_server --port N [--latency-ms N] [--remember]

The development server with the minds of the systems that replays ask as well. With --remember it
thinks about the same document once: asked the same again, it has next to nothing to compute.
"""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from dataclasses import replace

from credence.app.llm_dev.brain import Brain, built_in
from credence.app.llm_dev.desk import Manners
from credence.app.llm_dev.mind import Mind, ReadT, WrittenT
from credence.app.llm_dev.serving import server
from credence.app.llm_dev.web import build_app
from credence.inference.encoder import BatchingEncoder, SentenceEncoder
from credence.replay.asking.stand_in import minds as of_replays


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.llm.own_server", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--remember", action="store_true")
    chosen = parser.parse_args()
    embed = BatchingEncoder(SentenceEncoder()).embed_phrases
    minds = {**built_in(embed).minds, **of_replays(embed)}
    if chosen.remember:
        minds = {role: _remembering(mind) for role, mind in minds.items()}
    manners = Manners(latency_seconds=chosen.latency_ms / 1000)
    app = build_app(Brain(minds), manners=manners)
    server(app, host="127.0.0.1", port=chosen.port).run()


def _remembering(mind: Mind[ReadT, WrittenT]) -> Mind[ReadT, WrittenT]:
    return replace(mind, thinks=_once(mind.thinks))


def _once(
    thinks: Callable[[ReadT], Awaitable[WrittenT]],
) -> Callable[[ReadT], Awaitable[WrittenT]]:
    known: dict[str, WrittenT] = {}

    async def recall(document: ReadT) -> WrittenT:
        key = document.model_dump_json()
        if key not in known:
            known[key] = await thinks(document)
        return known[key]

    return recall


if __name__ == "__main__":
    main()
