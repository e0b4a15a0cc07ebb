"""Settings of the application that a replay takes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from credence.app.settings import Settings
from credence.inference.errors import ModelMissing
from credence.inference.listwise.bundle import read, shipped
from credence.planner.llm.asking import Role
from credence.replay.believing.served import rankers_of
from credence.replay.believing.taken import behind_servers, content_of, deciding
from credence.replay.believing.variant import Variant


def _settings(**given: Any) -> Settings:
    return Settings(_env_file=None, **given)  # type: ignore[call-arg]


def test_the_interval_between_looks_is_told() -> None:
    assert deciding(_settings())["check_after"] == 3
    assert deciding(_settings(check_after=7))["check_after"] == 7


def test_a_routed_model_of_ones_own_is_told_by_version_and_content(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        shutil.copytree(shipped(), folder)
    (other / "notes.txt").write_text("trained on something else", encoding="utf-8")

    told = [deciding(_settings(ranker_model=folder))["ranker_model"] for folder in (one, other)]

    assert all(name.startswith(f"{read(shipped()).version}, ") for name in told)
    assert len(set(told)) == 2
    assert deciding(_settings())["ranker_model"] is None
    with pytest.raises(ModelMissing):
        deciding(_settings(ranker_model=tmp_path / "nowhere"))


async def test_the_routed_model_that_is_set_ranks(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing):
        rankers_of(Variant(), _settings(ranker_model=tmp_path))
    ranker = await rankers_of(Variant(ranker="semantic"), _settings(ranker_model=tmp_path)).of("")
    assert "routed" not in ranker.name


@pytest.mark.parametrize(
    "elsewhere", [{"causal_router": "/models/x"}, {"causal_url": "http://127.0.0.1:2"}]
)
def test_causal_models_leave_the_rankers_seat_to_a_server(elsewhere: dict[str, str]) -> None:
    given = {"llm_base_url": "http://127.0.0.1:1/v1", "llm_model": "m"}
    settings = _settings(**given, **elsewhere)

    sat = behind_servers(settings)

    assert settings.llm is not None
    assert sat.llm is not None
    assert Role.RANKER not in settings.llm.endpoints
    assert Role.RANKER in sat.llm.endpoints
    assert sat.causal is None


def test_files_are_told_by_their_names_and_what_is_in_them(tmp_path: Path) -> None:
    def told(**files: str) -> str:
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        return content_of(tmp_path / name for name in files)

    assert told(a="1", b="2") == told(b="2", a="1")
    assert len({told(a="1", b="2"), told(a="2", b="1"), told(a="1"), told(c="1")}) == 4
