"""Servers behind TLS: trusted by the authorities that SSL_CERT_FILE names, and by no others."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from pydantic import AnyHttpUrl, SecretStr
from typer.testing import CliRunner

from credence.app.adapters.llm.endpoint import Limits
from credence.app.certificates import AuthoritiesUnreadable
from credence.app.ranker_service.connection import Connection, NotAnswered
from credence.app.settings import Settings
from credence.cli.doctor import language_models
from credence.cli.main import app as credence
from credence.cli.ranking_processes import language_process, ranker_process
from credence.planner.llm.asking import Outcome, Role
from credence.replay.asking.consulting import consulted
from credence.replay.asking.interview import ModelsAway
from tests.integration.certified import Authority
from tests.integration.llm.gateway.acts import reply, says
from tests.integration.llm.gateway.scripted_server import ScriptedServer, serving
from tests.integration.llm.gateway.world import GOOD, GOOD_TEXT, KEY, World
from tests.integration.ranker.processes import free_port

HERE = "127.0.0.1"


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    return Authority(tmp_path)


async def test_a_server_is_asked_whose_authority_is_named(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    async with serving(says(GOOD_TEXT), tls=authority.server(HERE)) as server:
        it = World(server, limits=Limits(), key=KEY)
        answer = await it.ask()
        await it.model.close()

    assert answer.value == GOOD
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("named", "name"), [(False, HERE), (True, "elsewhere.example")], ids=["by whom", "as whom"]
)
async def test_a_server_that_is_not_vouched_for_is_asked_once_and_told_nothing(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, named: bool, name: str
) -> None:
    if named:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    async with serving(tls=authority.server(name)) as server:
        it = World(server, limits=Limits(attempts=3), key=KEY)
        error = await it.unanswered()
        await it.model.close()

    assert error.why.startswith("the model's server is not trusted: its certificate was not")
    assert ("SSL_CERT_FILE" in error.why) is not named, "it mends no other name"
    assert it.ledger.outcomes == [Outcome.FAILED], "another try would end alike"
    assert server.asked == []


async def test_a_ranking_process_is_asked_by_the_same_authorities(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(reply(200, {"fine": True}), tls=authority.server(HERE)) as server:
        with pytest.raises(NotAnswered, match="its certificate was not accepted"):
            await _posted(server)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))

        assert await _posted(server) == 200

    assert len(server.asked) == 1


async def test_the_commands_say_that_a_certificate_is_at_fault(authority: Authority) -> None:
    async with serving(tls=authority.server(HERE)) as server:
        url = AnyHttpUrl(server.url)
        told = Settings(
            _env_file=None,  # type: ignore[call-arg]
            llm_base_url=url,
            llm_key=SecretStr(KEY),
            llm_model="m",
        )
        findings = [
            *await asyncio.to_thread(language_models, told),
            await asyncio.to_thread(ranker_process, url, "1"),
            await asyncio.to_thread(lambda: language_process("causal", url, key=None)),
        ]
        with pytest.raises(ModelsAway, match="is not trusted: its certificate was not accepted"):
            await consulted(told, {"vanilla": [Role.RANKER]})
        belief = ["belief", "ada", "--url", server.url]
        asked = await asyncio.to_thread(CliRunner().invoke, credence, belief)

    for found in findings:
        assert found.state == "problem"
        assert "is not trusted: its certificate was not accepted" in found.says
        assert "SSL_CERT_FILE" in found.says
    assert asked.exit_code == 2
    assert "the server is not trusted: its certificate was not accepted" in " ".join(
        asked.stderr.split()
    )


@pytest.mark.parametrize("content", [None, b"", b"no certificate"], ids=["away", "empty", "words"])
async def test_a_file_of_authorities_that_is_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    file = tmp_path / "authorities.pem"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    url = AnyHttpUrl("https://127.0.0.1:9")

    with pytest.raises(AuthoritiesUnreadable, match="the authorities cannot be read"):
        Connection(url, "/order", key=None, headers={}, timeout=1)
    with pytest.raises(AuthoritiesUnreadable):
        World(ScriptedServer(secure=True), limits=Limits(), key=KEY)
    belief = ["belief", "ada", "--url", str(url)]
    asked = await asyncio.to_thread(CliRunner().invoke, credence, belief)
    assert asked.exit_code == 2
    assert "fix: let SSL_CERT_FILE name a file of certificates in PEM form" in asked.stderr
    told = Settings(_env_file=None, llm_base_url=url, llm_model="m")  # type: ignore[call-arg]
    for found in (
        *language_models(told),
        ranker_process(url, "1"),
        language_process("causal", url, key=None),
    ):
        assert found.state == "problem"
        assert "cannot be asked: the authorities cannot be read" in found.says
    Connection(AnyHttpUrl("http://127.0.0.1:9"), "/order", key=None, headers={}, timeout=1)


def test_a_server_that_cannot_read_them_says_so_and_ends(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CREDENCE_DATABASE_URL", database)
    monkeypatch.setenv("CREDENCE_LLM_BASE_URL", "https://models.example/v1")
    monkeypatch.setenv("CREDENCE_LLM_MODEL", "m")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere.pem"))

    done = CliRunner().invoke(credence, ["serve", "--port", str(free_port())])

    assert done.exit_code == 2
    assert "error: the authorities cannot be read" in done.stderr
    assert "fix: let SSL_CERT_FILE name a file" in done.stderr
    assert "Traceback" not in done.stderr


async def _posted(server: ScriptedServer) -> int:
    connection = Connection(
        AnyHttpUrl(server.url), "/order", key=SecretStr(KEY), headers={}, timeout=30
    )
    try:
        answer = await connection.post(b"{}", since=time.monotonic(), largest=1_000)
    finally:
        await connection.close()
    return answer.status
