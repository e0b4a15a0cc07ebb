"""An exam as it is frozen: every question with its answer, and the digest that names it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any


class Negatives(StrEnum):
    """Where the candidates beside the target come from."""

    RELEASED = "released"  # the lists of the release, drawn at random by its makers
    RELEASED_MATCHED = (
        "released-matched"  # its lists alike in popularity and date, where it has any
    )
    RANDOM = "random"  # drawn anew, evenly
    POPULARITY = "popularity"  # drawn anew among items about as popular as the target
    NEAR = "near"  # drawn anew among items whose texts are near the target's
    ALL = "all"  # the whole catalogue, but for works that the person has dealt with


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One person's question with its answer."""

    user_id: str
    candidates: tuple[str, ...]  # in the order in which they are shown
    target: str  # one of them


@dataclass(frozen=True, kw_only=True)
class FrozenExam:
    """The same questions for every system, in one order; equal exams have equal digests."""

    domain: str
    negatives: Negatives
    instructed: bool  # people's instructions are shown
    seed: int  # of the people drawn, of new negatives, of what systems learn and draw by chance
    data_sha256: str  # of the domain that it was drawn from, see `fingerprint`
    papers: tuple[Paper, ...]  # by user id
    order_seed: int | None = None  # of the order of candidates and of ties; None: the one above

    @cached_property
    def sha256(self) -> str:
        """Digest of everything in it, as it is written."""
        text = json.dumps(self.as_json(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def order(self) -> int:
        """The seed of the order of candidates and of ties."""
        return self.seed if self.order_seed is None else self.order_seed

    @property
    def title(self) -> str:
        asked = "with" if self.instructed else "without"
        return f"{self.domain}, {self.negatives}, {asked} instruction"

    @property
    def longest(self) -> int:
        """Candidates of the longest list."""
        return max((len(paper.candidates) for paper in self.papers), default=0)

    def as_json(self) -> dict[str, Any]:
        """What the digest is of."""
        ordered = {} if self.order_seed is None else {"order_seed": self.order_seed}
        return {
            "domain": self.domain,
            "negatives": self.negatives.value,
            "instructed": self.instructed,
            "seed": self.seed,
            **ordered,
            "data_sha256": self.data_sha256,
            "papers": [
                {
                    "user_id": paper.user_id,
                    "candidates": list(paper.candidates),
                    "target": paper.target,
                }
                for paper in self.papers
            ],
        }
