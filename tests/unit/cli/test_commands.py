"""Commands that need no database: help, refusals, the doctor."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from credence.app.loopback import is_loopback
from credence.app.settings import Settings
from credence.cli.doctor import examine
from credence.cli.main import app
from credence.cli.refusals import REFUSED, Unusable, refusals
from credence.cli.serve import address
from credence.inference.listwise.bundle import write
from tests.unit.inference.listwise.made_up import a_bundle

SECRET = "hunter2hunter2"


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # no .env here
    monkeypatch.setenv("CREDENCE_DATA_DIR", str(tmp_path / "data"))
    for name in ("API_KEYS", "DATABASE_URL", "RANKER", "RANKER_MODEL", "RANKER_URL"):
        monkeypatch.delenv(f"CREDENCE_{name}", raising=False)


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_help_names_every_command() -> None:
    shown = _run("--help").stdout
    commands = (
        "demo",
        "serve",
        "serve-ranker",
        "work",
        "load",
        "events",
        "belief",
        "recommend",
        "fit",
        "doctor",
        "db",
    )
    assert all(f" {name} " in shown for name in commands)


def test_help_loads_nothing_heavy() -> None:
    heavy = "{'torch', 'sqlalchemy', 'fastapi', 'pandas', 'numpy', 'langgraph'}"
    code = f"import sys, credence.cli.main; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("command", [["admin", "link"], ["db", "status"], ["llm", "cost"]])
def test_what_encodes_and_ranks_nothing_loads_no_models(command: list[str]) -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from credence.cli.main import app; "
        f"done = CliRunner().invoke(app, {command!r}); "
        "print(done.exit_code, sorted({'torch', 'transformers'} & set(sys.modules)))"
    )
    nowhere = os.environ | {"CREDENCE_DATABASE_URL": "postgresql://127.0.0.1:1/nothing"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=nowhere
    )
    assert done.stdout.strip() == f"{REFUSED} []"


def test_a_refusal_is_one_line_with_its_fix_and_exit_code_2() -> None:
    done = _run("events", "no-such-file.jsonl")

    assert done.exit_code == REFUSED
    assert done.stdout == ""
    assert done.stderr.startswith("error: cannot read no-such-file.jsonl")
    assert "fix: " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["events", "load"])
def test_a_line_that_is_not_json_is_named_even_where_nobody_takes_the_others(
    command: str, tmp_path: Path
) -> None:
    (tmp_path / "rows.jsonl").write_text('{"user_id": "a"}\n\nnot json\n')
    done = _run(command, "rows.jsonl", "--url", "http://127.0.0.1:9")

    assert done.exit_code == REFUSED
    assert "line 3: is not JSON" in done.stderr
    assert "1 rejected" in done.stderr
    assert "error: no answer from the server" in done.stderr
    assert "The others went in" not in done.stderr


def test_what_nobody_foresaw_is_not_dressed_up_as_a_refusal() -> None:
    with pytest.raises(ZeroDivisionError), refusals():
        raise ZeroDivisionError


def test_control_characters_of_a_refusal_do_not_reach_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(Exception), refusals():  # noqa: B017  typer.Exit
        raise Unusable("bad \x1b[2J name", fix="rename it")
    assert "\x1b" not in capsys.readouterr().err


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])
def test_serving_beyond_this_machine_without_keys_is_refused(host: str) -> None:
    done = _run("serve", "--host", host)

    assert done.exit_code == REFUSED
    assert "CREDENCE_API_KEYS" in done.stderr


def test_only_this_machine_reaches_a_loopback_address() -> None:
    assert all(is_loopback(host) for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost"))
    assert not any(is_loopback(host) for host in ("0.0.0.0", "::", "10.0.0.1"))


def test_a_wrong_setting_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENCE_API_KEYS", SECRET)
    done = _run("doctor")

    assert done.exit_code == REFUSED
    assert "CREDENCE_API_KEYS" in done.stderr
    assert SECRET not in done.output


def test_on_a_bare_machine_the_doctor_says_what_is_used_instead() -> None:
    done = _run("doctor", "--json")
    states = {finding["name"]: finding["state"] for finding in json.loads(done.stdout)}

    assert done.exit_code == 0
    assert states["database"] == states["llm"] == states["api keys"] == "absent"
    assert states["data folder"] == states["encoder"] == "ok"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "none in words: the built-in reasons alone"),
        ({"EXPLANATION_TOKENS": "80"}, "no model is named that could write them"),
        ({"ROUTER": "nowhere"}, "CREDENCE_CAUSAL_EXPLANATION_TOKENS is 0"),
        ({"ROUTER": "nowhere", "EXPLANATION_TOKENS": "80"}, "80 tokens at most"),
    ],
)
def test_the_doctor_says_whether_lists_are_explained_in_words(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], says: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"CREDENCE_CAUSAL_{name}", value)

    found = {finding.name: finding for finding in examine(Settings())}["explanations"]

    assert says in found.says
    assert found.state == ("ok" if len(given) == 2 else "absent")


@contextmanager
def _answering(said: bytes) -> Iterator[str]:
    """URL of a server that answers this to everything."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("said", "state", "says"),
    [
        (b'{"status": "ready", "model": "VERSION"}', "ok", "answers with routed-VERSION"),
        (b'{"status": "ready", "model": "7"}', "problem", "has model 7 and this machine VERSION"),
        (
            b'{"status": "ready", "model": "7-0"}',
            "problem",
            "has model 7-0 and this machine VERSION",
        ),
        (b'{"status": "stopping", "model": "VERSION"}', "problem", "is stopping"),
        (b"hello", "problem", "does not answer (ValidationError)"),
        (b"[]", "problem", "does not answer (ValidationError)"),
    ],
)
def test_the_doctor_asks_the_ranker_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: bytes, state: str, says: str
) -> None:
    version = write(a_bundle(version="7"), tmp_path / "model", provenance={}).version
    monkeypatch.setenv("CREDENCE_RANKER_MODEL", str(tmp_path / "model"))
    with _answering(said.replace(b"VERSION", version.encode())) as url:
        monkeypatch.setenv("CREDENCE_RANKER_URL", url)
        monkeypatch.setenv("CREDENCE_RANKER_KEY", SECRET)
        done = _run("doctor", "--json")
    found = {finding["name"]: finding for finding in json.loads(done.stdout)}

    assert found["ranker"]["says"] == f"routed-{version}, in process"
    assert found["ranker url"]["state"] == state
    assert says.replace("VERSION", version) in found["ranker url"]["says"]
    assert SECRET not in done.output


def test_a_ranker_process_that_is_away_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(a_bundle(), tmp_path / "model", provenance={})
    monkeypatch.setenv("CREDENCE_RANKER_MODEL", str(tmp_path / "model"))
    monkeypatch.setenv("CREDENCE_RANKER_URL", "http://127.0.0.1:9")
    done = _run("doctor")

    assert done.exit_code == 1
    assert "127.0.0.1:9 does not answer (ConnectError)" in done.stdout


@pytest.mark.parametrize(("insists", "code"), [("routed", 1), ("auto", 0), ("semantic", 0)])
def test_a_model_that_is_missing_is_a_problem_where_it_must_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, insists: str, code: int
) -> None:
    monkeypatch.setenv("CREDENCE_RANKER_MODEL", str(tmp_path / "nothing"))
    monkeypatch.setenv("CREDENCE_RANKER", insists)
    done = _run("doctor")

    assert done.exit_code == code
    assert ("manifest.json does not exist" in done.stdout) == (insists != "semantic")


def test_looking_makes_no_database(tmp_path: Path) -> None:
    _run("doctor")
    assert not (tmp_path / "data").exists()


def test_a_database_that_is_away_is_a_problem_and_its_password_stays_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CREDENCE_DATABASE_URL", f"postgresql://me:{SECRET}@127.0.0.1:9/x")
    monkeypatch.setenv("CREDENCE_API_KEYS", f"{SECRET}=acme")
    done = _run("doctor")

    assert done.exit_code == 1
    assert "127.0.0.1:9/x does not answer" in done.stdout
    assert "acme" in done.stdout
    assert SECRET not in done.output


def test_a_data_folder_that_cannot_be_made_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from credence.app.settings import Settings

    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("CREDENCE_DATA_DIR", str(tmp_path / "file" / "below"))
    found = {finding.name: finding for finding in examine(Settings())}

    assert found["data folder"].state == "problem"
    assert "CREDENCE_DATA_DIR" in found["data folder"].fix


@pytest.mark.parametrize("limit", ["CREDENCE_WORKERS", "CREDENCE_LLM_IN_FLIGHT"])
def test_more_worker_processes_than_there_is_work_for_are_refused(
    limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENCE_LLM_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("CREDENCE_LLM_MODEL", "none")
    monkeypatch.setenv(limit, "2")

    refused = _run("work", "--processes", "3")

    assert refused.exit_code == REFUSED
    assert "there is enough for 2" in refused.stderr
    assert limit in refused.stderr


def test_nobody_answering_at_a_url_is_a_refusal() -> None:
    done = _run("belief", "ada", "--url", "http://127.0.0.1:9")

    assert done.exit_code == REFUSED
    assert "credence serve" in done.stderr


@pytest.mark.parametrize(
    ("host", "there"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("fe80::1", "http://[fe80::1]:8000"),
        ("localhost", "http://localhost:8000"),
    ],
)
def test_a_server_is_found_where_a_browser_can_go(host: str, there: str) -> None:
    assert address(host, 8000) == there
