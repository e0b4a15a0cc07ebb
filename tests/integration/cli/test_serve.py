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
import psycopg
import pytest
from sqlalchemy import make_url

_STARTED = "Application startup complete"
_LINK = r"(http://\S+/admin/sign-in/link\?token=\S+)\s"
_END = r"\Z.^"  # finds nothing


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _environment(database: str, more: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CREDENCE_")}
    return kept | more | {"CREDENCE_DATABASE_URL": database, "CREDENCE_WORKER": "false"}


@contextmanager
def _served(database: str, folder: Path, notices: int, **more: str) -> Iterator[int]:
    """A server that tells this file descriptor what it has to say; its port."""
    environment = _environment(database, more)
    port = _free_port()
    command = [sys.executable, "-m", "credence", "serve", "--port", str(port)]
    serving = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=notices
    )
    os.close(notices)
    try:
        yield port
    finally:
        serving.terminate()
        serving.wait(30)


def _said(descriptor: int, *, until: str) -> str:
    """What was said up to what this finds, or to the end of it."""
    said = ""
    while not re.search(until, said):
        try:
            part = os.read(descriptor, 10_000)
        except OSError:  # how a terminal says that nobody is at its other end
            break
        if not part:
            break
        said += part.decode()
    return said


def test_at_a_terminal_a_link_into_the_admin_pages_is_printed_and_works(
    database: str, tmp_path: Path
) -> None:
    reading, terminal = pty.openpty()

    with _served(database, tmp_path, terminal):
        found = re.search(_LINK, _said(reading, until=_LINK))
        assert found is not None
        page = httpx.get(found[1], timeout=60)

    assert page.status_code == 200
    assert "Sign in" in page.text


def test_what_may_be_a_log_gets_no_link(database: str, tmp_path: Path) -> None:
    reading, pipe = os.pipe()

    with _served(database, tmp_path, pipe, FORCE_COLOR="1"):
        said = _said(reading, until=_STARTED)
    said += _said(reading, until=_END)

    assert "/admin" in said
    assert "token=" not in said


def test_where_a_password_is_set_no_link_is_made(database: str, tmp_path: Path) -> None:
    reading, terminal = pty.openpty()

    with _served(database, tmp_path, terminal, CREDENCE_ADMIN_PASSWORD="correct-horse"):
        said = _said(reading, until=_STARTED)
    said += _said(reading, until=_END)

    assert "token=" not in said


def test_a_link_that_cannot_be_made_keeps_no_server_from_serving(
    database: str, tmp_path: Path
) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("ALTER TABLE sign_ins RENAME TO elsewhere")
    reading, terminal = pty.openpty()

    with _served(database, tmp_path, terminal) as port:
        _said(reading, until="was not")
        answer = httpx.get(f"http://127.0.0.1:{port}/health/live", timeout=60)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "names",
    [("CREDENCE_RANKER_MODEL", "CREDENCE_RANKER"), ("CREDENCE_CAUSAL_ROUTER", "CREDENCE_CAUSAL")],
)
def test_what_a_user_can_mend_ends_the_start_with_a_sentence_and_no_traceback(
    database: str, tmp_path: Path, names: tuple[str, str]
) -> None:
    missing = {"CREDENCE_RANKER": "routed", names[0]: str(tmp_path / "nowhere")}

    ended = subprocess.run(
        [sys.executable, "-m", "credence", "serve", "--port", str(_free_port())],
        cwd=tmp_path,
        env=_environment(database, missing),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert ended.returncode == 2
    assert "nowhere" in ended.stderr
    assert "fix: see " in ended.stderr
    assert names[1] in ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr


@pytest.mark.parametrize("command", ["serve", "work"])
@pytest.mark.parametrize("wrong", [{"database": "nowhere"}, {"username": "nobody"}])
def test_a_database_that_lets_nobody_in_ends_the_start_with_a_fix(
    database: str, tmp_path: Path, command: str, wrong: dict[str, str]
) -> None:
    url = make_url(database).set(**wrong).render_as_string(hide_password=False)  # type: ignore[arg-type]
    port = [] if command == "work" else ["--port", str(_free_port())]

    ended = subprocess.run(
        [sys.executable, "-m", "credence", command, *port],
        cwd=tmp_path,
        env=_environment(url, {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert ended.returncode == 2
    assert "CREDENCE_DATABASE_URL" in ended.stderr
    assert "fix: " in ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr


def test_why_a_database_is_away_is_logged_without_its_password(tmp_path: Path) -> None:
    reading, pipe = os.pipe()

    with _served("postgresql://me:s3kret@127.0.0.1:9/x", tmp_path, pipe):
        said = _said(reading, until="refused")
    said += _said(reading, until=_END)

    assert "cannot be reached" in said
    assert "s3kret" not in said
