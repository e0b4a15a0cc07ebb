"""What can be wrong with a request for figures."""

from __future__ import annotations

from collections.abc import Sequence

from credence.replay.errors import ReplayError


class UnknownSystem(ReplayError):
    """A system is named that did not sit the exam."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"no system {name!r} here; name one of: {', '.join(known)}")


class NothingSat(ReplayError):
    """There is no answer to count."""


class UnlikeExams(ReplayError):
    """Two runs cannot be paired, since they sat different exams."""
