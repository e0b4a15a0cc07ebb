"""Ranking processes without language models, or with wrong ones; and what the doctor says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from string import ascii_uppercase

import httpx
import pytest
from typer.testing import CliRunner

from credence.app.examination import Finding
from credence.app.ranker_service.order_wire import packed_ask
from credence.app.ranker_service.speech import ORDER_PATH
from credence.app.settings import Settings
from credence.cli.doctor import examine
from credence.cli.main import app
from tests.integration.ranker.languages import Caller, a_list
from tests.integration.ranker.processes import Process, a_folder, free_port, serving
from tests.unit.inference.causal.models import a_tokenizer, change_json, tiny

KEY = "a-long-secret"


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with serving(a_folder(tmp_path_factory.mktemp("model")), key=KEY) as process:
        yield process


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without .env, for commands."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def of_languages(folder: Path, url: str, key: str | None = KEY) -> Finding:
    """What the doctor says of language models elsewhere."""
    given = {"data_dir": folder, "ranker": "semantic", "causal_url": url, "ranker_key": key}
    settings = Settings(_env_file=None, **given)  # type: ignore[call-arg, arg-type]
    (found,) = [one for one in examine(settings) if one.name == "causal lms"]
    return found


def test_it_refuses_to_order_and_says_what_is_missing(process: Process) -> None:
    answer = httpx.post(
        process.url + ORDER_PATH,
        content=packed_ask(a_list()),
        headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
        timeout=60,
        trust_env=False,
    )

    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:credence:problem:no-language-models"
    assert "CREDENCE_CAUSAL_ROUTER" in answer.json()["detail"]
    refused = 'credence_ranker_orders_refused_total{reason="no-language-models"}'
    assert refused in process.get("/metrics").text


async def test_its_callers_keep_the_local_order_and_leave_it_alone(process: Process) -> None:
    caller = Caller(process.url, key=KEY, failures=2, pause=3600)

    kept = [await caller.ranker(a_list()) for _ in range(3)]
    await caller.client.close()

    assert [made.order for made in kept] == [tuple(range(6))] * 3
    assert "it has no language models" in str(kept[0].fallback)
    assert "left alone" in str(kept[2].fallback)
    assert caller.ranker.state == "open"


def test_the_doctor_says_that_it_has_none(process: Process, empty: Path) -> None:
    found = of_languages(empty, process.url)

    assert found.state == "problem"
    assert "has no language models: the local ranker's order stands" in found.says
    assert "CREDENCE_CAUSAL_ROUTER" in found.fix


def test_the_doctor_says_that_nobody_answers(empty: Path) -> None:
    found = of_languages(empty, f"http://127.0.0.1:{free_port()}/")

    assert found.state == "problem"
    assert "does not answer (ConnectError)" in found.says
    assert KEY not in found.says + found.fix


def test_the_doctor_says_what_is_free_where_models_find_no_room_now(empty: Path) -> None:
    tiny(vocab_size=400).save_pretrained(empty / "vast")
    a_tokenizer([*ascii_uppercase], 400).save_pretrained(empty / "vast")
    change_json(empty / "vast" / "config.json", head_dim=10**12)  # no machine has so much
    given = {"causal_router": str(empty / "vast"), "causal_device": "cpu", "ranker": "semantic"}
    settings = Settings(_env_file=None, data_dir=empty, **given)  # type: ignore[call-arg, arg-type]

    (found,) = [one for one in examine(settings) if one.name == "causal lms"]

    assert found.state == "absent"  # a server may hold them: no fault
    assert "and cpu has " in found.says
    assert " free" in found.says
    assert "if a server that runs here holds them" in found.fix
    assert "CREDENCE_CAUSAL_" not in found.fix


def test_models_that_are_not_there_end_the_start_with_the_reason(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = started_with(monkeypatch, router=str(empty / "nowhere"), folder=empty)

    assert "nowhere" in done
    assert "CREDENCE_CAUSAL_" in done


def test_models_that_can_order_nothing_end_the_start_with_the_reason(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny(vocab_size=400, max_position_embeddings=64).save_pretrained(empty / "short")
    a_tokenizer([*ascii_uppercase], 400).save_pretrained(empty / "short")

    done = started_with(monkeypatch, router=str(empty / "short"), folder=empty)

    assert "the language models order not even two items" in done
    assert "64" in done


def started_with(monkeypatch: pytest.MonkeyPatch, *, router: str, folder: Path) -> str:
    """What `credence serve-ranker` says of this model before it ends."""
    chosen = {"ROUTER": router, "DEVICE": "cpu", "DTYPE": "fp32"}
    for name, value in chosen.items():
        monkeypatch.setenv(f"CREDENCE_CAUSAL_{name}", value)
    listwise, port = a_folder(folder / "listwise"), str(free_port())
    done = CliRunner().invoke(app, ["serve-ranker", "--model", str(listwise), "--port", port])
    assert done.exit_code == 2
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.stderr.replace("\n", " ")
