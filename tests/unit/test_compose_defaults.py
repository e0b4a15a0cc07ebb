"""What the containers are told where nobody sets anything: the settings' own defaults."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from credence.app.settings import Settings

ROOT = Path(__file__).parents[2]
_REFERENCE = re.compile(r"\$\{(\w+)(?::?-([^}]*)|:\?[^}]*)\}")
_GIVEN = {"CREDENCE_API_KEYS": "some-long-secret=default"}  # which is asked for


def told(service: str, **given: str) -> dict[str, str]:
    """A service's environment where only these variables are set."""
    set_ = _GIVEN | given
    parsed = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return {
        name: _REFERENCE.sub(lambda found: set_.get(found[1], found[2] or ""), value)
        for name, value in parsed["services"][service]["environment"].items()
    }


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)  # no .env here
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CREDENCE_{name.upper()}", raising=False)


def settings_of(monkeypatch: pytest.MonkeyPatch, service: str, **given: str) -> Settings:
    for name, value in told(service, **given).items():
        monkeypatch.setenv(name, value)
    return Settings()


@pytest.mark.parametrize("service", ["api", "worker", "ranker"])
def test_nothing_but_the_database_and_the_keys_differs(
    monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    bare = Settings()

    made = settings_of(monkeypatch, service)

    differ = {name for name in Settings.model_fields if getattr(made, name) != getattr(bare, name)}
    assert differ == (set() if service == "ranker" else {"database_url", "api_keys"})


def test_the_ranker_is_told_of_language_models_and_the_api_of_the_ranker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = {
        "CREDENCE_CAUSAL_URL": "http://ranker:8001",
        "CREDENCE_CAUSAL_ROUTER": "/models/router",
        "CREDENCE_CAUSAL_RISE": "",
        "CREDENCE_CAUSAL_ORDERS": "2",
    }
    with monkeypatch.context() as alone:
        ranker = settings_of(alone, "ranker", **given)
    api = settings_of(monkeypatch, "api", **given)

    assert ranker.causal is not None
    assert (ranker.causal.router, ranker.causal.orders) == ("/models/router", 2)
    assert (str(api.causal_url), api.causal, api.causal_rise) == ("http://ranker:8001/", None, None)


def test_the_models_are_there_to_be_read() -> None:
    parsed = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))

    (mounted,) = parsed["services"]["ranker"]["volumes"]
    assert mounted.endswith(":/models:ro")
    assert "models" in parsed["volumes"]  # an empty one, where no folder is named
