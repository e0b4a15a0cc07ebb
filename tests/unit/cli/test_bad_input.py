"""What somebody types, or has in a file, that cannot be right: a reason and a fix, no traceback."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from credence.cli.main import app
from credence.cli.ports import bound
from credence.cli.refusals import REFUSED


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # no .env here
    monkeypatch.setenv("CREDENCE_DATA_DIR", str(tmp_path / "data"))
    for name in [name for name in os.environ if name.startswith("CREDENCE_")]:
        if name != "CREDENCE_DATA_DIR":
            monkeypatch.delenv(name)


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def _refused(*arguments: str) -> str:
    done = _run(*arguments)
    assert done.exit_code == REFUSED, (done.output, done.exception)
    assert "fix: " in done.stderr
    return done.stderr


@contextmanager
def _answering(said: bytes) -> Iterator[str]:
    """URL of a server that answers this to everything."""

    class Answer(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(200)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("[" * 100_000, "too deep"),
        ('{"text": "\\ud800"}', "half a character"),
        ('{"rating": NaN}', "not JSON"),
        ('{"rating": 1e999}', "not JSON"),
        ('{"rating": ' + "9" * 5_000 + "}", "not JSON"),
    ],
)
def test_a_line_that_no_request_can_carry_is_named(line: str, wrong: str, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text("\n" + line)

    for command in ("events", "load"):
        said = _refused(command, "rows.jsonl")
        assert "line 2" in said
        assert wrong in said


@pytest.mark.parametrize(
    "url",
    [
        "http://[::1",
        "http://h:99999",
        "http://h:0",
        "h:8000",
        "ftp://h",
        "http://",
        "http://h/?a=b",
    ],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    for command in (("belief", "ada"), ("recommend",), ("admin", "link")):
        assert "--url is not the address" in _refused(*command, "--url", url)


@pytest.mark.parametrize(
    "said", [b"<html>", b"[]", b"3", b"{}", b'{"recorded": 1}', b"[" * 100_000, b"\xff"]
)
def test_a_server_that_is_not_credence_is_told(said: bytes, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"user_id": "a", "action": "view"}')
    with _answering(said) as url:
        for command in (("belief", "ada"), ("recommend",), ("events", "rows.jsonl")):
            assert "the server's answer" in _refused(*command, "--url", url)


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with _answering(b'{"here": 1}') as url:
        said = _refused("belief", "ada", "--url", url)
    assert "has no `" in said


def test_a_proxy_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "socks9://me:s3kret@h:1")
    monkeypatch.delenv("http_proxy", raising=False)
    said = _refused("belief", "ada", "--url", "http://credence.example")

    assert "HTTP_PROXY" in said
    assert "s3kret" not in said


@pytest.mark.parametrize("key", ["s3kr\u201ct", "s3kret\n"])
def test_a_key_that_no_header_can_carry_is_refused_without_showing_it(key: str) -> None:
    said = _refused("belief", "ada", "--url", "http://127.0.0.1:9", "--key", key)

    assert "the key" in said
    assert "s3k" not in said


def test_words_that_are_not_utf8_are_refused() -> None:
    ask = [sys.executable, "-m", "credence", "recommend", "--url", "http://127.0.0.1:9"]
    done = subprocess.run(
        [*ask, "--instruction", b"caf\xe9"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == REFUSED, done.stderr
    assert "UTF-8" in done.stderr


def test_a_file_of_settings_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"CREDENCE_POLICY=caf\xe9\n")

    assert ".env" in _refused("doctor")


def test_a_short_password_is_told_in_characters_and_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CREDENCE_ADMIN_PASSWORD", "s3kret")

    said = _refused("belief", "ada")

    assert "CREDENCE_ADMIN_PASSWORD: has 6 characters, needs 8 or more" in said
    assert "items" not in said
    assert "s3kret" not in said


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 201])
def test_a_link_is_made_for_a_name_that_fits_the_ledger(name: str) -> None:
    assert "--as" in _refused("admin", "link", "--as", name)


def test_the_doctor_names_variables_that_nothing_reads_and_the_nearest_that_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENCE_POOLSIZE", "s3kret")
    monkeypatch.setenv("CREDENCE_API_KEY", "s3kret")  # of the commands
    (tmp_path / ".env").write_text("CREDENCE_LEESE_SECONDS=s3kret\nOTHER=1\n")

    done = _run("doctor", "--json")

    found = {one["says"].split()[0]: one for one in json.loads(done.stdout)}
    assert "CREDENCE_POOL_SIZE" in found["CREDENCE_POOLSIZE"]["fix"]
    assert "CREDENCE_LEASE_SECONDS" in found["CREDENCE_LEESE_SECONDS"]["fix"]
    assert found["CREDENCE_POOLSIZE"]["state"] == "absent"  # others may put theirs there
    assert not {"CREDENCE_API_KEY", "OTHER"} & found.keys()
    assert "s3kret" not in done.output


@pytest.mark.parametrize("command", [("serve",), ("serve-ranker",), ("llm", "dev-server")])
def test_a_port_in_use_is_told_before_anything_is_loaded(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = _refused(*command, "--port", str(taken.getsockname()[1]))

    assert "cannot be listened on: Address already in use" in said
    assert "--port" in said
    assert not (tmp_path / "data").exists()


def test_a_port_that_is_taken_does_not_listen_before_somebody_serves() -> None:
    with bound("127.0.0.1", 0) as (taken,), socket.socket() as client:
        assert client.connect_ex(taken.getsockname()) == errno.ECONNREFUSED
        taken.listen()
        assert client.connect_ex(taken.getsockname()) == 0


def test_every_address_of_a_name_is_taken() -> None:
    with bound("localhost", 0) as taken:
        addresses = {one.getsockname()[0] for one in taken}

    assert "127.0.0.1" in addresses
    assert addresses <= {"127.0.0.1", "::1"}


def test_an_address_of_another_machine_is_told() -> None:
    assert "cannot be listened on" in _refused("serve", "--no-keys", "--host", "192.0.2.1")


@pytest.mark.parametrize("option", [("--events",), ("--people", "3")])
def test_options_of_a_folder_are_refused_for_a_file(
    option: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "items.jsonl").write_text('{"item_id": "a", "title": "A"}')

    assert "folder" in _refused("load", "items.jsonl", *option)
