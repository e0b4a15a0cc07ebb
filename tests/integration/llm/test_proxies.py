"""Models are reached through the proxy of the environment, whose password nobody gets to see."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from pydantic import AnyHttpUrl, SecretStr

from credence.app.adapters.llm.chat_model import ChatModel
from credence.app.adapters.llm.endpoint import Limits
from credence.app.breaker import Breaker
from credence.app.settings import Settings
from credence.cli.doctor import language_models
from credence.planner.llm.asking import Role, Unanswered
from credence.replay.asking.consulting import consulted
from tests.integration.llm.gateway.acts import says
from tests.integration.llm.gateway.scripted_server import serving
from tests.integration.llm.gateway.world import (
    GOOD,
    GOOD_TEXT,
    KEY,
    RememberingLedger,
    a_question,
)
from tests.integration.llm.proxy import PASSWORD, proxying

_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


async def test_a_plain_server_is_asked_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(says(GOOD_TEXT)) as server, proxying(server.url) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)

        async with _model("http://models.example/v1") as model:
            answer = await model.ask(a_question())

    assert answer.value == GOOD
    assert proxy.lines == ["POST http://models.example/v1/chat/completions HTTP/1.1"]
    assert len(server.asked) == 1


async def test_a_tunnel_is_asked_for_and_neither_password_nor_key_gets_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving() as server, proxying(server.url) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)

        async with _model("https://models.example/v1") as model:
            with pytest.raises(Unanswered) as caught:
                await model.ask(a_question())

    assert proxy.lines == ["CONNECT models.example:443 HTTP/1.1"]
    assert KEY not in proxy.heads[0]
    for secret in (PASSWORD, PASSWORD.replace(" ", "%20"), KEY):
        assert secret not in caught.value.why + caplog.text


@pytest.mark.parametrize("exempt", ["models.example", ".example", "*"])
def test_what_no_proxy_names_is_reached_without(
    monkeypatch: pytest.MonkeyPatch, exempt: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:3128")
    assert _settings("http://models.example/v1").llm.endpoints[Role.RANKER].proxy is not None  # type: ignore[union-attr]

    monkeypatch.setenv("NO_PROXY", exempt)

    assert _settings("http://models.example/v1").llm.endpoints[Role.RANKER].proxy is None  # type: ignore[union-attr]


async def test_a_server_on_this_machine_is_asked_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(says(GOOD_TEXT)) as server, proxying(server.url) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)

        async with _model(server.url) as model:
            await model.ask(a_question())

    assert (len(server.asked), proxy.lines) == (1, [])


@pytest.mark.parametrize(
    "proxy",
    [
        f"socks5://u:{PASSWORD}@host:1",
        f"http://u:{PASSWORD}@",
        f"http://user:12#{PASSWORD}@host:1",
        f"http://user:12/{PASSWORD}@host:1",
    ],
)
def test_a_proxy_that_cannot_be_used_is_refused_without_its_password(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)

    with pytest.raises(ValueError, match="HTTPS_PROXY names no proxy") as caught:
        _settings("https://models.example/v1")

    assert PASSWORD not in str(caught.value)


async def test_doctor_asks_through_the_proxy_and_shows_it_without_its_password(
    monkeypatch: pytest.MonkeyPatch, models: str
) -> None:
    async with proxying(models) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)

        (found,) = await asyncio.to_thread(language_models, _settings("http://models.example/v1"))

    assert proxy.lines == ["GET http://models.example/v1/models HTTP/1.1"]
    assert f"through the proxy 127.0.0.1:{proxy.port}" in found.says
    assert (found.state, PASSWORD in found.says + found.fix) == ("ok", False)


async def test_a_replay_looks_for_its_models_through_the_proxy(
    monkeypatch: pytest.MonkeyPatch, models: str
) -> None:
    async with proxying(models) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)

        found = await consulted(_settings("http://models.example/v1"), {"vanilla": [Role.RANKER]})

    assert proxy.lines == ["GET http://models.example/v1/models HTTP/1.1"]
    assert found.plumbing_only  # as the development server said, behind the proxy


def _settings(url: str) -> Settings:
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        llm_base_url=AnyHttpUrl(url),
        llm_key=SecretStr(KEY),
        llm_model="credence-dev",
    )


@asynccontextmanager
async def _model(url: str) -> AsyncIterator[ChatModel]:
    """What the settings make of this address, with the proxy of the environment."""
    told = _settings(url).llm
    assert told is not None
    made = ChatModel(
        told.endpoints[Role.RANKER],
        limits=Limits(attempts=1),
        prices=None,
        ledger=RememberingLedger(),
        clock=lambda: datetime(2026, 3, 1, tzinfo=UTC),
        breaker=Breaker(),
        in_flight=asyncio.Semaphore(1),
    )
    try:
        yield made
    finally:
        await made.close()
