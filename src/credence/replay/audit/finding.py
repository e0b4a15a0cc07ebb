"""What one check of the audit found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """How a check came out."""

    PASSED = "passed"
    FAILED = "failed"  # figures are not to be trusted before this is mended
    NOTED = "noted"  # figures are sound, but to be read with this in mind
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One of the eleven mistakes, looked for."""

    number: int
    name: str
    outcome: Outcome
    detail: str
    people: tuple[str, ...] = ()  # whom it concerns, by id

    def as_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "name": self.name,
            "outcome": self.outcome.value,
            "detail": self.detail,
            "people": list(self.people),
        }


@dataclass(frozen=True, slots=True)
class Mistake:
    """One of the eleven, with the words for what is found of it."""

    number: int
    name: str

    def absent(self, detail: str) -> Finding:
        return self._found(Outcome.PASSED, detail)

    def made(self, detail: str, people: Iterable[str] = ()) -> Finding:
        return self._found(Outcome.FAILED, detail, people)

    def noted(self, detail: str, people: Iterable[str] = ()) -> Finding:
        return self._found(Outcome.NOTED, detail, people)

    def out_of_place(self, detail: str) -> Finding:
        return self._found(Outcome.NOT_APPLICABLE, detail)

    def _found(self, outcome: Outcome, detail: str, people: Iterable[str] = ()) -> Finding:
        return Finding(
            number=self.number,
            name=self.name,
            outcome=outcome,
            detail=detail,
            people=tuple(sorted(set(people))),
        )
