from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from credence.memory.model import Belief, Status
from credence.planner.extraction.said import Extraction
from credence.planner.reading import matched
from credence.planner.state import Snapshot
from tests.unit.planner.test_matching import a_chunk, a_finding, a_vector

MEANT = {"night yarns": 0.0, "night stories": 15.0, "blood tales": 90.0}


async def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    return np.stack([a_vector(MEANT[text]) for text in texts])


async def test_what_a_person_reworded_before_they_rejected_it_does_not_come_back() -> None:
    chunk = replace(a_chunk(1, "blood tales"), edited=True, aliases=("night yarns",))
    found = Extraction(findings=(a_finding("night stories"),), said={})
    came = []
    for status in (Status.ACTIVE, Status.REJECTED):
        snapshot = Snapshot(
            belief=Belief(chunks=(replace(chunk, status=status),)),
            vectors={1: a_vector(MEANT["blood tales"])},
            pending=(),
            last_seq=1,
            head_seq=1,
        )
        reading = await matched(snapshot, found, embed=embed)
        came.append([bearing.chunk_id for bearing in reading.bearings])

    assert came == [[1], []]
