"""Figures of the explanations of the ranking process for Prometheus; none names a person."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0)


class ExplanationFigures:
    """How many explanations were written, how long that took, and what was refused and why."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._written = Counter(
            "credence_ranker_explanations",
            "Explanations that language models wrote",
            registry=registry,
        )
        self._tokens = Counter(
            "credence_ranker_explanation_tokens",
            "Tokens of explanations that language models wrote",
            registry=registry,
        )
        self._seconds = Histogram(
            "credence_ranker_explanation_seconds",
            "Time from the arrival of what is to be explained to the words",
            buckets=_SECONDS,
            registry=registry,
        )
        self._requests = Counter(
            "credence_ranker_explanation_requests",
            "Requests for an explanation by language models, by status",
            ["status"],
            registry=registry,
        )
        self._refused = Counter(
            "credence_ranker_explanations_refused",
            "Explanations that were not written: no-explanations (none are here), queue-full, "
            "late, stopping, starting, model-failed (the routed one: nothing is taken), gone "
            "(nobody waited any more), no-answer or failed",
            ["reason"],
            registry=registry,
        )

    def written(self, seconds: float, *, tokens: int) -> None:
        self._written.inc()
        self._tokens.inc(tokens)
        self._seconds.observe(seconds)

    def request(self, status: int) -> None:
        self._requests.labels(str(status)).inc()

    def refused(self, reason: str) -> None:
        self._refused.labels(reason).inc()
