"""Chunks, profiles and evidence as JSON and back, without loss: the ledger's before and after."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from credence.memory.model import Chunk, Evidence, Profile, Sentence, Status

_CHUNK_MOMENTS = (
    "as_of",
    "first_evidence_at",
    "last_evidence_at",
    "last_like_at",
    "last_dislike_at",
)


def fields_of(one: Any) -> dict[str, Any]:
    """The fields of a dataclass with slots as they are; `asdict` copies deeply, which is slow."""
    return {name: getattr(one, name) for name in one.__slots__}


def chunk_to_json(chunk: Chunk) -> dict[str, Any]:
    data = fields_of(chunk)
    for moment in _CHUNK_MOMENTS:
        data[moment] = data[moment].isoformat() if data[moment] else None
    data["status"] = chunk.status.value
    data["aliases"] = list(chunk.aliases)
    return data


def chunk_from_json(data: Mapping[str, Any]) -> Chunk:
    moments = {
        moment: datetime.fromisoformat(data[moment])
        for moment in _CHUNK_MOMENTS
        if data.get(moment)
    }
    plain = {**data, "status": Status(data["status"]), "aliases": tuple(data["aliases"])}
    return Chunk(**{"stated": _outweighs(data), **plain, **moments})


def _outweighs(data: Mapping[str, Any]) -> bool:
    """Whether a chunk from before that was noted had its strength set by hand: one side weighs
    more than its events ever could. The schema's revision 0009 went by the same."""
    more = data["liking"] > data["likes"] or data["disliking"] > data["dislikes"]
    return bool(data["edited"] and more)


def profile_to_json(profile: Profile) -> dict[str, Any]:
    return {
        "version": profile.version,
        "watermark": profile.watermark,
        "written_at": profile.written_at.isoformat(),
        "sentences": sentences_to_json(profile.sentences),
    }


def profile_from_json(data: Mapping[str, Any]) -> Profile:
    return Profile(
        version=data["version"],
        watermark=data["watermark"],
        written_at=datetime.fromisoformat(data["written_at"]),
        sentences=sentences_from_json(data["sentences"]),
    )


def sentences_to_json(sentences: tuple[Sentence, ...]) -> list[dict[str, Any]]:
    return [{"text": s.text, "chunk_ids": list(s.chunk_ids)} for s in sentences]


def sentences_from_json(data: list[dict[str, Any]]) -> tuple[Sentence, ...]:
    return tuple(Sentence(text=s["text"], chunk_ids=tuple(s["chunk_ids"])) for s in data)


def evidence_to_json(evidence: Evidence) -> dict[str, Any]:
    return {**fields_of(evidence), "occurred_at": evidence.occurred_at.isoformat()}


def evidence_from_json(data: Mapping[str, Any]) -> Evidence:
    return Evidence(**{**data, "occurred_at": datetime.fromisoformat(data["occurred_at"])})


def state_to_json(state: Chunk | Profile | None) -> dict[str, Any] | None:
    if isinstance(state, Chunk):
        return chunk_to_json(state)
    return profile_to_json(state) if state else None


def state_from_json(data: Mapping[str, Any] | None) -> Chunk | Profile | None:
    if data is None:
        return None
    return chunk_from_json(data) if "chunk_id" in data else profile_from_json(data)
