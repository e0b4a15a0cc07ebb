"""Several worker processes as one: they start, stop and fall together."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import connection, get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Generic, TypeVar

from credence.app.settings import Settings

_STOPS = frozenset({signal.SIGTERM, signal.SIGINT})
Ready = Callable[[], None]
Share = TypeVar("Share")


def most_processes(settings: Settings) -> int:
    """Into how many the work can be shared out, so that each has a person and a call to make."""
    if settings.llm is None:
        return settings.workers
    return min(settings.workers, settings.llm_in_flight)


def shared_out(settings: Settings, processes: int) -> tuple[Settings, ...]:
    """The settings of each of so many worker processes, which keep the limits together.

    They advance people whatever CREDENCE_WORKER says. None of them ranks, so none loads a routed
    model.
    """
    return tuple(
        settings.model_copy(
            update={
                "worker": True,
                "workers": _part(settings.workers, number, processes),
                "llm_in_flight": _part(settings.llm_in_flight, number, processes),
                "ranker": "semantic",
                "ranker_url": None,
            }
        )
        for number in range(processes)
    )


def _part(whole: int, number: int, parts: int) -> int:
    return whole // parts + (number < whole % parts)


class ProcessEnded(RuntimeError):
    """A worker process ended although nobody told it to; the others were stopped.

    `status` is its exit status, below zero the signal that killed it.
    """

    def __init__(self, status: int) -> None:
        how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
        super().__init__(f"a worker process {how}; the others were stopped")
        self.status = status


@dataclass(slots=True)
class WorkerProcesses(Generic[Share]):
    """Runs `work`, a function that another process can import, once for each share of it.

    A process that cannot start, or dies, ends all of them: whatever keeps services running starts
    the whole again. They end with the process that started them, however that ends.
    """

    work: Callable[[Share, Ready], None]
    _running: list[SpawnProcess] = field(default_factory=list)
    _told: bool = False

    def run(self, shares: Sequence[Share], ready: Ready) -> None:
        """Until told to stop by SIGTERM or SIGINT, and until all have ended.

        `ready` is called once all are at work. The others start when the first is at work, so that
        what keeps them from it is told of once. Raises ProcessEnded.
        """
        resource_tracker.ensure_running()  # a start would do that, and let signals through
        with self._stopped_by_signals():
            try:
                if self._start(shares[:1]) and self._start(shares[1:]):
                    ready()
                if not self._running:
                    return
                status = self._first_to_end()
                if not self._told:
                    raise ProcessEnded(status)
            finally:
                if not self._told:
                    self._stop()
                for process in self._running:
                    process.join()

    def _start(self, shares: Sequence[Share]) -> bool:
        """Start a process for each; whether all are at work before any has ended."""
        context = get_context("spawn")  # a fork would take over the threads of torch half alive
        lines = []
        for share in shares:
            if self._told:
                return False
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_serve, args=(self.work, share, theirs), daemon=True)
            with _signals_later():
                process.start()
                self._running.append(process)
            theirs.close()
            lines.append(ours)
        while lines:
            ended = [process.sentinel for process in self._running]
            heard = connection.wait([*lines, *ended])
            if not {*ended}.isdisjoint(heard) or not all(_is_at_work(line) for line in heard):
                return False
            lines = [line for line in lines if line not in heard]
        return True

    def _first_to_end(self) -> int:
        """The exit status of one that has ended before the others."""
        ended = connection.wait([process.sentinel for process in self._running])
        first = next(process for process in self._running if process.sentinel in ended)
        first.join()
        assert first.exitcode is not None
        return first.exitcode

    @contextmanager
    def _stopped_by_signals(self) -> Iterator[None]:
        before = {told: signal.signal(told, lambda *_: self._stop()) for told in _STOPS}
        try:
            yield
        finally:
            for told, handler in before.items():
                signal.signal(told, handler)

    def _stop(self) -> None:
        self._told = True
        for process in self._running:
            process.terminate()


def _is_at_work(line: object) -> bool:
    assert isinstance(line, Connection)
    try:
        line.recv()
    except EOFError:
        return False
    return True


@contextmanager
def _signals_later() -> Iterator[None]:
    """Signals wait meanwhile; a process that is started inside never sees those of a terminal."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(work: Callable[[Share, Ready], None], share: Share, line: Connection) -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    threading.Thread(target=_end_with_parent, daemon=True).start()

    def ready() -> None:
        with suppress(BrokenPipeError):  # another has ended: nobody listens
            line.send(None)

    work(share, ready)


def _end_with_parent() -> None:
    """Nobody else would stop a process whose parent was killed, and others may have begun."""
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
