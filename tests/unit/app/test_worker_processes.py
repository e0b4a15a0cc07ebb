from __future__ import annotations

import os

import pytest

from credence.app.settings import Settings
from credence.app.worker_processes import most_processes, shared_out


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in [name for name in os.environ if name.startswith("CREDENCE_")]:
        monkeypatch.delenv(name)
    return Settings(_env_file=None, worker=False, workers=8, llm_in_flight=5)  # type: ignore[call-arg]


@pytest.mark.parametrize("processes", [1, 2, 3, 5])
def test_the_limits_of_all_processes_together_are_those_of_the_settings(
    settings: Settings, processes: int
) -> None:
    shares = shared_out(settings, processes)

    assert len(shares) == processes
    assert sum(share.workers for share in shares) == settings.workers
    assert sum(share.llm_in_flight for share in shares) == settings.llm_in_flight
    assert min(share.workers for share in shares) >= 1
    assert min(share.llm_in_flight for share in shares) >= 1


def test_each_advances_people_and_loads_no_ranker_that_it_would_not_ask(
    settings: Settings,
) -> None:
    asked = settings.model_copy(update={"ranker": "routed", "ranker_url": "http://ranker:8001"})

    shares = shared_out(asked, 2)

    assert [(one.worker, one.ranker, one.ranker_url) for one in shares] == [
        (True, "semantic", None)
    ] * 2


def test_calls_in_flight_bound_the_processes_only_where_models_are_asked(
    settings: Settings,
) -> None:
    asking = Settings(
        _env_file=None,  # type: ignore[call-arg]
        workers=8,
        llm_in_flight=5,
        llm_base_url="http://127.0.0.1:1/v1",  # type: ignore[arg-type]
        llm_model="none",
    )

    assert most_processes(settings) == 8
    assert most_processes(asking) == 5
