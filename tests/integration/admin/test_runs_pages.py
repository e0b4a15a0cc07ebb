"""Pages about runs of the planner: a person's, everybody's, and one in full."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import escape
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from credence.app.admin.runs import routes
from credence.app.bootstrap import Application
from credence.app.clock import utc_now
from credence.memory import runs as searches
from credence.memory.model import Chunk, Person
from credence.memory.planner_run import PlannerRun
from credence.memory.unit_of_work import unit_of_work
from tests.integration.app.shelf import ada as ada_and_books
from tests.integration.memory.llm import a_call

ADA = Person("default", "ada")
WAIT = timedelta(seconds=5)
PLANNER = "/admin/t/default/planner"
RUN = PlannerRun(
    run_id="r0",
    started_at=utc_now(),
    duration_ms=12.0,
    policy="adaptive-1",
    outcome="skipped",
    operations=(),
    reason="nothing is pending",
    signals={"pending": 0, "novel": 0},
    cost={"llm_calls": 0},
    events_consumed=0,
    base_revision=0,
    revision=None,
)
HOSTILE = '<script>alert("x")</script>\u202egnp.exe' + "W" * 10_000


async def added(app: Application, *runs: PlannerRun, whose: Person = ADA) -> None:
    async with unit_of_work(app.engine) as uow:
        await uow.people.create_missing(whose.tenant, [whose.user_id], now=utc_now())
        for run in runs:
            await uow.runs.add(whose, run)


async def page(browser: httpx.AsyncClient, path: str, **query: Any) -> str:
    answer = await browser.get(path, params=query or None)  # {} would take a query away
    assert answer.status_code == 200, answer.text[:500]
    return answer.text


def runs_on(text: str) -> list[str]:
    """Ids of the runs that a page leads to, in order, each once."""
    return list(dict.fromkeys(re.findall(r"/planner/([^\"?]+)\"", text)))


async def test_a_persons_runs_show_what_each_one_did(
    signed_in: httpx.AsyncClient, client: httpx.AsyncClient, application: Application
) -> None:
    await ada_and_books(client)
    run = await application.worker.advance(ADA, wait=WAIT)
    text = await page(signed_in, "/admin/t/default/people/@ada/runs")

    async with unit_of_work(application.engine) as uow:
        (revision,) = await uow.beliefs.history(ADA)
    learnt = [one.after.text for one in revision.changes if isinstance(one.after, Chunk)]
    assert runs_on(text) == [run.run_id]
    assert learnt
    assert all(escape(words) in text for words in learnt)
    assert "?revision=1" in text
    assert text.count('class="bar step"') == len(learnt)
    assert re.search(r'class="on" title="extraction"', text)


async def test_changes_of_a_page_take_one_query(
    signed_in: httpx.AsyncClient, client: httpx.AsyncClient, application: Application
) -> None:
    await ada_and_books(client)
    await application.worker.advance(ADA, wait=WAIT)
    for number in range(3):
        await added(application, replace(RUN, run_id=f"r{number}"))
    before = {one.text: one.count for one in application.statements.slowest(999)}
    await page(signed_in, "/admin/t/default/people/@ada/runs")

    asked = {
        one.text: one.count - before.get(one.text, 0)
        for one in application.statements.slowest(999)
        if "FROM ledger" in one.text
    }
    assert [many for many in asked.values() if many] == [1]


async def test_nobody_has_run_yet(signed_in: httpx.AsyncClient, application: Application) -> None:
    async with unit_of_work(application.engine) as uow:
        await uow.people.create_missing("default", ["ada"], now=utc_now())

    assert "has not looked at this person yet" in await page(
        signed_in, "/admin/t/default/people/@ada/runs"
    )
    assert "The planner has not run yet" in await page(signed_in, PLANNER)


async def test_runs_come_in_pages_the_latest_first(
    signed_in: httpx.AsyncClient, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "_ROWS", 2)
    monkeypatch.setattr(routes, "_ROWS_OF_ONE", 2)
    await added(application, *(replace(RUN, run_id=f"r{number}") for number in range(5)))

    for path in (PLANNER, "/admin/t/default/people/@ada/runs"):
        seen: list[str] = []
        address: str | None = path
        while address is not None:
            text = await page(signed_in, address)
            seen += runs_on(text)
            following = re.search(r'href="([^"]+)" rel="next"', text)
            address = None if following is None else following.group(1).replace("&amp;", "&")
        assert seen == ["r4", "r3", "r2", "r1", "r0"]


async def test_filters_narrow_the_list_and_a_form_may_leave_them_empty(
    signed_in: httpx.AsyncClient, application: Application
) -> None:
    now = utc_now()
    await added(
        application,
        replace(RUN, run_id="old", started_at=now - timedelta(days=3)),
        replace(RUN, run_id="broken", outcome="failed", error="RuntimeError"),
        replace(RUN, run_id="learnt", outcome="committed", operations=("extraction",), revision=1),
        replace(RUN, run_id="model", policy="llm-planner"),
    )

    async def found(**query: str) -> list[str]:
        return runs_on(await page(signed_in, PLANNER, **query))

    assert await found(outcome="", operation="", policy="", since="") == [
        "model", "learnt", "broken", "old",
    ]  # fmt: skip
    assert await found(outcome="failed") == ["broken"]
    assert await found(operation="extraction") == ["learnt"]
    assert await found(policy="llm-planner") == ["model"]
    assert await found(since="day") == ["model", "learnt", "broken"]
    assert await found(outcome="failed", operation="extraction") == []
    assert (await signed_in.get(PLANNER, params={"outcome": "merry"})).status_code == 422
    assert (await signed_in.get(PLANNER, params={"before": "0"})).status_code == 422


async def test_a_search_that_stopped_early_says_so_and_goes_on(
    signed_in: httpx.AsyncClient, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searches, "LOOK_BACK", 2)
    await added(application, replace(RUN, run_id="wanted", policy="rare"))
    await added(application, *(replace(RUN, run_id=f"r{number}") for number in range(2)))
    text = await page(signed_in, PLANNER, policy="rare")

    further = re.search(r'href="([^"]+)" rel="next">Look further back', text)
    assert runs_on(text) == []
    assert further is not None
    assert runs_on(await page(signed_in, further.group(1).replace("&amp;", "&"))) == ["wanted"]


async def test_the_last_day_is_summed_up(
    signed_in: httpx.AsyncClient, application: Application
) -> None:
    await added(application, replace(RUN, run_id="old", started_at=utc_now() - timedelta(days=2)))
    await added(application, *(replace(RUN, run_id=f"r{number}") for number in range(3)))
    await added(
        application,
        replace(RUN, run_id="l", outcome="committed", operations=("extraction",), revision=1),
    )
    async with unit_of_work(application.engine) as uow:
        counts = await uow.run_changes.counts("default", since=utc_now() - timedelta(days=1))
    text = await page(signed_in, PLANNER)

    assert (counts.runs, counts.committed, counts.skipped, counts.failed) == (4, 1, 3, 0)
    assert {one.value: many for one, many in counts.operations.items() if many} == {"extraction": 1}
    assert "skipped, 75% of all" in text


async def test_one_run_in_full_with_its_models(
    signed_in: httpx.AsyncClient, client: httpx.AsyncClient, application: Application
) -> None:
    await ada_and_books(client)
    made = await application.worker.advance(ADA, wait=WAIT)
    detail = {
        "plans": [{"operations": ["consolidation"], "reason": "two topics", "merges": [[1, 2]]}],
        "roles": [
            {
                "role": "extractor",
                "prompt": "extractor-1",
                "calls": 2,
                "fallback": "the model was late",
                "notes": ["proposal 3: too faint"],
            }
        ],
    }
    await added(application, replace(RUN, run_id="llm", detail=detail, cost={"llm_calls": 2}))
    async with unit_of_work(application.engine) as uow:
        await uow.llm_calls.add(
            "default", [a_call(model="large-7"), a_call(outcome="late", price=None)],
            user_id="ada", run_id="llm",
        )  # fmt: skip
    with_models = await page(signed_in, f"{PLANNER}/llm")
    without = await page(signed_in, f"{PLANNER}/{made.run_id}")

    for words in ("large-7", "two topics", "2 into 1", "the model was late", "too faint"):
        assert words in with_models
    assert '<span class="chip bad">late</span>' in with_models
    assert "No language model took part" in without
    assert "Superb world building" in without or "event 2" in without  # evidence


async def test_failed_and_strange_runs_are_shown_as_far_as_they_go(
    signed_in: httpx.AsyncClient, application: Application
) -> None:
    await added(
        application,
        replace(RUN, run_id="broken", outcome="failed", error="RuntimeError at node", signals={}),
        replace(RUN, run_id="strange", detail={"plans": 3, "roles": "none"}, cost={"llm_calls": 1}),
        replace(RUN, run_id="bare", outcome="committed", revision=99),
    )

    assert "RuntimeError at node" in await page(signed_in, f"{PLANNER}/broken")
    assert "no price known" in await page(signed_in, f"{PLANNER}/strange")
    assert "No belief moved" in await page(signed_in, f"{PLANNER}/bare")


async def test_runs_of_others_are_not_there(
    signed_in: httpx.AsyncClient, application: Application
) -> None:
    await added(application, replace(RUN, run_id="theirs"), whose=Person("other", "ada"))

    assert (await signed_in.get(f"{PLANNER}/theirs")).status_code == 404
    assert (await signed_in.get(f"{PLANNER}/%00")).status_code == 404
    assert (await signed_in.get("/admin/t/other/planner/theirs")).status_code == 200


async def test_pages_of_runs_are_for_those_who_signed_in(client: httpx.AsyncClient) -> None:
    for path in (PLANNER, f"{PLANNER}/r0", "/admin/t/default/people/@ada/runs"):
        answer = await client.get(path)
        assert (answer.status_code, "sign-in" in answer.headers["location"]) == (303, True)


async def test_hostile_words_show_as_text(
    signed_in: httpx.AsyncClient, application: Application
) -> None:
    whose = Person("default", '"><script>alert(1)<script>\u202e..')
    hostile = replace(
        RUN,
        run_id="h",
        outcome="failed",
        policy=HOSTILE,
        reason=HOSTILE,
        error=HOSTILE,
        operations=(HOSTILE,),
        signals={HOSTILE: HOSTILE, "pending": HOSTILE},
        detail={
            "plans": [
                {
                    "operations": [HOSTILE, "consolidation"],
                    "reason": HOSTILE,
                    "merges": [[HOSTILE, HOSTILE]],
                }
            ],
            "roles": [
                {"role": HOSTILE, "prompt": HOSTILE, "calls": 1, "fallback": HOSTILE,
                 "notes": [HOSTILE]},
            ],
        },
    )  # fmt: skip
    await added(application, hostile, whose=whose)
    for path in (
        PLANNER,
        f"{PLANNER}/h",
        f"/admin/t/default/people/@{quote(whose.user_id, safe='')}/runs",
    ):
        text = await page(signed_in, path)
        stored = text.rpartition("<pre")[0] or text

        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text
        assert "W" * 2_100 not in stored  # only the run as it is stored is shown in full
