"""python -m scripts.llm faults|tokens|throughput --data FOLDER [--people N] [--events N] [--seed N]

What the path to language models holds out, costs and carries, measured over real HTTP against the
development server, a process of its own. The people are those of a folder in InstructRec form.
Prints tables in Markdown. `faults` ends with status 1 where something was lost or made up.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import tempfile
from pathlib import Path

from uvicorn.loops.auto import auto_loop_factory

from credence.app.adapters import embedded_postgres
from credence.inference.encoder import SentenceEncoder
from scripts.llm import faults, throughput, tokens
from scripts.llm.world import Bench, world_of

_STUDIES = {"faults": faults.study, "tokens": tokens.study, "throughput": throughput.study}
_PEOPLE = {"faults": 100, "tokens": 100, "throughput": 300}
_EVENTS = {"faults": 12, "tokens": 15, "throughput": 3}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.llm", description=__doc__)
    parser.add_argument("study", choices=_STUDIES)
    parser.add_argument("--data", type=Path, required=True, help="a folder in InstructRec form")
    parser.add_argument("--people", type=int, help="at most so many")
    parser.add_argument("--events", type=int, help="of each person at most so many, the first ones")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)  # what goes wrong on purpose is in the tables
    people = chosen.people or _PEOPLE[chosen.study]
    events = chosen.events or _EVENTS[chosen.study]
    world = world_of(chosen.data, people=people, events=events)
    with tempfile.TemporaryDirectory(prefix="credence-llm-") as folder:
        server = embedded_postgres.start(Path(folder) / "postgres")
        bench = Bench(server=server, encoder=SentenceEncoder(), world=world)
        gc.freeze()  # as a server does, on its kind of event loop
        with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
            report = runner.run(_STUDIES[chosen.study](bench, seed=chosen.seed))
    print(report.text)
    raise SystemExit(1 if report.broken else 0)


if __name__ == "__main__":
    main()
