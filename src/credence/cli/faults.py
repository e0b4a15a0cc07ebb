"""Rows that were refused while the others went on, and what went through before an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from credence.cli.output import harmless, notices

Fault: TypeAlias = dict[str, Any]  # of, row, field, message, fix
_MOST = 100  # that are told one by one


def tell_faults(faults: Sequence[Fault]) -> None:
    """A line for each, on stderr, with the field at fault."""
    for fault in faults[:_MOST]:
        what = f"{fault['of']} {fault['row']}" + (f", {fault['field']}" if fault["field"] else "")
        notices().print(harmless(f"{what}: {fault['message']}; {fault['fix']}"), soft_wrap=True)
    if len(faults) > _MOST:
        notices().print(f"and {len(faults) - _MOST} more, which --json lists")
    if faults:
        notices().print(
            "The others went in: mend these and send them alone, or a folder as a whole."
        )


@contextmanager
def telling_so_far(said: Callable[[], str]) -> Iterator[None]:
    """When something ends the block, say what went through before that; nothing if it is empty."""
    try:
        yield
    except BaseException:
        if so_far := said():
            notices().print(
                f"before that: {so_far}; the same command takes up what is left", soft_wrap=True
            )
        raise
