"""python -m scripts.bench [recommend] [ingest] [lifecycle] [belief] [collaborative] [growth]
                        [--quick] [--json] [--events N]

Without names all but growth, which takes long; --events is for growth.

Everything runs here: a server process on an embedded Postgres in a temporary folder, and clients
in threads over real HTTP. Machines are noisy: the two sides of a ratio take turns, and medians
are quoted. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from credence.app.adapters import embedded_postgres
from credence.inference.encoder import SentenceEncoder
from scripts.bench.belief import belief
from scripts.bench.collaborative import collaborative
from scripts.bench.figure import Figure
from scripts.bench.growth import growth
from scripts.bench.ingest import ingest
from scripts.bench.lifecycle import lifecycle
from scripts.bench.recommend import recommend

MEASURES: dict[str, Callable[..., list[Figure]]] = {
    "recommend": recommend,
    "ingest": ingest,
    "lifecycle": lifecycle,
    "belief": belief,
    "collaborative": collaborative,
    "growth": growth,
}
_ASKED_FOR = {"growth"}  # measured only where it is named


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.bench", description="What Credence costs."
    )
    parser.add_argument("measures", nargs="*", help=", ".join(MEASURES), metavar="measure")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller worlds")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--events", type=int, help="at most so many in growth", metavar="N")
    chosen = parser.parse_args()
    unknown = set(chosen.measures) - MEASURES.keys()
    if unknown:
        names = ", ".join(sorted(unknown))
        parser.error(f"no such measure: {names}; there are {', '.join(MEASURES)}")
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="credence-bench-") as folder:
        server = embedded_postgres.start(Path(folder) / "postgres")
        encoder = SentenceEncoder()
        for name in chosen.measures or [name for name in MEASURES if name not in _ASKED_FOR]:
            more = {"most": chosen.events} if name == "growth" and chosen.events else {}
            figures += MEASURES[name](server, encoder, quick=chosen.quick, **more)
    if chosen.json:
        print(json.dumps([vars(figure) | {"ratio": figure.ratio} for figure in figures], indent=1))
        return
    for figure in figures:
        print(
            f"{figure.what}\n    {figure.ours:,.1f} {figure.unit} / {figure.baseline:,.1f} "
            f"{figure.unit} = {figure.ratio:.2f} (target {figure.target})"
        )


if __name__ == "__main__":
    main()
