"""Who may be learnt from and who sits the exam: decided once, by hash."""

from __future__ import annotations

import hashlib
from enum import StrEnum

EXAM_ONLY = frozenset({"books"})  # a domain that nothing was ever fitted on


class Half(StrEnum):
    """The two halves of a domain's people."""

    TRAIN = "train"
    EXAM = "exam"


def half(domain: str, user_id: str) -> Half:
    """The half a person belongs to, for all time: the lowest bit of SHA-256 of "domain/user"."""
    if domain in EXAM_ONLY:
        return Half.EXAM
    digest = hashlib.sha256(f"{domain}/{user_id}".encode()).digest()
    return Half.EXAM if digest[-1] % 2 else Half.TRAIN
