"""Figures of the language models of the ranking process for Prometheus; none names a person."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0)


class OrderFigures:
    """How many lists were put into order, how long that took, and what was refused and why."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._at_work = Gauge(
            "credence_ranker_order_queue_length",
            "Lists that language models order, explanations that they write, and what waits",
            registry=registry,
        )
        self._ordered = Counter(
            "credence_ranker_orders", "Lists that language models put into order", registry=registry
        )
        self._seconds = Histogram(
            "credence_ranker_order_seconds",
            "Time from a list's arrival to its order by language models",
            buckets=_SECONDS,
            registry=registry,
        )
        self._requests = Counter(
            "credence_ranker_order_requests",
            "Requests for an order by language models, by status",
            ["status"],
            registry=registry,
        )
        self._refused = Counter(
            "credence_ranker_orders_refused",
            "Lists without an order: no-language-models, queue-full, late, stopping, starting, "
            "model-failed (the routed one: nothing is taken), gone (nobody waited any more), "
            "no-answer or failed",
            ["reason"],
            registry=registry,
        )

    def at_work(self, count: Callable[[], int]) -> None:
        """Ask this for the length of the queue whenever figures are read."""
        self._at_work.set_function(count)

    def ordered(self, seconds: float) -> None:
        self._ordered.inc()
        self._seconds.observe(seconds)

    def request(self, status: int) -> None:
        self._requests.labels(str(status)).inc()

    def refused(self, reason: str) -> None:
        self._refused.labels(reason).inc()
