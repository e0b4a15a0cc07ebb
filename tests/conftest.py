"""How long properties are searched: briefly with every run, long by `make search`."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "search",
    max_examples=3_000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
