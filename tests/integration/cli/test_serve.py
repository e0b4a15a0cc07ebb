"""`credence serve` as somebody at a terminal starts it, and as a service manager does."""

from __future__ import annotations

import os
import pty
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

_STARTED = "Uvicorn running on"
_LINK = re.compile(r"(http://\S+/admin/sign-in/link\?token=\S+)")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def _served(database: str, folder: Path, notices: int, **more: str) -> Iterator[None]:
    """A server that tells this file descriptor what it has to say."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CREDENCE_")}
    environment = kept | {"CREDENCE_DATABASE_URL": database, "CREDENCE_WORKER": "false"} | more
    command = [sys.executable, "-m", "credence", "serve", "--port", str(_free_port())]
    serving = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=notices
    )
    os.close(notices)
    try:
        yield
    finally:
        serving.terminate()
        serving.wait(30)


def _said(descriptor: int) -> str:
    """What was said until requests were served."""
    said = ""
    while _STARTED not in said:
        part = os.read(descriptor, 10_000)
        assert part, said
        said += part.decode()
    return said


def test_at_a_terminal_a_link_into_the_admin_pages_is_printed_and_works(
    database: str, tmp_path: Path
) -> None:
    reading, terminal = pty.openpty()

    with _served(database, tmp_path, terminal):
        found = _LINK.search(_said(reading))
        assert found is not None
        page = httpx.get(found[1])

    assert page.status_code == 200
    assert "Sign in" in page.text


def test_what_may_be_a_log_gets_no_link(database: str, tmp_path: Path) -> None:
    reading, pipe = os.pipe()

    with _served(database, tmp_path, pipe):
        said = _said(reading)

    assert "/admin" in said
    assert "token=" not in said


def test_where_a_password_is_set_no_link_is_made(database: str, tmp_path: Path) -> None:
    reading, terminal = pty.openpty()

    with _served(database, tmp_path, terminal, CREDENCE_ADMIN_PASSWORD="correct-horse"):
        said = _said(reading)

    assert "token=" not in said
