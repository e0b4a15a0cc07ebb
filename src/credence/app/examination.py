"""What is well and what is not, in words that say what to do: for the command line and the pages.

Each function judges figures that somebody else has read; none asks anything of anybody, but for
the room left on a disk.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

State: TypeAlias = Literal["ok", "absent", "problem"]
_LEAST_POSTGRES = 15
_LEAST_DISK = 500_000_000  # bytes free, below which an embedded database is in danger


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a report. Absent is no fault: `says` tells what is used instead."""

    name: str
    state: State
    says: str
    fix: str = ""


def of_data_folder(folder: Path) -> Finding:
    """Whether an embedded database has room to live in."""
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        return Finding(
            "data folder", "problem", f"{folder} cannot be written", "set CREDENCE_DATA_DIR"
        )
    free = shutil.disk_usage(existing).free
    says = f"{folder}, {free / 1e9:.1f} GB free"
    if free < _LEAST_DISK:
        return Finding("data folder", "problem", says, "free some room, or set CREDENCE_DATA_DIR")
    return Finding("data folder", "ok", says)


def of_server(where: str, major: int) -> Finding:
    """Whether Postgres is new enough."""
    if major < _LEAST_POSTGRES:
        fix = f"use {_LEAST_POSTGRES} or newer"
        return Finding("database", "problem", f"{where}, Postgres {major}", fix)
    return Finding("database", "ok", f"{where}, Postgres {major}")


def of_pgvector(available: str | None, installed: str | None) -> Finding:
    """Whether the server has pgvector, and whether it is turned on in the database."""
    if installed is not None:
        return Finding("pgvector", "ok", installed)
    if available is None:
        return Finding(
            "pgvector", "problem", "the server does not have it", "install pgvector on the server"
        )
    return Finding("pgvector", "absent", f"{available} is there; the first migration turns it on")


def of_schema(found: str | None, needed: str, *, embedded: bool) -> Finding:
    """Whether the schema is the one that this code needs."""
    if found == needed:
        return Finding("schema", "ok", found)
    says = f"{found or 'empty'}, {needed} is needed"
    if embedded:
        return Finding("schema", "absent", f"{says}: brought up to date at the next start")
    return Finding("schema", "problem", says, "run `credence db upgrade`")
