"""How far long work has come."""

from __future__ import annotations

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from credence.cli.output import notices


def bars(*more: ProgressColumn) -> Progress:
    """Bars on stderr with counts and the time that is left, and `more` columns."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        *more,
        console=notices(),
    )


def spent_words(tokens: int, price: float | None) -> str:
    """What language models took so far; nothing where none was asked."""
    if not tokens:
        return ""
    return f"{tokens:,} tokens" if price is None else f"{tokens:,} tokens, {price:.4f}"
