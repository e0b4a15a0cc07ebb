"""What the doctor says of language models in a process that is not what it should be."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pydantic import AnyHttpUrl, SecretStr

from credence.app.examination import Finding
from credence.cli.ranking_processes import explaining_process, language_process

KEY = "hunter2hunter2"
MODELS = {"ranker": "tiny-labels-1", "models": ["tiny", "films"]}
READY = {"status": "ready", "model": "7", "language_models": MODELS}
FULL = {"type": "urn:credence:problem:queue-full"}


@contextmanager
def a_process(health: Any, *, status: int, says: Any) -> Iterator[AnyHttpUrl]:
    """Health is this, and an empty request for an order is answered so."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(200, health)

        def do_POST(self) -> None:
            self._say(status, says)

        def _say(self, status: int, told: Any) -> None:
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield AnyHttpUrl(f"http://127.0.0.1:{server.server_port}/")
        server.shutdown()
        thread.join()


def found(health: Any, *, status: int = 415, says: Any = None) -> Finding:
    with a_process(health, status=status, says=says) as url:
        told = language_process("causal lms", url, key=SecretStr(KEY))
    assert f"127.0.0.1:{url.port} " in told.says
    assert KEY not in told.says + told.fix
    return told


@pytest.mark.parametrize(
    "health",
    [
        {"status": "ready", "model": "7", "language_models": {"models": ["tiny"]}},
        {"status": "ready", "model": "7", "language_models": {"ranker": "tiny"}},
        {"status": "ready", "model": "7", "language_models": 3},
        {"model": "7"},
        [],
    ],
)
def test_what_says_nothing_of_itself_does_not_answer(health: Any) -> None:
    told = found(health)

    assert told.state == "problem"
    assert "does not answer (ValidationError); the local ranker's order stands" in told.says


@pytest.mark.parametrize("status", [200, 404, 429, 500, 502, 503])
def test_a_status_that_no_process_of_ours_has_is_named(status: int) -> None:
    told = found(READY, status=status)

    assert told.state == "problem"
    assert f"answers {status} where orders are asked for" in told.says


@pytest.mark.parametrize(("status", "says"), [(415, None), (503, FULL)])
def test_a_process_that_takes_the_key_is_well_however_busy(status: int, says: Any) -> None:
    told = found(READY, status=status, says=says)

    assert told.state == "ok"
    assert "orders by tiny-labels-1, with tiny, films" in told.says


def test_another_key_is_said_to_be_one() -> None:
    told = found(READY, status=401)

    assert "asks for another key" in told.says
    assert "CREDENCE_RANKER_KEY" in told.fix


@pytest.mark.parametrize("host", ["a..b", "a" * 70])
def test_a_host_that_there_cannot_be_is_a_finding(host: str) -> None:
    told = language_process("causal lms", AnyHttpUrl(f"http://{host}"), key=None)

    assert told.state == "problem"
    assert f"{host}:80 does not answer" in told.says


@pytest.mark.parametrize(
    ("there", "state", "says"),
    [
        (24, "ok", "24 tokens at most"),
        (500, "ok", "80 tokens at most"),
        (0, "problem", "writes none"),
    ],
)
def test_explanations_take_what_both_sides_allow(there: int, state: str, says: str) -> None:
    health = READY | {"language_models": MODELS | {"explanation_tokens": there}}
    with a_process(health, status=415, says=None) as url:
        told = explaining_process("explanations", url, tokens=80)

    assert (told.state, bool(told.fix)) == (state, state == "problem")
    assert f"127.0.0.1:{url.port}" in told.says
    assert says in told.says


def test_of_a_process_that_is_away_nothing_is_known_of_explanations() -> None:
    told = explaining_process("explanations", AnyHttpUrl("http://127.0.0.1:9"), tokens=80)

    assert told.state == "absent"  # the line of the process itself is the problem
    assert "127.0.0.1:9 does not answer" in told.says
