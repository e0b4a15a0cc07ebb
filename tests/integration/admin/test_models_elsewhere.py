"""The system page of a server whose language models are in a process elsewhere."""

from __future__ import annotations

import httpx
import pytest
from pydantic import AnyHttpUrl, SecretStr

from credence.app.bootstrap import Application
from credence.app.settings import Settings
from tests.integration.ranker.languages import a_list


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update={
            "causal_url": AnyHttpUrl("http://hush:hush@127.0.0.1:9"),
            "ranker_key": SecretStr("hush-key"),
        }
    )


async def test_its_place_and_state_are_told_and_what_to_do_when_it_is_away(
    signed_in: httpx.AsyncClient, application: Application
) -> None:
    assert application.language_process is not None
    well = (await signed_in.get("/admin/t/default/system")).text
    for _ in range(5):
        await application.language_process(a_list())
    away = (await signed_in.get("/admin/t/default/system")).text

    for shown in (well, away):
        assert "<td>127.0.0.1:9</td>" in shown
        assert "<td>set</td><td>none</td>" in shown  # key and price
        assert "hush" not in shown
    assert "closed: model answers" in well
    assert "open: built-in part" in away
    assert "language model at 127.0.0.1:9 does not answer" in away.replace("&#39;", "'")
    assert "language model at 127.0.0.1:9 does not answer" not in well.replace("&#39;", "'")
