"""What a ranking process serves, found by the request."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from pydantic import SecretStr

from credence.app.ranker_service.service import RankingService


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The models, and the key that asking them takes."""

    service: RankingService
    key: SecretStr | None


def served_by(request: Request) -> Served:
    """What the application of this request serves."""
    held: Served = request.app.state.served
    return held
