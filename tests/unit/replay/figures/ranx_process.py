"""ranx in a process of its own: rankings as JSON on stdin, each person's measures on stdout.

Its compiler takes ten seconds and warns; NUMBA_DISABLE_JIT turns that off, but only before the
first import of numba, which other libraries do too.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module


def main() -> None:
    ranx = import_module("ranx")
    asked = json.load(sys.stdin)
    found = ranx.evaluate(
        ranx.Qrels(asked["relevant"]),
        ranx.Run(asked["scores"]),
        asked["measures"],
        return_mean=False,
    )
    json.dump({measure: list(map(float, values)) for measure, values in found.items()}, sys.stdout)


if __name__ == "__main__":
    main()
