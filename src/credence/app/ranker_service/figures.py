"""Figures of the ranking process for Prometheus; none names a person."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from credence.app.ranker_service.explanation_figures import ExplanationFigures
from credence.app.ranker_service.order_figures import OrderFigures

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128)


class Figures:
    """What waits, how it goes together, how long it takes, and what is dropped."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.orders = OrderFigures(self._registry)
        self.explanations = ExplanationFigures(self._registry)
        self._waiting = Gauge(
            "credence_ranker_queue_length", "Requests that wait for a pass", registry=self._registry
        )
        self._sizes = Histogram(
            "credence_ranker_batch_size",
            "Requests in a pass of the model",
            buckets=_SIZES,
            registry=self._registry,
        )
        self._passes = Histogram(
            "credence_ranker_batch_seconds",
            "Time of a pass of the model",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._seconds = Histogram(
            "credence_ranker_request_seconds",
            "Time from a request's arrival to its answer",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._requests = Counter(
            "credence_ranker_requests", "Requests by status", ["status"], registry=self._registry
        )
        self._dropped = Counter(
            "credence_ranker_dropped",
            "Requests that were not computed: queue-full, late, stopping, starting or model-failed",
            ["reason"],
            registry=self._registry,
        )

    def waiting(self, count: Callable[[], int]) -> None:
        """Ask this for the length of the queue whenever figures are read."""
        self._waiting.set_function(count)

    def batch(self, size: int, seconds: float) -> None:
        self._sizes.observe(size)
        self._passes.observe(seconds)

    def request(self, status: int, seconds: float) -> None:
        self._requests.labels(str(status)).inc()
        self._seconds.observe(seconds)

    def dropped(self, reason: str) -> None:
        self._dropped.labels(reason).inc()

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self._registry)
