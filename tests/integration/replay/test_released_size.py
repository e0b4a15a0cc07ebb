"""Files as large as the release's are read within two gigabytes."""

from __future__ import annotations

import csv
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

PEOPLE = 11_734  # of Goodreads
ITEMS = 190_756  # of Books
TAKEN = 10  # items a person
GIBIBYTE = 1024 * 1024  # in kilobytes
WORDS = ("slow", "naïve", "“heist”", "river", "and", "a", "quiet", "night", "of", "harrowing")
LONG = "word " * 27_000  # 132 KiB

# A process of its own, so that nothing but the reading counts. Its peak is asked of the kernel,
# for ru_maxrss starts at what the process that started it took up.
PEAK = """
from pathlib import Path
status = Path("/proc/self/status").read_text(encoding="utf-8")
print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")))
"""
READ = """
import sys
from pathlib import Path
from credence.replay.loaders.instructrec import load_domain
domain = load_domain(Path(sys.argv[1]))
done = sum(len(person.history) for person in domain.people)
longest = max(len(item.description) for item in domain.items)
print(len(domain.people), len(domain.items), done, longest)
"""
CONVERT = """
import sys
from pathlib import Path
from credence.replay.data.convert import read_all
(made,) = read_all(Path(sys.argv[1]), out=Path(sys.argv[2]), without_broken=False)
assert not made.checked.broken
"""


def texts(drawn: random.Random, length: int) -> Iterator[str]:
    """Texts that differ, from a few hundred that were drawn."""
    stock = [" ".join(drawn.choices(WORDS, k=length // 6)) for _ in range(300)]
    number = 0
    while True:
        number += 1
        yield f"{drawn.choice(stock)} {number}"


def write_release(folder: Path) -> None:
    """Both files of a domain, with everything that the release's frames hold."""
    drawn = random.Random(0)
    describe, write = texts(drawn, 500), texts(drawn, 600)
    described = [LONG if n % 2_000 == 0 else f"['{next(describe)}', '']" for n in range(ITEMS)]
    with (folder / "combined_sized_asin_mapping.csv").open(
        "w", encoding="utf-8", newline=""
    ) as out:
        writer = csv.writer(out)
        writer.writerow(["index", "asin", "title", "description"])
        for n, description in enumerate(described):
            writer.writerow([n, f"B{n}", f"Title {n}", description])
    rows = []
    for _ in range(PEOPLE):
        items = drawn.sample(range(ITEMS), TAKEN + 9)
        taken = items[:TAKEN]
        rows.append(
            {
                "asin": taken,
                "title": [f"Title {n}" for n in taken],
                "description": [described[n] for n in taken],
                "reviewText": [next(write) for _ in taken],
                "instruction": next(write),
                "persona": "a nurse",
                "ranked_lists": np.array(drawn.sample(items[TAKEN - 1 :], 10)),
            }
        )
    pd.DataFrame(rows).to_pickle(folder / "sizedAll_recagent.pkl")


def run(code: str, *arguments: Path) -> list[int]:
    done = subprocess.run(
        [sys.executable, "-c", code + PEAK, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [int(number) for number in done.stdout.split()]


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for the peak")
def test_a_domain_of_the_size_of_the_release_is_read_within_two_gigabytes(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    write_release(old)

    people, items, done, longest, peak = run(READ, old)
    (converting,) = run(CONVERT, old, new)
    *same, peak_converted = run(READ, new)

    assert (people, items, done) == (PEOPLE, ITEMS, PEOPLE * (TAKEN - 1))
    assert longest > 128 * 1024
    assert same == [people, items, done, longest]
    assert max(peak, converting, peak_converted) < 2 * GIBIBYTE
