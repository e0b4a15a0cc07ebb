"""How long statements take in this process: by their text with placeholders, never with values."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

MOST_STATEMENTS = 200
LONGEST_TEXT = 2_000  # characters of one statement that are kept
_BEGAN = "_credence_began"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementTime:
    """One statement, as often as it ran. Times are in milliseconds, as this process waited."""

    text: str
    count: int
    failed: int
    total: float
    worst: float

    @property
    def mean(self) -> float:
        return self.total / self.count


class StatementTimes:
    """The times of so many different statements at most, in milliseconds.

    Where there is no room for a new one, the one that took least in all has to go. A statement is
    known by its compiled text: there, what is rendered into the text only when it runs, such as a
    list or a literal, is still a placeholder. What runs without being compiled is known by its
    first word alone.
    """

    def __init__(
        self, *, most: int = MOST_STATEMENTS, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._most = most
        self._clock = clock
        self._figures: dict[str, list[float]] = {}  # by text: count, failed, total, worst

    def watch(self, engine: Engine) -> None:
        """Measure what runs on this engine from now on."""
        event.listen(engine, "before_cursor_execute", self._begun)
        event.listen(engine, "after_cursor_execute", self._done)
        event.listen(engine, "handle_error", self._failed)

    def add(self, text: str, milliseconds: float, *, failed: bool = False) -> None:
        """One statement has run, or has failed after so long."""
        figures = self._figures.get(text)
        if figures is None:
            if len(self._figures) >= self._most:
                del self._figures[min(self._figures, key=self._total)]
            figures = self._figures[text] = [0, 0, 0.0, 0.0]
        figures[0] += 1
        figures[1] += failed
        figures[2] += milliseconds
        figures[3] = max(figures[3], milliseconds)

    def slowest(self, most: int) -> tuple[StatementTime, ...]:
        """Those that ever took longest, the worst first."""
        found = [
            StatementTime(text=text, count=int(count), failed=int(failed), total=total, worst=worst)
            for text, (count, failed, total, worst) in self._figures.items()
        ]
        return tuple(sorted(found, key=lambda one: (-one.worst, one.text))[:most])

    def __len__(self) -> int:
        return len(self._figures)

    def _total(self, text: str) -> float:
        return self._figures[text][2]

    # The arguments are SQLAlchemy's: connection, cursor, statement, parameters, context, many.
    def _begun(self, _: Any, __: Any, ___: str, ____: Any, context: Any, _____: bool) -> None:
        if context is not None:
            setattr(context, _BEGAN, self._clock())

    def _done(self, _: Any, __: Any, statement: str, ___: Any, context: Any, ____: bool) -> None:
        self._count(statement, context, failed=False)

    def _failed(self, error: ExceptionContext) -> None:
        self._count(error.statement or "", error.execution_context, failed=True)

    def _count(self, statement: str, context: Any, *, failed: bool) -> None:
        began = getattr(context, _BEGAN, None)
        if began is None:
            return
        setattr(context, _BEGAN, None)  # an error after the statement is not the statement's
        compiled = context.compiled
        text = _first_word(statement) if compiled is None else compiled.string
        if len(text) > LONGEST_TEXT:
            text = text[:LONGEST_TEXT]
        self.add(text, (self._clock() - began) * 1_000, failed=failed)


def _first_word(statement: str) -> str:
    return f"{statement.lstrip().partition(' ')[0][:20].upper()} …"
