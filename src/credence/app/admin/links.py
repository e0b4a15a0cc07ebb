"""Addresses of pages. Templates and redirects name no path by hand.

A person's id follows an at sign, so that the ids "." and ".." stay parts of the address; ids of
items, which may hold slashes, go into the query.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from credence.assets.admin import static_path

MOUNTED = "/admin"


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses below `root`, where the pages are mounted, for one tenant."""

    root: str
    tenant: str

    def static(self, name: str) -> str:
        """A style sheet, a script or a picture."""
        return self.root + static_path(name)

    def sign_in(self, **fields: object) -> str:
        """Where one signs in."""
        return _with(f"{self.root}/sign-in", fields)

    def link(self) -> str:
        """Where a link that signs in once leads."""
        return f"{self.root}/sign-in/link"

    def sign_out(self) -> str:
        """Where the form for signing out goes."""
        return f"{self.root}/sign-out"

    def switch(self) -> str:
        """Where the form for choosing another tenant goes."""
        return self._here("/switch", {})

    def people(self, **fields: object) -> str:
        """The list of people."""
        return self._here("/people", fields)

    def person(self, user_id: str, rest: str = "", **fields: object) -> str:
        """A page about one person; `rest` begins with a slash."""
        return self._here(f"/people/@{quote(user_id, safe='')}{rest}", fields)

    def chunk(self, user_id: str, chunk_id: int, rest: str = "", **fields: object) -> str:
        """One chunk of a person, or something about it."""
        return self.person(user_id, f"/chunks/{chunk_id}{rest}", **fields)

    def shown(self, user_id: str, impression_id: str) -> str:
        """A list that the person was shown."""
        return self.person(user_id, f"/lists/{quote(impression_id, safe='')}")

    def runs(self, **fields: object) -> str:
        """All runs of the planner."""
        return self._here("/planner", fields)

    def run(self, run_id: str) -> str:
        """One run of the planner."""
        return self._here(f"/planner/{quote(run_id, safe='')}", {})

    def catalogue(self, **fields: object) -> str:
        """The catalogue, searched or not."""
        return self._here("/catalogue", fields)

    def item(self, item_id: str, **fields: object) -> str:
        """One item."""
        return self._here("/catalogue/item", {"id": item_id, **fields})

    def replays(self, rest: str = "", **fields: object) -> str:
        """Replays that were run."""
        return self._here(f"/replays{rest}", fields)

    def system(self, **fields: object) -> str:
        """How the system is."""
        return self._here("/system", fields)

    def _here(self, rest: str, fields: dict[str, object]) -> str:
        return _with(f"{self.root}/t/{quote(self.tenant, safe='')}{rest}", fields)


def _with(path: str, fields: dict[str, object]) -> str:
    """The path with those fields that have a value."""
    given = {name: value for name, value in fields.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path
