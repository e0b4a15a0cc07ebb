from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given

from credence.memory.model import Chunk, Evidence, Profile, Sentence
from credence.memory.serial import (
    chunk_to_json,
    evidence_from_json,
    evidence_to_json,
    state_from_json,
    state_to_json,
)
from tests.unit.memory.worlds import NOW, a_chunk, chunks


@given(chunks)
def test_a_chunk_comes_back_from_json_exactly(chunk: Chunk) -> None:
    assert state_from_json(json.loads(json.dumps(state_to_json(chunk)))) == chunk


@pytest.mark.parametrize("liked", [True, False])
@pytest.mark.parametrize(
    ("mass", "edited", "stated"), [(6.5, True, True), (2.0, True, False), (6.5, False, False)]
)
def test_a_chunk_of_an_old_ledger_was_stated_where_one_side_outweighs_its_events(
    liked: bool, mass: float, edited: bool, stated: bool
) -> None:
    sides = {"liking": mass, "likes": 2} if liked else {"disliking": mass, "dislikes": 2}
    none = {"liking": 0.0, "disliking": 0.0, "likes": 0, "dislikes": 0}
    chunk = replace(a_chunk(edited=edited), **none | sides)  # type: ignore[arg-type]
    since = ("stated", "last_like_at", "last_dislike_at")
    data = {name: value for name, value in chunk_to_json(chunk).items() if name not in since}

    read = state_from_json(json.loads(json.dumps(data)))

    assert read == replace(chunk, stated=stated, last_like_at=None, last_dislike_at=None)


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
