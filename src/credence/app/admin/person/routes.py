"""The pages about what is believed of a person: now and then, chunk by chunk, over time."""

from __future__ import annotations

from fastapi import APIRouter

from credence.app.admin.person import beliefs, chunk, over_time

router = APIRouter()
for _module in (beliefs, chunk, over_time):
    router.include_router(_module.router)
