"""Which tenants there are: those of the settings and those that the database knows."""

from __future__ import annotations

from collections.abc import Sequence

from credence.app.api.access import DEFAULT_TENANT
from credence.app.bootstrap import Application
from credence.memory.unit_of_work import unit_of_work


async def tenants_of(app: Application) -> Sequence[str]:
    """In order of name; `default` where no keys are set, or where it holds somebody."""
    async with unit_of_work(app.engine) as uow:
        stored = await uow.people_list.tenants()
    configured = set(app.settings.api_keys.values()) or {DEFAULT_TENANT}
    return sorted(configured.union(stored))
