"""How tests are run: which go together, how long properties are searched."""

from __future__ import annotations

import gc

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

# Briefly with every run, long by `make search`.
settings.register_profile(
    "search",
    max_examples=3_000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)


def pytest_collection_finish() -> None:
    """What was imported stays: walking it again and again took a sixteenth of a long file."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


class ByFile(LoadScopeScheduling):  # type: ignore[misc]
    """One file after another to whichever process is free; those before the browser all to one,
    for they share their servers."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return "tests/e2e" if path.startswith("tests/e2e/") else path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    return ByFile(config, log)
