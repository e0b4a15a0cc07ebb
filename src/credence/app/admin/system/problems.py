"""What is wrong, worst first, each with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from credence.app.admin.rendering import ago, sentence
from credence.app.admin.system.blocks import Block
from credence.app.admin.system.facts import (
    MOST_FAILED,
    Health,
    ProcessFacts,
    QueueFacts,
    RankerFacts,
    RoleFacts,
    Spending,
    WordsFacts,
)
from credence.memory.database_figures import Connections

_LATE = 3  # times as long as few events may wait: then the planner is behind
_NEAR = 0.8  # of a daily limit
_FULL = 0.9  # of connections


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong. `bad`: something does not work; `fair`: it works less well."""

    what: str
    fix: str
    tone: Literal["bad", "fair"]
    people: bool = False  # the list of people who need attention says more
    runs: bool = False  # the list of failed runs says more


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is judged."""

    health: Block[Health]
    ranker: Block[RankerFacts]
    roles: Sequence[RoleFacts]
    spending: Block[Spending]
    queue: Block[QueueFacts]
    connections: Block[Connections]
    process: ProcessFacts
    others: Sequence[Block[object]]  # that are not judged, but may not be known
    words: WordsFacts | None = None  # who writes explanations


def problems(facts: Facts, *, now: datetime, check_within: timedelta) -> tuple[Problem, ...]:
    """The bad before the fair."""
    found = [
        *_of_health(facts.health.value),
        *_of_queue(facts.queue.value, now=now, check_within=check_within),
        *_of_ranker(facts.ranker.value),
        *_of_models(facts.roles, facts.spending.value),
        *_of_words(facts.words),
        *_of_process(facts.process, facts.connections.value),
        *_of_blocks(facts),
    ]
    return tuple(sorted(found, key=lambda one: one.tone))  # stable: in the order of mending


def _of_health(health: Health | None) -> Iterator[Problem]:
    if health is None:
        return
    if health.missing is not None:
        yield Problem(
            what="Requests are not served",
            fix=f"{sentence(health.missing)} The answer of /health/ready says the same.",
            tone="bad",
        )
    for finding in health.findings:
        if finding.state == "problem":
            yield Problem(
                what=f"{finding.name.capitalize()}: {finding.says}",
                fix=sentence(finding.fix),
                tone="bad",
            )


def _of_queue(
    queue: QueueFacts | None, *, now: datetime, check_within: timedelta
) -> Iterator[Problem]:
    if queue is None:
        return
    waiting = queue.waiting
    may_lie = check_within if waiting.due else _LATE * check_within  # who is due is taken at once
    oldest, lies = waiting.oldest_free, None
    if oldest is not None and oldest < now - may_lie:
        lies = f"the oldest unread event came {ago(oldest, now)}"
    elif oldest is None and waiting.due and _idle_since(queue, now - check_within):
        many = "person is" if waiting.due == 1 else "people are"
        lies = f"{waiting.due} {many} due, and no run has begun lately"
    if lies is not None:
        fix = "See the failed runs and slow statements below; CREDENCE_WORKERS lets more run."
        if not queue.plans:
            fix = (
                "This process does not plan (CREDENCE_WORKER=false): start `credence work`, or see "
                "whether it still runs."
            )
        yield Problem(what=f"The planner is behind: {lies}", fix=fix, tone="bad")
    if queue.failed:
        many = f"{queue.failed}{' or more' if queue.failed >= MOST_FAILED else ''}"
        yield Problem(
            what=f"{many} run{'' if queue.failed == 1 else 's'} of the planner failed in this "
            "tenant in the last hour",
            fix="Each failed run says where; people are tried again by themselves.",
            tone="bad",
            runs=True,
        )
    elif queue.failing:
        yield Problem(
            what="The last run of some people of this tenant failed",
            fix="They are tried again by themselves, after longer and longer pauses.",
            tone="fair",
            people=True,
        )


def _idle_since(queue: QueueFacts, then: datetime) -> bool:
    """Whether no run of this tenant has begun since: what tells of people who are due for items
    that came, and have no event that lies unread."""
    return queue.latest is None or queue.latest.run.started_at < then


def _of_ranker(ranker: RankerFacts | None) -> Iterator[Problem]:
    if ranker is None:
        return
    if ranker.stands_in:
        yield Problem(
            what="The semantic ranker stands in for the routed model",
            fix="Its files cannot be used: `credence doctor` says why. Recommendations are marked "
            "degraded meanwhile.",
            tone="fair",
        )
    if ranker.state == "open":
        yield Problem(
            what=f"The ranking process at {ranker.place} does not answer",
            fix="The model in this process ranks in its place. Look whether `credence "
            "serve-ranker` runs there, with the same version of the model.",
            tone="fair",
        )
    if ranker.unused:
        yield Problem(
            what="CREDENCE_RANKER_URL is not used",
            fix="No routed model could stand in for that process: set CREDENCE_RANKER=auto and "
            "see `credence doctor`.",
            tone="fair",
        )


def _of_models(roles: Sequence[RoleFacts], spending: Spending | None) -> Iterator[Problem]:
    for role in roles:
        if role.state == "open":
            yield Problem(
                what=f"The {role.role}'s language model at {role.place} does not answer",
                fix="The built-in part does its work. It is tried again by itself; `credence "
                "doctor` asks the server now.",
                tone="fair",
            )
    for limit in spending.limits if spending is not None else ():
        if limit.share >= _NEAR:
            over = limit.share >= 1
            yield Problem(
                what=f"Today's {limit.what} for models are "
                f"{'spent' if over else 'nearly spent'}: {limit.used} of {limit.most}",
                fix="Built-in parts do the work until midnight UTC, unless the limit is raised."
                if over
                else "After that, built-in parts do the work until midnight UTC.",
                tone="fair",
            )


def _of_words(words: WordsFacts | None) -> Iterator[Problem]:
    if words is not None and words.state == "open":
        yield Problem(
            what=f"The language models at {words.place} do not write explanations",
            fix="Reasons say what moved an item, as ever. They are tried again by themselves; "
            "`credence doctor` asks the process now.",
            tone="fair",
        )


def _of_process(process: ProcessFacts, connections: Connections | None) -> Iterator[Problem]:
    for name, pool in process.pools:
        if pool.used >= _FULL * pool.most:
            yield Problem(
                what=f"Nearly all connections for {name} are in use: {pool.used} of {pool.most}",
                fix="See the slow statements below; CREDENCE_POOL_SIZE allows more.",
                tone="bad",
            )
    if connections is not None and connections.open >= _FULL * connections.most:
        yield Problem(
            what=f"The database has {connections.open} of {connections.most} connections",
            fix="Start fewer processes, lower CREDENCE_POOL_SIZE, or raise max_connections.",
            tone="bad",
        )
    for lost, what in (
        (process.impressions_dropped, "shown lists were"),
        (process.calls_dropped, "calls to models were"),
    ):
        if lost:
            yield Problem(
                what=f"{lost:,} {what} never written down since the start",
                fix="The database was away or too slow for longer than they could wait: see the "
                "log.",
                tone="fair",
            )


def _of_blocks(facts: Facts) -> Iterator[Problem]:
    judged: tuple[Block[object], ...] = (
        facts.health,
        facts.ranker,
        facts.spending,
        facts.queue,
        facts.connections,
    )
    unknown = [one.reason for one in (*judged, *facts.others) if one.value is None]
    if unknown:
        yield Problem(
            what=f"{len(unknown)} part{'' if len(unknown) == 1 else 's'} of this page could not "
            "be read",
            fix=sentence("; ".join(dict.fromkeys(unknown))),
            tone="fair",
        )
