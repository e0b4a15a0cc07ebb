"""The system page of a server whose language models are in a process elsewhere."""

from __future__ import annotations

import httpx
import pytest
from pydantic import AnyHttpUrl, SecretStr

from credence.app.bootstrap import Application
from credence.app.not_explained import NotExplained
from credence.app.settings import Settings
from tests.integration.ranker.languages import a_list
from tests.unit.planner.llm.test_explained import a_placement


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


class TestExplanations:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"causal_explanation_tokens": 80})

    async def test_where_they_are_written_and_that_they_are_not_is_told(
        self, signed_in: httpx.AsyncClient, application: Application
    ) -> None:
        assert application.teller is not None
        well = (await signed_in.get("/admin/t/default/system")).text
        for _ in range(5):
            with pytest.raises(NotExplained):
                await application.teller(a_placement())
        away = (await signed_in.get("/admin/t/default/system")).text

        rows = [page.split("<td>explanations</td>")[1].split("</tr>")[0] for page in (well, away)]
        assert all("<td>127.0.0.1:9</td>" in row for row in rows)
        assert "closed: they are written" in rows[0]
        assert "open: none are written" in rows[1]
        assert "do not write explanations" in away
        assert "do not write explanations" not in well
        assert "hush" not in well + away


async def test_where_no_explanations_are_written_the_reasons_are_named(
    signed_in: httpx.AsyncClient,
) -> None:
    page = (await signed_in.get("/admin/t/default/system")).text

    row = page.split("<td>explanations</td>")[1].split("</tr>")[0]
    assert "none: lists are explained by their reasons alone" in row
