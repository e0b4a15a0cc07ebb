"""Tables in Markdown, and what stands above them."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Report:
    """What a study prints; `broken` where something that must hold did not."""

    text: str
    broken: bool = False


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table, with an empty line after it."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines) + "\n"


def commit() -> str:
    """The commit of this checkout, and whether files that it knows were changed since."""
    here = Path(__file__).parent
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=here,
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        return "unknown"
    changed = subprocess.run(["git", "diff", "--quiet", "HEAD"], cwd=here, check=False).returncode
    return found.stdout.strip() + (" with changes" if changed else "")
