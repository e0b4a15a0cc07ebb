from __future__ import annotations

import pytest
from pydantic import AnyHttpUrl

from credence.app.settings import Settings
from credence.planner.llm.asking import Role
from credence.replay.asking.consulting import Consulted, NoModels, consulted

NOBODY = AnyHttpUrl("http://127.0.0.1:9/v1")


def settings(**given: object) -> Settings:
    return Settings(_env_file=None, **given)  # type: ignore[arg-type, call-arg]


async def test_systems_that_ask_no_model_need_none() -> None:
    assert await consulted(settings(), {"random": ()}) == Consulted()


async def test_without_a_model_the_refusal_names_the_setting_and_the_stand_in() -> None:
    with pytest.raises(NoModels, match=r"vanilla asks .*CREDENCE_LLM_BASE_URL") as refusal:
        await consulted(settings(), {"random": (), "vanilla": (Role.RANKER,)})

    assert "credence llm dev-server" in refusal.value.fix


async def test_a_seat_that_the_settings_leave_out_is_named() -> None:
    given = settings(llm_base_url=NOBODY, llm_model="m", llm_roles="ranker")

    with pytest.raises(NoModels, match=r"flat asks the synthesizer's model.*CREDENCE_LLM_ROLES"):
        await consulted(given, {"flat": (Role.RANKER, Role.SYNTHESIZER)})
