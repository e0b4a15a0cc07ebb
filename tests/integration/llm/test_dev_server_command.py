"""`credence llm dev-server` as a command and as a process."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest
import typer
from typer.testing import CliRunner, Result

from credence.app.llm_dev.faults import Fault
from credence.cli.llm.dev_server import dev_server
from credence.cli.refusals import REFUSED
from tests.integration.ranker.processes import free_port

_PATIENCE = 60  # seconds after which the process is given up


def _run(*arguments: str) -> Result:
    alone = typer.Typer()
    alone.command("dev-server")(dev_server)
    return CliRunner().invoke(alone, list(arguments))


def test_help_says_that_it_is_no_language_model() -> None:
    assert "It is no language model." in _run("--help").stdout


def test_the_faults_are_listed_with_what_they_do() -> None:
    shown = _run("--faults")

    assert shown.exit_code == 0
    assert all(f" {fault} " in shown.stdout for fault in Fault)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--fault", "418"), "there is no fault '418'"),
        (("--fault", "stall=0.9", "--fault", "drop=0.9"), "more than 1"),
        (("--host", "0.0.0.0"), "no key is needed"),
    ],
)
def test_what_cannot_be_is_refused_with_a_fix(arguments: tuple[str, ...], said: str) -> None:
    refused = _run(*arguments)

    assert refused.exit_code == REFUSED
    assert said in refused.stderr
    assert "fix: " in refused.stderr


@pytest.fixture
def process() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server in a process of its own, which loads the encoder first."""
    port = free_port()
    code = "import typer; from credence.cli.llm.dev_server import dev_server; typer.run(dev_server)"
    command = [sys.executable, "-c", code, "--port", str(port), "--fault", "503"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        yield running, port
        running.terminate()


def test_it_says_how_to_be_reached_and_answers_there(
    process: tuple[subprocess.Popen[str], int],
) -> None:
    running, port = process
    assert running.stdout is not None
    told = [running.stdout.readline().strip() for _ in range(2)]

    assert told == [
        f"CREDENCE_LLM_BASE_URL=http://127.0.0.1:{port}/v1",
        "CREDENCE_LLM_MODEL=credence-dev",
    ]
    body = {"model": "credence-dev", "messages": [{"role": "user", "content": "Hello"}]}
    url = told[0].partition("=")[2] + "/chat/completions"
    deadline = time.monotonic() + _PATIENCE
    while True:
        assert running.poll() is None
        assert time.monotonic() < deadline
        try:
            answer = httpx.post(url, json=body, timeout=_PATIENCE, trust_env=False)
        except httpx.ConnectError:
            time.sleep(0.02)
            continue
        break
    assert answer.status_code == 503
