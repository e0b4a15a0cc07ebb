"""Quantiles of histograms."""

from __future__ import annotations

import pytest

from credence.app.api.metrics import Metrics
from credence.app.api.quantiles import quantile

INF = float("inf")


def test_of_nothing_there_is_none() -> None:
    assert quantile([], 0.5) is None
    assert quantile([(1.0, 0), (INF, 0)], 0.5) is None


def test_values_are_taken_to_lie_evenly_within_a_bucket() -> None:
    buckets = [(1.0, 10.0), (2.0, 20.0), (INF, 20.0)]

    assert quantile(buckets, 0.5) == pytest.approx(1.0)
    assert quantile(buckets, 0.75) == pytest.approx(1.5)


def test_of_the_open_bucket_its_lower_bound_is_told() -> None:
    assert quantile([(1.0, 1.0), (INF, 10.0)], 0.99) == 1.0


def test_requests_are_told_by_route_with_those_that_failed() -> None:
    metrics = Metrics()
    for _ in range(98):
        metrics.request("/v1/events", "POST", 202, 0.003)
    metrics.request("/v1/events", "POST", 500, 4.0)
    metrics.request("/v1/events", "POST", 503, 4.0)
    metrics.request("/health/live", "GET", 200, 0.001)

    events, live = metrics.answered()

    assert (events.route, events.method, events.count, events.failed) == (
        "/v1/events", "POST", 100, 2,
    )  # fmt: skip
    assert events.median < 0.005
    assert 2.5 < events.slow < 5
    assert (live.count, live.failed) == (1, 0)
