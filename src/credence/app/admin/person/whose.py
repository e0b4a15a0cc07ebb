"""Addresses of the pages about one person's beliefs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from credence.app.admin.links import Links
from credence.app.admin.someone import Someone


@dataclass(frozen=True, slots=True)
class Whose:
    """Links, and the person whom they are about."""

    to: Links
    user_id: str

    @classmethod
    def of(cls, someone: Someone) -> Whose:
        return cls(someone.desk.to, someone.summary.user_id)

    def beliefs(self, **fields: Any) -> str:
        """The three tiers."""
        return self.to.person(self.user_id, **fields)

    def over_time(self, **fields: Any) -> str:
        """How beliefs moved."""
        return self.to.person(self.user_id, "/time", **fields)

    def chunk(self, chunk_id: int) -> str:
        """One chunk."""
        return self.to.chunk(self.user_id, chunk_id)
