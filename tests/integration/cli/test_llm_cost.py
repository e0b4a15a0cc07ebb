"""`credence llm cost` on a real database."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from credence.cli.llm.cost import cost
from credence.memory.database import create_engine
from credence.memory.llm_call import StoredCall
from credence.memory.unit_of_work import unit_of_work
from tests.integration.memory.llm import NOON, a_call

app = typer.Typer()
app.command()(cost)
SINCE = ("--since", "2026-05-04")


@pytest.fixture
def configured(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CREDENCE_DATABASE_URL", database)
    return database


def written(url: str, *calls: StoredCall, tenant: str = "default") -> None:
    async def write() -> None:
        engine = create_engine(url)
        async with unit_of_work(engine) as uow:
            await uow.people.create_missing(tenant, ["a\x1bda"], now=NOON)
            await uow.llm_calls.add(tenant, calls, user_id="a\x1bda", run_id="r1")
        await engine.dispose()

    asyncio.run(write())


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def told(*arguments: str) -> Any:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_cost_by_day_and_role_with_shares_of_the_price(configured: str) -> None:
    extraction = a_call(role="extractor", price=1.5)
    written(configured, a_call(), extraction, a_call(started_at=NOON - timedelta(days=1)))
    written(configured, a_call(price=99), tenant="other")

    found = told(*SINCE)

    assert (found["tenant"], found["by"], found["share_is_of"]) == (
        "default",
        ["day", "role"],
        "price",
    )
    assert [(g["day"], g["role"], g["price"], g["share"]) for g in found["groups"]] == [
        ("2026-05-04", "extractor", 1.5, 0.75),
        ("2026-05-04", "planner", 0.5, 0.25),
    ]
    assert (found["total"]["calls"], found["total"]["price"]) == (2, 2)
    assert told("--tenant", "other", *SINCE)["total"]["price"] == 99


def test_a_model_may_have_brackets_in_its_name(configured: str) -> None:
    written(configured, a_call(model="a[/b]c"))

    shown = run("--by", "model", *SINCE)

    assert shown.exit_code == 0, shown.exception
    assert "a[/b]c" in shown.stdout


def test_the_table_has_every_figure_and_the_total(configured: str) -> None:
    written(configured, a_call(tokens_in=12_000), a_call(outcome="late", role="ranker", price=1.5))

    shown = run("--by", "role", *SINCE).stdout
    lines = [line.split() for line in shown.splitlines()]

    assert ["planner", "1", "0", "12,000", "40", "10", "$0.5000", "25%"] in lines
    assert ["ranker", "1", "1", "100", "40", "10", "$1.5000", "75%"] in lines
    assert ["all", "2", "1", "12,100", "80", "20", "$2.0000", "100%"] in lines
    assert "CREDENCE_LLM_PRICES" not in shown


def test_missing_prices_are_said_and_shares_are_of_tokens(configured: str) -> None:
    written(configured, a_call(price=None, tokens_in=290), a_call(role="ranker", tokens_in=90))

    shown = run("--by", "role", *SINCE).stdout
    lines = [line.split() for line in shown.splitlines()]

    assert ["planner", "1", "0", "290", "40", "10", "unknown", "75%"] in lines
    assert "1 of 2 calls have no price" in shown
    assert "CREDENCE_LLM_PRICES" in shown
    assert told(*SINCE)["share_is_of"] == "tokens"


def test_ids_cannot_speak_to_the_terminal(configured: str) -> None:
    written(configured, a_call())

    shown = run("--by", "person", "--by", "run", *SINCE).stdout

    assert "\x1b" not in shown
    assert "a da" in shown


def test_days_count_today_as_one(configured: str) -> None:
    now = datetime.now(UTC)
    written(configured, a_call(started_at=now), a_call(started_at=now - timedelta(days=1)))

    assert told("--days", "1")["total"]["calls"] == 1
    assert told("--days", "2")["total"]["calls"] == 2


def test_lines_left_out_are_told(configured: str) -> None:
    written(configured, a_call(), a_call(role="ranker"), a_call(role="extractor"))

    assert "and 2 calls in lines not shown" in run("--by", "role", "--most", "1", *SINCE).stdout
    assert "no model was called" in run("--tenant", "nobody").stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--days", "3", *SINCE), "--since and --days are both given"),
        (("--by", "user"), "'user' is not one of"),
        (("--by", "day", "--by", "day"), "a grouping is named twice"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    configured: str, arguments: tuple[str, ...], says: str
) -> None:
    done = run(*arguments)

    assert done.exit_code == 2
    assert says in done.output


def test_a_database_without_accounts_is_refused_with_the_command_that_mends_it(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CREDENCE_DATABASE_URL", empty_database)
    done = run()

    assert done.exit_code == 2
    assert "credence db upgrade" in done.output
