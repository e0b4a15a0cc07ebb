"""Addresses of the pages about one person's beliefs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from credence.app.admin.links import Links
from credence.app.admin.someone import Someone


@dataclass(frozen=True, slots=True)
class Whose:
    """Links, the person whom they are about, and the look at them that links go on with."""

    to: Links
    user_id: str
    revision: int | None = None  # a past one
    kept: Sequence[tuple[str, Any]] = ()  # filters, which links to events keep

    @classmethod
    def of(
        cls, someone: Someone, *, revision: int | None = None, kept: Sequence[tuple[str, Any]] = ()
    ) -> Whose:
        """Without a revision, or with the latest one, links lead to the present."""
        past = revision if revision != someone.summary.revision else None
        return cls(someone.desk.to, someone.summary.user_id, past, kept)

    def beliefs(self, **fields: Any) -> str:
        """The three tiers."""
        return self.to.person(self.user_id, **fields)

    def over_time(self, **fields: Any) -> str:
        """How beliefs moved."""
        return self.to.person(self.user_id, "/time", **fields)

    def chunk(self, chunk_id: int) -> str:
        """One chunk."""
        return self.to.chunk(self.user_id, chunk_id, revision=self.revision)

    def event(self, seq: int) -> str:
        """An event among those before it."""
        fields = {**dict(self.kept), "revision": self.revision, "event": seq}
        return f"{self.beliefs(**fields)}#event-{seq}"
