"""How long OpenMP's threads should spin, and what slices of like length save.

`python -m scripts.encoder_speed`: one short text, at the median and the 90th percentile, for three
ways of waiting, on an idle machine and with one core busy elsewhere; then a bulk of long and short
texts in order of length against the order of arrival.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

WAITING = {"as by default": {}, "3,000 turns": {"GOMP_SPINCOUNT": "3000"}}
WAITING["not at all"] = {"GOMP_SPINCOUNT": "0", "OMP_WAIT_POLICY": "PASSIVE"}
BUSY = "while True: pass"


def measure() -> None:
    """In a process of its own, so that the settings of OpenMP hold; prints one line."""
    from credence.inference.encoder import (  # noqa: PLC0415  after the settings are made
        SentenceEncoder,
    )

    model = SentenceEncoder()
    seconds = []
    for number in range(60):
        began = time.perf_counter()
        model.encode([f"a slow burn with political intrigue, number {number}"])
        seconds.append(time.perf_counter() - began)
    ranked = sorted(seconds[10:])
    print(f"{ranked[25] * 1000:.1f} / {ranked[45] * 1000:.1f} ms")


def bulk() -> None:
    """96 items' worth of texts, one long and two short each, in slices of 32."""
    from credence.inference.encoder import SentenceEncoder  # noqa: PLC0415

    encoder = SentenceEncoder()
    long = "a long description of a slow story about an island and the people on it " * 20
    texts = [text for n in range(96) for text in (f"{long}{n}", f"Title {n}", f"genre {n}")]

    def spent(order: list[str]) -> float:
        began = time.perf_counter()
        for first in range(0, len(order), 32):
            encoder.encode(order[first : first + 32])
        return time.perf_counter() - began

    arrival, by_length = spent(texts), spent(sorted(texts, key=len))
    print(f"bulk of {len(texts)}: by length {by_length:.1f} s, as they came {arrival:.1f} s")


def main() -> None:
    for busy in (False, True):
        other = subprocess.Popen([sys.executable, "-c", BUSY]) if busy else None
        for name, settings in WAITING.items():
            done = subprocess.run(
                [sys.executable, "-m", "scripts.encoder_speed", "--one"],
                env=os.environ | settings,
                capture_output=True,
                text=True,
                check=True,
                timeout=120,
            )
            state = "one core busy" if busy else "idle"
            print(f"{state}, spinning {name}: {done.stdout.strip()}", flush=True)
        if other is not None:
            other.kill()
            other.wait()
    bulk()


if __name__ == "__main__":
    if sys.argv[1:] == ["--one"]:
        measure()
    else:
        main()
