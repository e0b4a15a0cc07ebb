"""Every question that a model was asked in a run, with its answer: a log, and what is not asked
again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from pydantic import TypeAdapter

from credence.planner.llm.asking import AnswerT, Call, Question
from credence.replay.audit.prompts import PROMPTS
from credence.replay.errors import MalformedData
from credence.replay.prices import unpriced
from credence.replay.runner.folder import system_file
from credence.replay.systems.system import Material

_CALLS = TypeAdapter(tuple[Call, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What came of one question; no answer: the model gave none that could be used."""

    answer: dict[str, Any] | None
    why: str = ""  # there is no answer
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0  # US dollars, of the calls that have a price
    unpriced: int = 0  # calls that have none
    each: tuple[Call, ...] = ()  # the calls; none in journals of versions that did not keep them

    @classmethod
    def of(cls, answer: dict[str, Any] | None, calls: tuple[Call, ...], why: str = "") -> Kept:
        return cls(
            answer=answer,
            why=why,
            calls=len(calls),
            tokens_in=sum(call.tokens_in for call in calls),
            tokens_out=sum(call.tokens_out for call in calls),
            cost=sum(call.price or 0.0 for call in calls),
            unpriced=_unpriced(calls),
            each=calls,
        )

    def row(self) -> dict[str, Any]:
        """As it stands in a line of a journal."""
        return asdict(self) | {"each": _CALLS.dump_python(self.each, mode="json")}

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Kept:
        """Raises ValueError, KeyError or TypeError where it is none."""
        each = _CALLS.validate_python(row.get("each", ()))
        told = {name: row[name] for name in cls.__slots__ if name not in ("each", "unpriced")}
        without = _unpriced(each) if each else unpriced(row, calls=row["calls"])
        return cls(**told, each=each, unpriced=without)


def _unpriced(calls: Iterable[Call]) -> int:
    return sum(call.price is None for call in calls)


def key_of(question: Question[AnswerT], *, user_id: str, number: int) -> str:
    """The same for the same question to the same person at the same place of their interview."""
    asked = [user_id, number, question.prompt.text, question.data, question.form.__name__]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


class Journal:
    """A line a question, on the disk before the answer is used; a torn last line is given up.

    The lines are in the order in which answers came: that differs with the number of workers.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: IO[bytes] | None = None
        self._kept: dict[str, Kept] = {}

    @contextmanager
    def open(self) -> Iterator[Journal]:
        """Read what is there, and add to it. Raises MalformedData."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a+b") as lines:
            lines.seek(0)
            whole = 0
            for number, line in enumerate(lines, start=1):
                if not line.endswith(b"\n"):
                    break
                whole += len(line)
                self._read(line, number)
            lines.truncate(whole)
            self._lines = lines
            try:
                yield self
            finally:
                self._lines = None

    def kept(self, key: str) -> Kept | None:
        return self._kept.get(key)

    def keep(self, key: str, kept: Kept, *, user_id: str, memory: int, prompt: str) -> None:
        """`memory`: how many entries about the person the prompt shows, as the audit reads it."""
        assert self._lines is not None, "a journal is open while an exam is sat"
        row = {"user_id": user_id, "memory": memory, "prompt": prompt, "key": key, **kept.row()}
        text = json.dumps(row, ensure_ascii=False) + "\n"
        self._lines.write(text.encode("utf-8", "surrogatepass"))
        self._lines.flush()
        os.fsync(self._lines.fileno())
        self._kept[key] = kept

    def _read(self, line: bytes, number: int) -> None:
        try:
            row = json.loads(line.decode("utf-8", "surrogatepass"))
            self._kept[row["key"]] = Kept.of_row(row)
        except (ValueError, KeyError, TypeError) as error:
            raise MalformedData(
                f"{self._path}, line {number}: no question and answer ({error!r}); choose another "
                "--out, or remove the folder"
            ) from error


def journal_of(system: str, material: Material) -> Journal:
    """Where the run's folder keeps the system's prompts and answers."""
    return Journal(material.folder / PROMPTS / f"{system_file(system)}.jsonl")
