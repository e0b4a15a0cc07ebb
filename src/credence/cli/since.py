"""From which day on: the two ways to say it that commands about the past share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from credence.cli.refusals import Unusable

_DAYS = 30

Since = Annotated[
    datetime | None,
    typer.Option(help="From this day on, in UTC.", formats=["%Y-%m-%d"], show_default=False),
]
Days = Annotated[
    int | None,
    typer.Option(
        help=f"So many days, today included. Without it and --since: {_DAYS}.",
        min=1,
        max=36_500,
        show_default=False,
    ),
]


def start(since: datetime | None, days: int | None, *, now: datetime) -> datetime:
    """The first moment of that day. Raises Unusable where both are given."""
    if since is not None and days is not None:
        raise Unusable("--since and --days are both given", fix="leave one of them out")
    if since is not None:
        return since.replace(tzinfo=UTC)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=(days or _DAYS) - 1)
