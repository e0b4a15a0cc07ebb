"""What several commands of `credence replay` are asked in the same way."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

Cache: TypeAlias = Annotated[
    Path | None, typer.Option(help="Folder that keeps encoded texts between commands.")
]

Processes: TypeAlias = Annotated[
    int | None,
    typer.Option(
        help="Domains at a time, each in a process of its own of about 1.2 GB; the results are "
        "the same. By default as many as there are processors.",
        min=1,
        show_default=False,
    ),
]


def names(systems: str) -> tuple[str, ...]:
    """Names between commas, each once."""
    return tuple(dict.fromkeys(name.strip() for name in systems.split(",") if name.strip()))


def command_line() -> str:
    """The command as it was given, to be given again."""
    return shlex.join(["credence", *sys.argv[1:]])
