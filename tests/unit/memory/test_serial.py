from __future__ import annotations

import json

from hypothesis import given

from credence.memory.model import Chunk, Evidence, Profile, Sentence
from credence.memory.serial import (
    evidence_from_json,
    evidence_to_json,
    state_from_json,
    state_to_json,
)
from tests.unit.memory.worlds import NOW, chunks


@given(chunks)
def test_a_chunk_comes_back_from_json_exactly(chunk: Chunk) -> None:
    assert state_from_json(json.loads(json.dumps(state_to_json(chunk)))) == chunk


def test_a_profile_evidence_and_nothing_come_back_from_json_exactly() -> None:
    profile = Profile(
        version=3,
        watermark=7,
        sentences=(Sentence(text='says "hi"', chunk_ids=(1, 2)),),
        written_at=NOW,
    )
    piece = Evidence(chunk_id=1, event_seq=2, weight=-0.1, words="ok", occurred_at=NOW)

    assert state_from_json(json.loads(json.dumps(state_to_json(profile)))) == profile
    assert evidence_from_json(json.loads(json.dumps(evidence_to_json(piece)))) == piece
    assert state_from_json(state_to_json(None)) is None
