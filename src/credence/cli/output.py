"""What commands print: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.status import Status
from rich.text import Text

_PIPED_WIDTH = 100  # columns, when no terminal says how many there are


def results() -> Console:
    """Stdout: rich on a terminal, plain text when piped."""
    return _console(stderr=False)


def notices() -> Console:
    """Stderr, for progress and whatever else is not the result."""
    return _console(stderr=True)


def working(what: str) -> Status:
    """That this is being done, on stderr for as long as a `with` block lasts."""
    return notices().status(Text(what))


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def section(title: str, body: RenderableType, *, console: Console) -> RenderableType:
    """A titled panel on a terminal, a title and indented lines in a pipe."""
    if console.is_terminal:
        return Panel(body, title=Text(title, style="bold"), title_align="left", border_style="dim")
    return Group(Text(f"{title}\n{'-' * len(title)}"), Padding(body, (0, 0, 1, 2)))


def harmless(text: str) -> str:
    """Text of a user or item on one line, without control characters a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in text)


def _console(*, stderr: bool) -> Console:
    """Words in brackets or between colons are words, whoever wrote them: styles are given apart."""
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = _PIPED_WIDTH
    return console
