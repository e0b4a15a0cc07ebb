"""What answers for one role."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

ReadT = TypeVar("ReadT", bound=BaseModel)
WrittenT = TypeVar("WrittenT", bound=BaseModel)


class Unread(Exception):
    """A document is not of the form of its role; the message quotes nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mind(Generic[ReadT, WrittenT]):
    """One role: the form it reads, the form it writes, and the thinking in between.

    `obeys` is the thinking of the worst model (see `obeying`): the document and the honest answer
    in, the answer of one who does what the data says out.
    """

    reads: type[ReadT]
    writes: type[WrittenT]
    thinks: Callable[[ReadT], Awaitable[WrittenT]]
    obeys: Callable[[ReadT, WrittenT], WrittenT]

    def document(self, data: str) -> ReadT:
        """Raises Unread."""
        try:
            return self.reads.model_validate_json(data)
        except ValidationError as error:
            faults = error.errors(include_input=False, include_url=False, include_context=False)
            told = "; ".join(f"{'.'.join(map(str, f['loc']))}: {f['type']}" for f in faults[:5])
            raise Unread(f"not of the form {self.reads.__name__} ({told})") from error
