"""Parts of the routed model as systems of a run, beside the whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from credence.inference.encoder import SentenceEncoder
from credence.replay.figures.exam import count_exams
from credence.replay.runner.reading import read_run
from credence.replay.runner.record import Record
from credence.replay.runner.run import run
from tests.integration.replay.toy_run import a_run, a_watcher, an_exam, write_toy

PARTS = (
    *("credence:routed-expert-books", "credence:routed-average", "credence:routed-complement"),
    *("credence:routed-selection", "credence:semantic", "credence:semantic-same-domains"),
)


async def test_parts_sit_the_exam_on_the_memory_of_the_whole(
    database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    data = write_toy(tmp_path / "data" / "toy")
    built: list[str] = []

    def building(memory: str, people: int) -> Callable[[], None]:
        built.append(memory)
        return lambda: None

    systems = ("credence", "credence:routed-fusion", *PARTS)
    asked = a_run(data, tmp_path / "out", database, encoder.encode, systems=systems)
    (folder,) = await run(asked, replace(a_watcher(), building=building))

    finished = read_run(folder)
    told = {name: _scores(records) for name, records in finished.records.items()}
    assert built == ["others", "adaptive"]
    assert all(not record.failure for of in finished.records.values() for record in of)
    assert told["credence:routed-fusion"] == pytest.approx(told["credence"], abs=1e-6)
    ways = {tuple(round(score, 4) for score in told[name].values()) for name in systems}
    assert len(ways) == len(PARTS) + 1  # each part says something else than the whole

    (counted,) = count_exams([finished], reference="credence:semantic")
    compared = {(one.system, one.reference) for one in counted.differences}
    assert compared == {(name, "credence:semantic") for name in systems} - {
        ("credence:semantic", "credence:semantic")
    }
    assert counted.sat.exam.sha256 == an_exam(data).sha256


def _scores(records: tuple[Record, ...]) -> dict[tuple[str, str], float]:
    return {
        (record.user_id, item): score
        for record in sorted(records, key=lambda one: one.user_id)
        for item, score in sorted(zip(record.order, record.scores, strict=True))
    }
