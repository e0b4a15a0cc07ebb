"""What a run reports: a line of JSON a step, and a picture of them at the end."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path

from credence.inference.training.checkpoint import replace_file

METRICS = "metrics.jsonl"
PLOT = "metrics.svg"


@dataclass(frozen=True, slots=True)
class Record:
    """One step of the optimiser."""

    step: int  # from 1
    losses: Mapping[str, float]  # `loss` is what was minimised
    learning_rate: float
    gradient_norm: float  # before clipping
    seconds: float  # since the step logged before, or since the start


class History:
    """Records so far, in memory and, where there is a folder, in its metrics file."""

    def __init__(self, folder: Path | None, *, upto: int) -> None:
        """Take up the file at a step: what it says of later ones was lost with a kill."""
        self._path = folder / METRICS if folder else None
        self.records: list[Record] = []
        if self._path and self._path.exists():
            self.records = [one for one in _read(self._path) if one.step <= upto]
            lines = "".join(_line(one) for one in self.records)
            replace_file(self._path, lines.encode())

    def add(self, record: Record) -> None:
        """Keep a record, on disk at once."""
        self.records.append(record)
        if self._path:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(_line(record))


def _line(record: Record) -> str:
    return json.dumps(asdict(record)) + "\n"


def _read(path: Path) -> list[Record]:
    """The records of a file; a last line that a kill cut short is left out."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        if not line.endswith("\n"):
            break
        found.append(Record(**json.loads(line)))
    return found


def plot(records: Sequence[Record], title: str, path: Path) -> None:
    """Draw every loss, and the learning rate below, over the steps, as SVG."""
    # takes half a second to import, which only a run with a folder should pay
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(7, 5), layout="constrained")
    losses, rates = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    steps = [one.step for one in records]
    for name in records[0].losses if records else ():
        losses.plot(steps, [one.losses.get(name, float("nan")) for one in records], label=name)
    losses.set_title(title)
    losses.set_ylabel("loss")
    if records:
        losses.legend()
    rates.plot(steps, [one.learning_rate for one in records])
    rates.set_ylabel("learning rate")
    rates.set_xlabel("step")
    drawn = BytesIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None})
    replace_file(path, drawn.getvalue())
