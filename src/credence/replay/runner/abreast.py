"""A run in several processes, each of which sits the exams of whole domains.

Nothing that an answer rests on is shared by two domains, so the bytes are those of one process.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeAlias

from credence.replay.asking.roles import asks_causal, roles_of
from credence.replay.errors import ReplayError
from credence.replay.exam.paper import FrozenExam
from credence.replay.runner.invigilator import Told
from credence.replay.runner.kept import schema_prefix
from credence.replay.runner.provenance import commit
from credence.replay.runner.record import Record
from credence.replay.runner.run import Run, Watcher, checked, run


class ProcessLost(ReplayError):
    """A process of the run ended without a word."""

    fix = "see that there is memory for it, or ask for fewer --processes; run it again to go on"


@dataclass(frozen=True, slots=True)
class _Building:
    number: int  # of the memory, in its process
    memory: str
    people: int


@dataclass(frozen=True, slots=True)
class _Built:
    number: int


@dataclass(frozen=True, slots=True)
class _Answered:
    exam: str
    system: str
    record: Record | None


@dataclass(frozen=True, slots=True)
class _Done:
    """A domain is; the process waits for another."""


_SECONDS_TO_END = 10.0
_Said: TypeAlias = "_Building | _Built | _Answered | _Done | BaseException"


def run_abreast(asked: Run, watcher: Watcher, *, processes: int) -> tuple[Path, ...]:
    """The run, in at most so many processes; in this one where there is nothing to spread.

    `asked.encode` must be a function that another process can import. Systems that ask language
    models wait for a server and not for a processor, models of the process would lie in memory
    once for each, and a cluster has processes of its own: none of them is spread. Raises what
    `run` raises, and ProcessLost.
    """
    most = min(processes, len(asked.domains))
    models = any(roles_of(name) or asks_causal(name) for name in asked.systems)
    if most < 2 or asked.desks or models:
        return asyncio.run(run(asked, watcher))
    asyncio.run(checked(asked))
    schema_prefix(asked.out)  # drawn once, for all of them
    waiting = list(asked.domains)
    with ExitStack() as stack:
        heard = {}
        for _ in range(most):
            line = stack.enter_context(_process(asked))
            _tell(line, waiting.pop(0))
            heard[line] = _Listening(asked, watcher)
        while heard:
            ready = connection.wait(list(heard))
            for line in [one for one in heard if one in ready]:
                if not heard[line].to(_said(line)):
                    continue
                if waiting:
                    _tell(line, waiting.pop(0))
                    continue
                _tell(line, None)
                del heard[line]
    return tuple(asked.out / name for name in asked.exams)


class _Listening:
    """Tells the watcher what one process says."""

    def __init__(self, asked: Run, watcher: Watcher) -> None:
        self._asked = asked
        self._watcher = watcher
        self._built: dict[int, Callable[[], None]] = {}
        self._told: dict[str, Told] = {}

    def to(self, said: _Said) -> bool:
        """Whether the process is done with its domain. Raises what went wrong in it."""
        match said:
            case _Building(number, memory, people):
                self._built[number] = self._watcher.building(memory, people)
            case _Built(number):
                self._built[number]()
            case _Answered(exam, system, record):
                if exam not in self._told:
                    self._told[exam] = self._watcher.exam(exam, self._asked.exams[exam])
                self._told[exam](system, record)
            case BaseException():
                raise said
        return isinstance(said, _Done)


def _tell(line: Connection, domain: str | None) -> None:
    with _not_lost():
        line.send(domain)


def _said(line: Connection) -> _Said:
    with _not_lost():
        said: _Said = line.recv()
    return said


@contextmanager
def _not_lost() -> Iterator[None]:
    """Raises ProcessLost where the other end of a line is gone."""
    try:
        yield
    except (EOFError, OSError):
        raise ProcessLost("a process of the run has ended in the midst of its work") from None


@contextmanager
def _process(asked: Run) -> Iterator[Connection]:
    """A line to a process that sits the exams of each domain it is told of, till it gets None."""
    context = get_context("spawn")  # a fork would take over the threads of torch half alive
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, asked), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
        process.join(_SECONDS_TO_END)  # in its own way it also gives back what it shares
    finally:
        process.terminate()
        process.join()
        ours.close()


def _serve(line: Connection, asked: Run) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this process ends it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    commit()  # of the code as this process has loaded it
    domain: str
    while domain := line.recv():
        try:
            asyncio.run(run(asked.of(domain), _telling(line)))
        except Exception as error:  # noqa: BLE001  it is raised where the run was asked for
            line.send(portable(error))
        else:
            line.send(_Done())


def _end_with_parent() -> None:
    """Nobody else would end a process whose parent was killed, and another run may have begun."""
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)


def _telling(line: Connection) -> Watcher:
    numbers = count()

    def building(memory: str, people: int) -> Callable[[], None]:
        number = next(numbers)
        line.send(_Building(number, memory, people))
        return lambda: line.send(_Built(number))

    def exam(name: str, frozen: FrozenExam) -> Told:
        return lambda system, record: line.send(_Answered(name, system, record))

    return Watcher(exam=exam, building=building)


def portable(error: Exception) -> Exception:
    """The error with the trace of this process, or one that says the same and can be sent."""
    trace = "".join(traceback.format_exception(error))
    try:
        sent: Any = pickle.loads(pickle.dumps(error))  # noqa: S301  our own bytes
    except Exception:  # noqa: BLE001  an error may refuse either in its own way
        sent = RuntimeError(f"{type(error).__name__}: {error}")
    if str(sent) != str(error) and (fix := getattr(error, "fix", None)):
        sent = ReplayError(str(error))
        sent.fix = fix
    sent.add_note(f"in a process of the run:\n{trace}")
    portable: Exception = sent
    return portable
