"""What a run says of how it was made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from credence.replay.exam.paper import FrozenExam
from credence.replay.runner.folder import Manifest


def a_manifest(exam: FrozenExam, systems: Iterable[str], **changes: Any) -> Manifest:
    """Of a run of these systems on the exam."""
    made = Manifest(
        command="credence replay run --exam films.json",
        commit="0123abc",
        exam_sha256=exam.sha256,
        domain=exam.domain,
        negatives=exam.negatives.value,
        instructed=exam.instructed,
        seed=exam.seed,
        systems=tuple(systems),
        donors="everybody before their exam",
        versions={"python": "3.11", "numpy": "2"},
        settings={},
        plumbing_only=False,
        started_at="2026-06-01T12:00:00+00:00",
    )
    return replace(made, **changes)
