"""The acts that forms ask for, read from what was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated, TypeAlias, TypeVar

from fastapi import Depends, Request
from pydantic import Field, TypeAdapter, ValidationError

from credence.app.api.fields import LONGEST_ID, Finite, Label
from credence.app.api.numbers import LARGEST
from credence.app.corrections import Act, Edit, Forget, Merge, Pin, Reject, Signature, Unpin
from credence.memory.lifecycle.correction import STRONGEST

_T = TypeVar("_T")
_label = TypeAdapter[str](Label)
_strength = TypeAdapter[float](Annotated[Finite, Field(ge=-STRONGEST, le=STRONGEST)])
_number = TypeAdapter[int](Annotated[int, Field(ge=0, le=LARGEST)])


class Kind(StrEnum):
    """What can be done to a chunk; the last part of the form's address."""

    PIN = "pin"
    UNPIN = "unpin"
    REWORD = "reword"
    STRENGTH = "strength"
    MERGE = "merge"
    FORGET = "forget"
    REJECT = "reject"


_PLAIN: Mapping[Kind, Callable[[int], Act]] = {
    Kind.PIN: Pin,
    Kind.UNPIN: Unpin,
    Kind.FORGET: Forget,
    Kind.REJECT: Reject,
}


class Mistyped(Exception):
    """Fields that cannot be taken as they are, each with what to do about it."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(faults.values()))
        self.faults = faults


async def _typed(request: Request) -> Mapping[str, str]:
    """The form's fields as they were typed; files are none of them."""
    fields = await request.form()
    return {name: value for name, value in fields.items() if isinstance(value, str)}


Typed: TypeAlias = Annotated[Mapping[str, str], Depends(_typed)]


def wish(
    kind: Kind, chunk_id: int, typed: Mapping[str, str], *, actor: str
) -> tuple[Act, Signature]:
    """The act and who signs it. Raises Mistyped with every field at fault."""
    faults: dict[str, str] = {}
    act = _act(kind, chunk_id, typed, faults)
    by = _signature(typed, actor, faults)
    if faults or act is None:
        raise Mistyped(faults)
    return act, by


def signature(typed: Mapping[str, str], *, actor: str) -> Signature:
    """Who, why, and what the form knew. Raises Mistyped."""
    faults: dict[str, str] = {}
    by = _signature(typed, actor, faults)
    if faults:
        raise Mistyped(faults)
    return by


def reason_of(typed: Mapping[str, str], faults: dict[str, str]) -> str | None:
    """The reason, or None where none was given."""
    if not typed.get("reason", "").strip():
        return None
    return _taken(_label, typed, "reason", f"Give at most {LONGEST_ID} characters.", faults)


def _signature(typed: Mapping[str, str], actor: str, faults: dict[str, str]) -> Signature:
    known = _taken(
        _number,
        typed,
        "if_revision",
        "The form did not say which revision it was made from: look at how it is now.",
        faults,
    )
    return Signature(actor=actor, reason=reason_of(typed, faults), if_revision=known)


def _act(kind: Kind, chunk_id: int, typed: Mapping[str, str], faults: dict[str, str]) -> Act | None:
    short = f"Give 1 to {LONGEST_ID} characters."
    if kind is Kind.REWORD:
        text = _taken(_label, typed, "text", short, faults)
        category = _taken(_label, typed, "category", short, faults)
        return Edit(chunk_id=chunk_id, text=text, category=category)
    if kind is Kind.STRENGTH:
        fix = f"Give a number from \N{MINUS SIGN}{STRONGEST} (dislike) to {STRONGEST} (like)."
        strength = _taken(_strength, typed, "strength", fix, faults)
        return Edit(chunk_id=chunk_id, strength=strength)
    if kind is Kind.MERGE:
        into = _taken(_number, typed, "into", "Choose the belief that is to stay.", faults)
        return None if into is None else Merge(chunk_id, into)
    return _PLAIN[kind](chunk_id)


def _taken(
    kind: TypeAdapter[_T],
    typed: Mapping[str, str],
    name: str,
    fix: str,
    faults: dict[str, str],
) -> _T | None:
    try:
        return kind.validate_python(typed.get(name, ""))
    except ValidationError:
        faults[name] = fix
        return None
