"""Rows that were refused while the others went on, and what went through before an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from credence.cli.output import harmless, notices

Fault: TypeAlias = dict[str, Any]  # of, row, field, message, fix
_MOST = 100  # that are told one by one


@contextmanager
def telling(faults: list[Fault], so_far: Callable[[], str]) -> Iterator[None]:
    """Tell the faults, those of lines in the file's order, once the block has added its own.

    When something ends the block, they are told all the same, and what went through before that;
    nothing of that if it is empty.
    """
    through = False
    try:
        yield
        through = True
    finally:
        faults.sort(key=_line)
        _tell(faults, more=", which --json lists" if through else "")
        if through and faults:
            notices().print(
                "The others went in: mend these and send them alone, or all again: "
                "nothing is recorded twice."
            )
        elif not through and (said := so_far()):
            notices().print(
                f"before that: {said}; the same command takes up what is left", soft_wrap=True
            )


def _line(fault: Fault) -> int:
    """Where a line stands; rows that are none stay in the order in which they were refused."""
    return int(fault["row"]) if fault["of"] == "line" else 0


def _tell(faults: list[Fault], *, more: str) -> None:
    """A line for each, on stderr, with the field at fault; `more` follows how many are left out."""
    for fault in faults[:_MOST]:
        what = f"{fault['of']} {fault['row']}" + (f", {fault['field']}" if fault["field"] else "")
        notices().print(harmless(f"{what}: {fault['message']}; {fault['fix']}"), soft_wrap=True)
    if len(faults) > _MOST:
        notices().print(f"and {len(faults) - _MOST} more{more}")
