"""The system page: every part is there, each fails alone, and no secret is shown."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text, update

from credence.app import schema
from credence.app.bootstrap import Application
from credence.app.clock import utc_now
from credence.app.settings import Settings
from credence.memory.database_figures import DatabaseFigures
from credence.memory.limited_time import limited_time
from credence.memory.model import Action, Person
from credence.memory.outcomes import Outcomes
from credence.memory.planner_queue import Queue
from credence.memory.record_events import record_events
from credence.memory.statement_times import MOST_STATEMENTS
from credence.memory.tables import users
from credence.memory.unit_of_work import unit_of_work
from tests.integration.admin.test_runs_pages import RUN, added
from tests.integration.memory.llm import a_call
from tests.integration.memory.test_outcomes import a_list, done, items
from tests.integration.memory.test_outcomes import shown as shown_lists
from tests.integration.memory.world import NOW, OPEN, an_event, record

SYSTEM = "/admin/t/default/system"
HOSTILE = '<script>alert("x")</script>\u202e' + "W" * 5_000


@pytest.fixture
def settings() -> Settings:
    given: dict[str, Any] = {  # as the environment would hold them
        "worker": False,
        "admin_password": "hush-password",
        "ranker": "semantic",
        "ranker_url": "http://rank.example:8900/hush",
        "ranker_key": "hush-key",
        "llm_base_url": "http://llm.example:1/v1",
        "llm_key": "hush-llm",
        "llm_model": "large",
        "llm_prices": "large=1/1/1",
        "llm_daily_budget": 2,
    }
    return Settings(_env_file=None, **given)  # type: ignore[call-arg]


async def page(browser: httpx.AsyncClient) -> str:
    answer = await browser.get(SYSTEM)
    assert answer.status_code == 200, answer.text[:500]
    return answer.text


async def test_every_part_is_there_and_no_secret(
    signed_in: httpx.AsyncClient, application: Application
) -> None:
    await page(signed_in)
    measured = application.statements.slowest(MOST_STATEMENTS)
    assert any(one.text.startswith("SELECT sign_ins") for one in measured)
    application.statements.add("SELECT what_took_an_hour", 3_600_000)  # the page shows the slowest
    shown = await page(signed_in)

    assert "Not known" not in shown
    for words in ("all-MiniLM-L6-v2", "llm.example:1", "rank.example:8900", "planner_runs"):
        assert words in shown
    assert schema.newest() in shown
    assert "CREDENCE_RANKER_URL is not used" in shown  # the semantic ranker asks no process
    assert "SELECT what_took_an_hour" in shown
    assert "/t/{tenant}/system" in shown  # a request of it
    assert "hush" not in shown


async def test_what_came_of_lists_is_told_by_ranker(
    signed_in: httpx.AsyncClient, application: Application
) -> None:
    assert "No list was shown in the last 30 days" in await page(signed_in)
    known = await items(application)
    hostile = replace(a_list("b", known[:3], user="bob"), ranker=HOSTILE)
    await shown_lists(application, a_list("a", known[:3]), hostile)
    await done(application, "a", known[1], Action.PURCHASE)

    shown = await page(signed_in)

    rows = [row for row in shown.split("<tr>") if "0.500" in row]
    assert len(rows) == 1, "the reciprocal of the second place"
    assert "routed-1" in rows[0]
    assert "<script>alert" not in shown


async def test_what_is_not_told_of_lists_in_time_is_no_fault_and_else_it_is(
    signed_in: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(self: Outcomes, *_: object, **__: object) -> None:
        await self._connection.execute(text("SET LOCAL statement_timeout = 20"))
        await self._connection.execute(text("SELECT pg_sleep(30)"))

    async def refused(self: Outcomes, *_: object, **__: object) -> None:
        await self._connection.execute(text("SELECT * FROM pg_nothing"))

    monkeypatch.setattr(Outcomes, "of", slow)
    late = await page(signed_in)
    monkeypatch.setattr(Outcomes, "of", refused)
    broken = await page(signed_in)

    assert late.count("Not known:") == broken.count("Not known:") == 1
    assert "the database took too long to tell" in late
    assert "could not be read" not in late
    assert "1 part of this page could not be read" in broken


async def test_a_part_that_may_not_be_read_takes_no_other_with_it(
    signed_in: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(self: DatabaseFigures) -> int:
        return int((await self._connection.execute(text("SELECT * FROM pg_authid"))).scalar_one())

    async def breaks(*_: object, **__: object) -> None:
        raise KeyError("ada's words")

    monkeypatch.setattr(DatabaseFigures, "size", refused)
    monkeypatch.setattr(Queue, "waiting", breaks)
    shown = await page(signed_in)

    assert shown.count("Not known:") == 2
    assert "an unforeseen error (KeyError)" in shown
    assert "2 parts of this page could not be read" in shown
    assert "ada&#39;s words" not in shown
    assert "llm.example:1" in shown


async def test_what_takes_too_long_is_given_up_by_the_server(application: Application) -> None:
    with pytest.raises(Exception, match="statement timeout"):
        async with limited_time(application.engine, milliseconds=20) as uow:
            await uow.connection.execute(text("SELECT pg_sleep(30)"))
    async with unit_of_work(application.engine) as uow:  # of that transaction alone
        assert (await uow.connection.execute(text("SHOW statement_timeout"))).scalar_one() == "0"


async def test_the_queue_tells_apart_who_is_due_who_lingers_and_who_waits(
    application: Application,
) -> None:
    now = utc_now()
    people = {"due": 3, "few": 1, "leased": 3}
    for user_id, many in people.items():
        await record(application, [an_event(user_id, text="x") for _ in range(many)])
    await record_events(
        [an_event("put-off", text="x", days_ago=1) for _ in range(3)],
        tenant="default",
        now=NOW - timedelta(hours=5),
        intake=OPEN,
        engine=application.engine,
    )
    async with unit_of_work(application.engine) as uow:
        later = now + timedelta(minutes=5)
        for user_id, values in (
            ("leased", {"lease_owner": "t", "lease_until": later}),
            ("put-off", {"retry_at": later, "failures": 2}),
        ):
            await uow.connection.execute(
                update(users).where(users.c.user_id == user_id).values(**values)
            )
    async with unit_of_work(application.engine) as uow:
        fresh = await uow.queue.waiting(now=now, threshold=3, before=now - timedelta(days=1))
        lingering = await uow.queue.waiting(now=now, threshold=3, before=now + timedelta(days=1))
        failing = await uow.queue.failing("default", most=9)
        none = await uow.queue.failing("other", most=9)

    assert (fresh.people, fresh.due, fresh.lingering, fresh.leased, fresh.put_off) == (
        4,
        1,
        0,
        1,
        1,
    )
    assert (lingering.due, lingering.lingering) == (1, 1)
    assert fresh.oldest == NOW - timedelta(hours=5)
    assert fresh.oldest_free == NOW  # of whom nobody waits for a retry
    assert [(one.user_id, one.failures) for one in failing] == [("put-off", 2)]
    assert none == ()


async def test_the_failing_are_found_in_an_index(application: Application) -> None:
    async with unit_of_work(application.engine) as uow:
        await uow.connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = await uow.connection.execute(
            text(
                "EXPLAIN SELECT user_id FROM users WHERE tenant_id = 'default' AND failures > 0 "
                "AND (-failures) < 0 ORDER BY (-failures), (-contested), user_id LIMIT 10"
            )
        )
        assert "ix_users_attention" in "\n".join(plan.scalars())


async def test_troubles_stand_first_with_what_to_do(
    signed_in: httpx.AsyncClient, application: Application
) -> None:
    await added(application, RUN.__class__(**{
        **{name: getattr(RUN, name) for name in RUN.__slots__},
        "run_id": "f", "outcome": "failed", "error": "RuntimeError",
    }))  # fmt: skip
    async with unit_of_work(application.engine) as uow:
        await uow.llm_calls.add("default", [a_call(started_at=utc_now(), price=1.9)])
    shown = await page(signed_in)

    assert shown.index("1 run of the planner failed in this tenant in the last hour") < shown.index(
        "Health"
    )
    assert "/planner?outcome=failed" in shown
    assert "nearly spent: 1.9000 of 2" in shown


async def test_hostile_ids_show_as_text(
    signed_in: httpx.AsyncClient, application: Application
) -> None:
    whose = Person("default", '"><script>alert(1)</script>\u202e')
    await added(application, whose=whose)
    async with unit_of_work(application.engine) as uow:
        await uow.connection.execute(update(users).values(failures=3))
        await uow.llm_calls.add("default", [a_call(started_at=utc_now(), model=HOSTILE)])
    shown = await page(signed_in)

    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown
    assert "W" * 2_100 not in shown


async def test_statements_of_both_engines_are_timed_and_hold_no_words(
    signed_in: httpx.AsyncClient, application: Application
) -> None:
    await signed_in.get("/admin/t/default/people", params={"q": "very-secret-person"})
    async with unit_of_work(application.relaxed) as uow:
        await uow.connection.execute(text("SELECT 4711"))
    told = application.statements.slowest(999)

    assert any("lower(users.user_id)" in one.text for one in told)
    assert any(one.text == "SELECT 4711" for one in told)
    assert "very-secret-person" not in str(told)
    assert "very-secret-person" not in await page(signed_in)


async def test_pages_at_once_do_not_use_up_the_connections(signed_in: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(signed_in.get(SYSTEM) for _ in range(6)))

    assert {answer.status_code for answer in answers} == {200}
