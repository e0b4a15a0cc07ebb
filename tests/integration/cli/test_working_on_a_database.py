"""Commands on a database of their own, without a server, and the demo as a newcomer runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url
from typer.testing import CliRunner

from credence.app import schema
from credence.cli.api import Api
from credence.cli.main import app
from credence.cli.refusals import Unusable
from credence.memory.planner_threads import SCHEMA
from tests.integration.replay.toy_run import write_toy

ITEMS: list[dict[str, Any]] = [
    {"item_id": "dune", "title": "Dune", "categories": ["science fiction"]},
    {"item_id": "emma", "title": "Emma", "categories": ["romance"]},
    {"item_id": "persuasion", "title": "Persuasion", "categories": ["romance"]},
    {"item_id": "solaris", "title": "Solaris", "categories": ["science fiction"]},
]
EVENTS: list[dict[str, Any]] = [
    {"user_id": "ada", "item_id": "dune", "action": "review", "rating": 5, "text": "Superb!"},
    {"user_id": "ada", "item_id": "emma", "action": "dislike"},
    {"user_id": "ada", "item_id": "nowhere", "action": "like"},
]


@pytest.fixture
def configured(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database at the newest schema in the environment, and an empty working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CREDENCE_API_KEYS", raising=False)
    monkeypatch.setenv("CREDENCE_DATABASE_URL", database)
    monkeypatch.setenv("CREDENCE_UNKNOWN_USERS", "create")
    return tmp_path


@contextmanager
def a_limited_user(database: str) -> Iterator[str]:
    """The URL of a database for a user who may make tables there and no schema."""
    execute(
        database,
        "CREATE EXTENSION vector",
        "CREATE ROLE limited LOGIN PASSWORD 'x'",
        "GRANT ALL ON SCHEMA public TO limited",
    )
    url = make_url(database).set(username="limited", password="x")
    try:
        yield url.render_as_string(hide_password=False)
    finally:
        execute(database, "DROP OWNED BY limited", "DROP ROLE limited")


def execute(database: str, *statements: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _lines(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def _json(*arguments: str, code: int = 0) -> Any:
    done = CliRunner().invoke(app, [*arguments, "--json"])
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


def test_items_and_events_go_in_and_a_belief_and_recommendations_come_out(
    configured: Path,
) -> None:
    loaded = _json("load", _lines(configured / "items.jsonl", ITEMS))
    sent = _json("events", _lines(configured / "events.jsonl", EVENTS), code=2)
    belief = _json("belief", "ada", "--advance")
    made = _json("recommend", "ada", "--instruction", "space", "--k", "1", "--explain")

    assert (loaded["items_created"], loaded["items_rejected"]) == (4, 0)
    assert (sent["recorded"], sent["rejected"]) == (2, 1)
    assert [fault["row"] for fault in sent["faults"]] == [3]
    assert belief["pending"] == 0
    assert "likes science fiction" in {chunk["statement"] for chunk in belief["chunks"]}
    assert [item["item_id"] for item in made["items"]] == ["solaris"]
    assert made["items"][0]["reasons"]


def test_a_file_that_was_sent_in_part_is_taken_up_where_it_ended(
    configured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"user_id": "ada", "action": "view", "text": str(n)} for n in range(5)]
    file = _lines(configured / "events.jsonl", rows)
    monkeypatch.setattr("credence.cli.events._BATCH", 2)
    post, sent = Api.post, 0

    async def breaks(self: Api, *arguments: Any, **more: Any) -> Any:
        nonlocal sent
        sent += 1
        if sent == 3:
            raise Unusable("the power is gone", fix="wait")
        return await post(self, *arguments, **more)

    with monkeypatch.context() as broken:
        broken.setattr(Api, "post", breaks)
        ended = CliRunner().invoke(app, ["events", file])
    again = _json("events", file)
    once_more = _json("events", file)

    assert ended.exit_code == 2
    assert "before that: 4 recorded" in ended.stderr
    assert "the power is gone" in ended.stderr
    assert (again["recorded"], again["duplicate"]) == (1, 4)
    assert (once_more["recorded"], once_more["duplicate"]) == (0, 5)
    assert len(_json("belief", "ada")["events"]) == 5


def test_a_file_with_mended_lines_is_known_but_for_these(configured: Path) -> None:
    _json("load", _lines(configured / "items.jsonl", ITEMS))
    liked = json.dumps({"user_id": "ada", "item_id": "dune", "action": "like"})
    keyed = json.dumps({**json.loads(liked), "idempotency_key": "hers"})
    viewed = json.dumps({"user_id": "ada", "item_id": "emma", "action": "view"})
    file = configured / "events.jsonl"
    file.write_text("\n".join([liked, "nonsense", viewed, '{"user_id": "ada"}', liked, keyed]))

    first = _json("events", str(file), code=2)
    file.write_text("\n".join([liked, liked, viewed, viewed, liked, keyed]))
    mended = _json("events", str(file))
    again = _json("events", str(file))

    assert (first["recorded"], first["rejected"]) == (4, 2)
    assert (mended["recorded"], mended["duplicate"]) == (2, 4)
    assert (again["recorded"], again["duplicate"]) == (0, 6)


def test_a_bad_item_is_named_and_the_others_are_loaded(configured: Path) -> None:
    rows = [*ITEMS[:2], {"item_id": "x/neighbors", "title": "X"}, {"item_id": "y"}, *ITEMS[2:]]
    file = _lines(configured / "items.jsonl", rows)

    told = CliRunner().invoke(app, ["load", file])
    loaded = _json("load", file, code=2)

    assert told.exit_code == 2
    assert "line 3, item_id: " in told.stderr
    assert "line 4, title: " in told.stderr
    assert (loaded["items_replaced"], loaded["items_rejected"]) == (4, 2)
    assert [(fault["row"], fault["field"]) for fault in loaded["faults"]] == [
        (3, "item_id"),
        (4, "title"),
    ]


def test_a_line_that_is_no_json_is_named_as_the_file_counts_and_the_others_go_in(
    configured: Path,
) -> None:
    items = [json.dumps(item) for item in ITEMS]
    file = configured / "rows.jsonl"
    file.write_text("\n".join(["", *items[:2], "nonsense", "", '{"item_id": "y"}', *items[2:]]))
    loaded = _json("load", str(file), code=2)
    events = [json.dumps(event) for event in EVENTS]
    file.write_text("\n".join(["", events[0], "[]", "", *events[1:]]))
    sent = _json("events", str(file), code=2)

    assert (loaded["items_created"], loaded["items_rejected"]) == (4, 2)
    assert [(f["of"], f["row"], f["field"]) for f in loaded["faults"]] == [
        ("line", 4, ""),
        ("line", 6, "title"),
    ]
    assert (sent["recorded"], sent["rejected"]) == (2, 2)
    assert [(f["of"], f["row"], f["field"]) for f in sent["faults"]] == [
        ("line", 3, ""),
        ("line", 6, "item_id"),
    ]


def test_histories_that_were_loaded_are_known_whatever_the_day(
    configured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_toy(configured / "books", people=2)

    first = _json("load", str(configured / "books"), "--events", "--people", "1")
    second = _json("load", str(configured / "books"), "--events")
    third = _json("load", str(configured / "books"), "--events")

    assert first["events_recorded"] > 0
    assert second["events_known"] == first["events_recorded"]
    assert second["events_recorded"] > 0
    assert third["events_recorded"] == 0
    assert third["events_known"] == second["events_known"] + second["events_recorded"]


def test_words_in_brackets_are_shown_as_they_were_written(configured: Path) -> None:
    items = [{**ITEMS[0], "title": "Dune [/b]"}]
    events = [{**EVENTS[0], "text": "Superb [/b] [red]book[/]!"}]
    _json("load", _lines(configured / "items.jsonl", items))
    _json("events", _lines(configured / "events.jsonl", events))

    belief = CliRunner().invoke(app, ["belief", "ada", "--advance"])
    listed = CliRunner().invoke(app, ["recommend", "--instruction", "[/b]"])

    assert belief.exit_code == listed.exit_code == 0, (belief.exception, listed.exception)
    assert "Dune [/b]" in belief.stdout
    assert "Superb [/b] [red]book[/]!" in belief.stdout
    assert "Dune [/b]" in listed.stdout


def test_somebody_unknown_is_a_refusal(configured: Path) -> None:
    done = CliRunner().invoke(app, ["belief", "nobody"])

    assert done.exit_code == 2
    assert "no user 'nobody'" in done.stderr


def test_an_empty_database_is_upgraded_once(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CREDENCE_DATABASE_URL", empty_database)

    before = _json("db", "status", code=1)
    first = _json("db", "upgrade")
    second = _json("db", "upgrade")

    assert (before["version"], before["current"]) == (None, False)
    newest = schema.newest()
    assert first == {"before": None, "found": None, "after": newest}
    assert second == {"before": newest, "found": newest, "after": newest}
    assert _json("db", "status")["current"]


def test_a_user_who_may_not_make_a_schema_is_told_what_an_owner_has_to_do(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with a_limited_user(empty_database) as url:
        monkeypatch.setenv("CREDENCE_DATABASE_URL", url)

        refused = CliRunner().invoke(app, ["db", "upgrade"])
        told = CliRunner().invoke(app, ["db", "status"])
        examined = CliRunner().invoke(app, ["doctor"])
        served = schema.present(url)
        execute(empty_database, f"CREATE SCHEMA {SCHEMA} AUTHORIZATION limited")
        mended = CliRunner().invoke(app, ["db", "upgrade"])
        after = _json("db", "status")

    assert refused.exit_code == 2, refused.exception
    assert f"may not make the schema {SCHEMA}" in refused.stderr
    assert f"CREATE SCHEMA {SCHEMA} AUTHORIZATION" in refused.stderr
    assert served == f"{schema.newest()}, without the planner's threads"
    assert told.exit_code == 1
    assert "without the planner's threads" in told.stdout
    assert "without the planner's threads" in examined.stdout
    assert mended.exit_code == 0, mended.stderr
    newest = schema.newest()
    assert mended.stdout == f"from {served} to {newest}\n"
    assert after == {"version": newest, "found": newest, "needed": newest, "current": True}


def test_a_schema_that_an_owner_made_without_its_user_is_told_of_likewise(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with a_limited_user(empty_database) as url:
        monkeypatch.setenv("CREDENCE_DATABASE_URL", url)
        execute(empty_database, f"CREATE SCHEMA {SCHEMA}")

        refused = CliRunner().invoke(app, ["db", "upgrade"])
        execute(empty_database, f"ALTER SCHEMA {SCHEMA} OWNER TO limited")
        mended = CliRunner().invoke(app, ["db", "upgrade"])

    assert refused.exit_code == 2, refused.exception
    assert f"ALTER SCHEMA {SCHEMA} OWNER TO" in refused.stderr
    assert mended.exit_code == 0, mended.stderr


def test_an_old_schema_is_refused_with_the_command_that_mends_it(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CREDENCE_DATABASE_URL", empty_database)
    done = CliRunner().invoke(app, ["belief", "ada"])

    assert done.exit_code == 2
    assert "credence db upgrade" in done.stderr


def test_the_demo_tells_of_one_person_and_leaves_the_configured_database_alone(
    database: str, tmp_path: Path
) -> None:
    own = {**os.environ, "CREDENCE_DATA_DIR": str(tmp_path), "CREDENCE_DATABASE_URL": database}
    done = subprocess.run(
        [sys.executable, "-c", "from credence.cli.main import app; app()", "demo", "--json"],
        cwd=tmp_path,
        env=own,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)

    assert told["figures"]["caught_up"]
    assert told["figures"]["refused"] == 0
    assert told["belief"]["chunks"]
    assert told["belief"]["profile"]
    assert any(run["outcome"] == "committed" for run in told["planner_runs"])
    directions = {r["direction"] for i in told["recommendation"]["items"] for r in i["reasons"]}
    assert directions == {"up", "down"}
    assert _items_in(database) == 0


def _items_in(database: str) -> int:
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT count(*) FROM items").fetchone()
    assert row is not None
    return int(row[0])
