"""python -m scripts.bench [recommend] [ingest] [lifecycle] [belief] [collaborative] [rankers]
                        [growth] [admin] [catalogue] [routing] [adapters] [ranker-service] [--quick]
                        [--json] [--events N] [--device cuda] [--size 0.6b]

Without names all but growth, admin, catalogue and adapters, which take long. --events is for
growth, --device for routing, adapters and ranker-service, which need no database, and --size for
the first two of these.

Everything else runs here: a server process on an embedded Postgres in a temporary folder, and
clients in threads over real HTTP. Machines are noisy: the two sides of a ratio take turns, and
medians are quoted. No figure is asserted.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from credence.app.adapters import embedded_postgres
from credence.inference.encoder import SentenceEncoder
from scripts.bench.admin import admin
from scripts.bench.belief import belief
from scripts.bench.catalogue import catalogue
from scripts.bench.collaborative import collaborative
from scripts.bench.figure import Figure
from scripts.bench.growth import growth
from scripts.bench.ingest import ingest
from scripts.bench.language_models import SIZES
from scripts.bench.lifecycle import lifecycle
from scripts.bench.ranker_service import ranker_service
from scripts.bench.rankers import rankers
from scripts.bench.recommend import recommend
from scripts.bench.routing import adapters, routing

MEASURES: dict[str, Callable[..., list[Figure]]] = {
    "recommend": recommend,
    "ingest": ingest,
    "lifecycle": lifecycle,
    "belief": belief,
    "collaborative": collaborative,
    "rankers": rankers,
    "growth": growth,
    "admin": admin,
    "catalogue": catalogue,
}
_ALONE = ("routing", "adapters", "ranker-service")  # need no database
_ASKED_FOR = {"growth", "admin", "catalogue", "adapters"}  # measured only where it is named


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.bench", description="What Credence costs."
    )
    parser.add_argument(
        "measures", nargs="*", help=", ".join([*MEASURES, *_ALONE]), metavar="measure"
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller worlds")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--events", type=int, help="at most so many in growth", metavar="N")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"], help="for models")
    parser.add_argument("--size", default="tiny", choices=SIZES, help="of routing's models")
    chosen = parser.parse_args()
    there = [*MEASURES, *_ALONE]
    if unknown := set(chosen.measures) - set(there):
        names = ", ".join(sorted(unknown))
        parser.error(f"no such measure: {names}; there are {', '.join(there)}")
    asked = chosen.measures or [name for name in there if name not in _ASKED_FOR]
    figures = _served([name for name in asked if name not in _ALONE], chosen)
    if "ranker-service" in asked:
        figures += ranker_service(quick=chosen.quick, device=chosen.device)
    if "routing" in asked:
        figures += routing(quick=chosen.quick, device=chosen.device, size=chosen.size)
    if "adapters" in asked:
        figures += adapters(quick=chosen.quick, device=chosen.device, size=chosen.size)
    _show(figures, as_json=chosen.json)


def _served(names: list[str], chosen: argparse.Namespace) -> list[Figure]:
    """What is measured on an embedded Postgres."""
    figures: list[Figure] = []
    if not names:
        return figures
    with tempfile.TemporaryDirectory(prefix="credence-bench-") as folder:
        server = embedded_postgres.start(Path(folder) / "postgres")
        encoder = SentenceEncoder()
        for name in names:
            more = {"most": chosen.events} if name == "growth" and chosen.events else {}
            figures += MEASURES[name](server, encoder, quick=chosen.quick, **more)
    return figures


def _show(figures: list[Figure], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([vars(figure) | {"ratio": figure.ratio} for figure in figures], indent=1))
        return
    for figure in figures:
        between = ""
        if figure.interval is not None:
            between = f", 95% {figure.interval[0]:.2f} to {figure.interval[1]:.2f}"
        print(
            f"{figure.what}\n    {figure.ours:,.1f} {figure.unit} / {figure.baseline:,.1f} "
            f"{figure.unit} = {figure.ratio:.2f}{between} (target {figure.target})"
        )


if __name__ == "__main__":
    main()
