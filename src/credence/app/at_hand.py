"""Items of the catalogue kept at hand, and used only while the catalogue holds that version."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.item_versions import ItemVersions
from credence.memory.model import Embedded

_SECONDS = 60.0  # that a version is trusted to name one content: no database is restored meanwhile
_MOST = 5_000  # items; one takes 2 to 6 KB


@dataclass(frozen=True, slots=True)
class _Held:
    version: str
    embedded: Embedded
    until: float


class ItemsAtHand:
    """Reads items with their vectors, or no more than their versions where these are kept.

    The versions are asked for every time, so what is given is what the catalogue holds, whoever
    changed it; what costs is reading and unpacking texts and vectors, and that is done once.
    """

    def __init__(self, *, most: int = _MOST, timer: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._timer = timer
        self._held: dict[tuple[str, str], _Held] = {}  # in the order in which they were read

    async def get(
        self, connection: AsyncConnection, tenant: str, ids: Sequence[str]
    ) -> dict[str, Embedded]:
        """Those of these items that exist. Not for a transaction that has written items."""
        if not ids:
            return {}
        versions = await ItemVersions(connection, tenant).now(ids)
        return await self.of_versions(connection, tenant, versions)

    async def of_versions(
        self, connection: AsyncConnection, tenant: str, versions: Mapping[str, str]
    ) -> dict[str, Embedded]:
        """The items of which these are the versions as of now."""
        began = self._timer()
        found: dict[str, Embedded] = {}
        changed = []
        for item_id, version in versions.items():
            held = self._held.get((tenant, item_id))
            if held is not None and held.version == version and began < held.until:
                found[item_id] = held.embedded
            else:
                changed.append(item_id)
        if changed:
            read = await ItemVersions(connection, tenant).get(changed)
            self._keep(tenant, read, until=began + _SECONDS)
            found |= {item_id: embedded for item_id, (_, embedded) in read.items()}
        return found

    def _keep(self, tenant: str, read: dict[str, tuple[str, Embedded]], *, until: float) -> None:
        for item_id, (version, embedded) in read.items():
            self._held.pop((tenant, item_id), None)
            self._held[tenant, item_id] = _Held(version, embedded, until)
        now = self._timer()
        while self._held:
            oldest = next(iter(self._held))
            if len(self._held) <= self._most and now < self._held[oldest].until:
                return
            del self._held[oldest]
