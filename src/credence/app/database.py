"""Which database an application is on."""

from __future__ import annotations

from credence.app.adapters import embedded_postgres
from credence.app.settings import Settings


def database_url(settings: Settings) -> str:
    """The configured database, or the embedded one, started if need be."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return embedded_postgres.start(settings.data_dir / "postgres")
