"""The settings that the system page shows hold no secret."""

from __future__ import annotations

from typing import Any

from credence.app.admin.system.shown_settings import place_of, shown_settings
from credence.app.settings import Settings

SECRETS = {
    "database_url": "postgresql://me:hush@db/credence",
    "api_keys": "hush-key=default,hush-other=shop",
    "admin_password": "hush-password",
    "ranker_url": "http://rank.example:8900/hush",
    "ranker_key": "hush-ranker",
    "llm_base_url": "http://llm.example:11434/v1/hush",
    "llm_key": "hush-llm",
    "llm_model": "large",
    "llm_planner_key": "hush-planner",
    "llm_prices": "large=1/2/3",
}


def _shown(**given: Any) -> dict[str, str]:
    settings = Settings(_env_file=None, **given)  # type: ignore[call-arg]
    return {one.name: one.value for one in shown_settings(settings)}


def test_secrets_are_said_to_be_set_or_not() -> None:
    shown = _shown(**SECRETS)

    assert "hush" not in str(shown)
    assert shown["CREDENCE_DATABASE_URL"] == shown["CREDENCE_LLM_KEY"] == "set"
    assert shown["CREDENCE_ADMIN_PASSWORD"] == shown["CREDENCE_LLM_PLANNER_KEY"] == "set"
    assert shown["CREDENCE_LLM_RANKER_KEY"] == "not set"
    assert shown["CREDENCE_API_KEYS"] == "2 for default, shop"
    assert shown["CREDENCE_RANKER_URL"] == "rank.example:8900"
    assert shown["CREDENCE_LLM_BASE_URL"] == "llm.example:11434"


def test_every_setting_is_there_and_told_apart_from_its_default() -> None:
    settings = Settings(_env_file=None, check_after=7)  # type: ignore[call-arg]
    shown = shown_settings(settings)

    assert len(shown) == len(Settings.model_fields)
    assert [(one.name, one.value) for one in shown if one.given] == [("CREDENCE_CHECK_AFTER", "7")]


def test_a_place_is_a_host_and_a_port_alone() -> None:
    assert place_of("https://me:hush@host.example/v1?key=hush#x") == "host.example"
    assert place_of("http://[::1]:8900/v1") == "[::1]:8900"
