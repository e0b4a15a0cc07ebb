"""What replays leave in a database."""

from __future__ import annotations

from sqlalchemy import create_engine, inspect

from credence.memory.database import postgres_url


def schemas(database: str) -> list[str]:
    """The memories that stand."""
    engine = create_engine(postgres_url(database))
    try:
        return [name for name in inspect(engine).get_schema_names() if name.startswith("replay_")]
    finally:
        engine.dispose()
