"""Figures for Prometheus, in a registry of their own; no label names a person."""

from __future__ import annotations

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.samples import Sample

from credence.app.api.quantiles import quantile
from credence.memory.planner_run import PlannerRun
from credence.planner.llm.asking import Call

_MODEL_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Requests of one route since the start, and their time to answer in seconds."""

    route: str
    method: str
    count: int
    failed: int  # with a status of 500 or above
    median: float
    slow: float  # 99 of 100 took no longer


class Metrics:
    """Requests, events, planner runs and recommendations of one application."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "credence_requests",
            "Requests by route template, method and status",
            ["route", "method", "status"],
            registry=self._registry,
        )
        self._latency = Histogram(
            "credence_request_seconds",
            "Time to answer by route template",
            ["route", "method"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._events = Counter(
            "credence_events", "Events by what became of them", ["status"], registry=self._registry
        )
        self._runs = Counter(
            "credence_planner_runs", "Planner runs by outcome", ["outcome"], registry=self._registry
        )
        self._run_seconds = Histogram(
            "credence_planner_run_seconds",
            "Duration of planner runs",
            buckets=(*_SECONDS, *_MODEL_SECONDS[-5:]),
            registry=self._registry,
        )
        self._recommendations = Counter(
            "credence_recommendations", "Recommendation lists made", registry=self._registry
        )
        self._unwritten = Gauge(
            "credence_impressions_dropped",
            "Lists that were shown and could not be written down",
            registry=self._registry,
        )

        self._llm_calls = Counter(
            "credence_llm_calls",
            "Calls to language models by outcome",
            ["role", "outcome"],
            registry=self._registry,
        )
        self._llm_seconds = Histogram(
            "credence_llm_call_seconds",
            "Duration of calls to language models",
            ["role"],
            buckets=_MODEL_SECONDS,
            registry=self._registry,
        )
        self._llm_tokens = Counter(
            "credence_llm_tokens",
            "Tokens of language models",
            ["role", "direction"],
            registry=self._registry,
        )
        self._llm_dollars = Counter(
            "credence_llm_dollars",
            "What calls to language models cost, where their price is known",
            ["role"],
            registry=self._registry,
        )
        self._llm_open = Gauge(
            "credence_llm_circuit_open",
            "1 while a role's language model is left alone",
            ["role"],
            registry=self._registry,
        )

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        self._requests.labels(route, method, str(status)).inc()
        self._latency.labels(route, method).observe(seconds)

    def events(self, status: str, count: int) -> None:
        if count:
            self._events.labels(status).inc(count)

    def planner_run(self, run: PlannerRun) -> None:
        self._runs.labels(run.outcome).inc()
        self._run_seconds.observe(run.duration_ms / 1000)

    def recommendations(self, count: int) -> None:
        self._recommendations.inc(count)

    def impressions_dropped(self, count: Callable[[], int]) -> None:
        """Ask this for the figure whenever figures are read."""
        self._unwritten.set_function(count)

    def llm_call(self, call: Call) -> None:
        """One call to a language model, whatever became of it."""
        self._llm_calls.labels(call.role.value, call.outcome.value).inc()
        self._llm_seconds.labels(call.role.value).observe(call.latency_ms / 1000)
        self._llm_tokens.labels(call.role.value, "in").inc(call.tokens_in)
        self._llm_tokens.labels(call.role.value, "out").inc(call.tokens_out)
        if call.price is not None:
            self._llm_dollars.labels(call.role.value).inc(call.price)

    def circuits(self, states: Callable[[], Mapping[str, str]]) -> None:
        """Ask this, by role, for the circuits to language models whenever figures are read."""
        for role in states():
            self._llm_open.labels(role).set_function(partial(_is_open, states, role))

    def answered(self) -> tuple[Answered, ...]:
        """What requests took, by route and method; the busiest first."""
        buckets: defaultdict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
        for sample in _samples(self._latency, "_bucket"):
            labels = sample.labels
            buckets[labels["route"], labels["method"]].append((float(labels["le"]), sample.value))
        failed: Tally[tuple[str, str]] = Tally()
        for sample in _samples(self._requests, "_total"):
            if sample.labels["status"] >= "500":
                failed[sample.labels["route"], sample.labels["method"]] += int(sample.value)
        found = [
            Answered(
                route=route,
                method=method,
                count=int(counted[-1][1]),
                failed=failed[route, method],
                median=quantile(counted, 0.5) or 0.0,
                slow=quantile(counted, 0.99) or 0.0,
            )
            for (route, method), counted in buckets.items()
        ]
        return tuple(sorted(found, key=lambda one: (-one.count, one.route, one.method)))

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self._registry)


def _is_open(states: Callable[[], Mapping[str, str]], role: str) -> float:
    return float(states()[role] == "open")


def _samples(figure: Counter | Histogram, suffix: str) -> Iterator[Sample]:
    """Those of one figure that end so."""
    for metric in figure.collect():
        yield from (sample for sample in metric.samples if sample.name.endswith(suffix))
