from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, make_url, text
from sqlalchemy.exc import OperationalError

from credence.app import schema, threads
from credence.memory.database import postgres_url
from credence.memory.errors import EncoderMismatch, SchemaHidden, SchemaOutdated
from credence.memory.glance import glance
from credence.memory.model import Belief, Status
from credence.memory.serial import chunk_from_json, chunk_to_json
from credence.memory.tables import metadata, sign_ins
from tests.unit.memory.worlds import NOW, a_chunk


def test_upgrading_an_empty_database_gives_exactly_the_tables_of_the_code(
    empty_database: str,
) -> None:
    schema.upgrade(empty_database)

    engine = create_engine(postgres_url(empty_database))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()
    assert schema.version(empty_database) == schema.newest()


def test_downgrading_leaves_nothing_behind_and_upgrading_works_again(empty_database: str) -> None:
    schema.upgrade(empty_database)
    schema.downgrade(empty_database)

    engine = create_engine(postgres_url(empty_database))
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
        functions = connection.execute(
            text("SELECT proname FROM pg_proc WHERE proname LIKE 'credence%'")
        ).all()
        assert functions == []
    engine.dispose()
    schema.upgrade(empty_database)
    assert schema.version(empty_database) == schema.newest()


def test_planner_runs_from_before_there_was_detail_have_none_in_it(empty_database: str) -> None:
    schema.upgrade(empty_database, to="0003")
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("INSERT INTO users VALUES ('default', 'ada', '{}', now())")
        connection.execute(
            "INSERT INTO planner_runs (tenant_id, run_id, user_id, started_at, duration_ms, policy,"
            " outcome, operations, reason, signals, cost, events_consumed, base_revision) VALUES"
            " ('default', 'r1', 'ada', now(), 1, 'never', 'skipped', '{}', '', '{}', '{}', 0, 0)"
        )

    schema.upgrade(empty_database)
    with psycopg.connect(empty_database, autocommit=True) as connection:
        assert connection.execute("SELECT detail FROM planner_runs").fetchall() == [({},)]
    schema.downgrade(empty_database, to="0003")
    schema.upgrade(empty_database)
    with psycopg.connect(empty_database, autocommit=True) as connection:
        assert connection.execute("SELECT run_id, detail FROM planner_runs").fetchall() == [
            ("r1", {})
        ]


def test_people_from_before_there_was_a_glance_get_one_of_what_is_believed_of_them(
    empty_database: str,
) -> None:
    schema.upgrade(empty_database, to="0004")
    held = [
        a_chunk(1, liking=4.0),
        a_chunk(2, liking=2.0, disliking=2.0),
        a_chunk(3, liking=2.0, disliking=2.0, status=Status.FORGOTTEN),
    ]
    with psycopg.connect(empty_database, autocommit=True) as connection:
        for name in ("ada", "bob"):
            connection.execute(
                "INSERT INTO users (tenant_id, user_id, created_at) VALUES ('default', %s, now())",
                [name],
            )
        for chunk in held:
            connection.execute(
                "INSERT INTO chunks VALUES ('default', 'ada', %s, 'theme', 'it', %s, %s, now(), %s,"
                " %s, now(), now(), false, false, '{}', %s, NULL,"
                " array_fill(0, ARRAY[384])::halfvec)",
                [
                    chunk.chunk_id,
                    chunk.liking,
                    chunk.disliking,
                    chunk.likes,
                    chunk.dislikes,
                    chunk.status.value,
                ],
            )

    schema.upgrade(empty_database)

    expected = glance(Belief(chunks=tuple(held)), now=NOW, half_life=timedelta(days=9))
    with psycopg.connect(empty_database, autocommit=True) as connection:
        ada, bob = connection.execute(
            "SELECT beliefs, certainty, contested FROM users ORDER BY user_id"
        ).fetchall()
    assert ada == (2, pytest.approx(expected.certainty), 1)
    assert (expected.beliefs, expected.contested) == (2, 1)
    assert bob == (0, None, 0)


def test_strengths_from_before_it_was_noted_that_they_were_stated_last_and_can_be_undone(
    empty_database: str,
) -> None:
    schema.upgrade(empty_database, to="0008")
    given = a_chunk(1, liking=6.5, disliking=0.5, edited=True)
    held = {
        "set by hand": replace(given, likes=2, dislikes=1),
        "set the other way": replace(given, liking=0.5, disliking=6.5, likes=1, dislikes=2),
        "worded": replace(given, liking=1.5, disliking=0.0, likes=2, dislikes=0),
        "as it came": replace(given, edited=False, likes=2, dislikes=1),
    }
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO users (tenant_id, user_id, created_at) VALUES ('default', 'ada', now())"
        )
        for at, (text, chunk) in enumerate(held.items(), start=1):
            connection.execute(
                "INSERT INTO chunks VALUES ('default', 'ada', %s, 'theme', %s, %s, %s, now(), %s,"
                " %s, now(), now(), false, %s, '{}', 'active', NULL,"
                " array_fill(0, ARRAY[384])::halfvec)",
                [
                    at,
                    text,
                    chunk.liking,
                    chunk.disliking,
                    chunk.likes,
                    chunk.dislikes,
                    chunk.edited,
                ],
            )

    schema.upgrade(empty_database)

    with psycopg.connect(empty_database, autocommit=True) as connection:
        stated: dict[str, bool] = dict(
            connection.execute("SELECT text, stated FROM chunks").fetchall()
        )
    assert [text for text in held if stated[text]] == ["set by hand", "set the other way"]
    for text, chunk in held.items():  # or what the ledger has of it would not be what it is
        old = {k: v for k, v in chunk_to_json(chunk).items() if k != "stated"}
        assert chunk_from_json(old).stated == stated[text]


def test_memories_from_before_times_were_kept_are_to_be_made_anew(empty_database: str) -> None:
    schema.upgrade(empty_database, to="0009")
    with psycopg.connect(empty_database, autocommit=True) as connection:
        for item_id in ("b", "a"):
            connection.execute(
                "INSERT INTO item_memories (tenant_id, item_id, contributions, people, standing,"
                " voices, liking, judged, clear, rated, phrases, latest, audience, share, mass)"
                " VALUES ('shop', %s, 4, 4, 4, 0, 0, 0, 0, 0, '[]', now(), ''::bytea, 1, 0)",
                [item_id],
            )

    schema.upgrade(empty_database)

    with psycopg.connect(empty_database, autocommit=True) as connection:
        waiting = connection.execute(
            "SELECT tenant_id, item_id FROM touched_items ORDER BY number"
        ).fetchall()
        times = connection.execute("SELECT times FROM item_memories").fetchall()
    assert waiting == [("shop", "a"), ("shop", "b")]
    assert times == [(None,), (None,)]


def test_an_old_schema_is_refused_with_the_command_that_mends_it(empty_database: str) -> None:
    with pytest.raises(SchemaOutdated) as refused:
        schema.check(empty_database, encoder="any", dimension=384)

    assert refused.value.fix == "run `credence db upgrade`"


@pytest.mark.parametrize("asked", [threads.prepare, threads.prepared])
def test_what_the_driver_says_of_the_planners_threads_is_told_as_everywhere_else(
    database: str, asked: Callable[[str], object]
) -> None:
    away = make_url(database).set(host="127.0.0.1", port=1, query={})

    with pytest.raises(OperationalError):
        asked(away.render_as_string(hide_password=False))


def test_an_encoder_of_another_dimension_is_refused(database: str) -> None:
    with pytest.raises(EncoderMismatch, match="384 dimensions"):
        schema.check(database, encoder="other", dimension=768)


def test_an_encoder_of_the_same_dimension_and_another_name_is_refused(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("INSERT INTO encoders VALUES ('default', 'all-MiniLM-L6-v2', 384)")

    schema.check(database, encoder="all-MiniLM-L6-v2", dimension=384)
    with pytest.raises(EncoderMismatch, match="tenant 'default'"):
        schema.check(database, encoder="other", dimension=384)


def test_every_table_and_every_foreign_key_carries_the_tenant() -> None:
    # An admin who signs in sees every tenant.
    for table in (table for table in metadata.sorted_tables if table is not sign_ins):
        assert not table.c.tenant_id.nullable
        assert "tenant_id" in {column.name for column in table.primary_key}
        for key in table.foreign_key_constraints:
            own = [column.name for column in key.columns]
            other = [element.column.name for element in key.elements]
            assert (own[0], other[0]) == ("tenant_id", "tenant_id")


def test_tables_in_a_later_schema_of_the_search_path_are_not_hidden(database: str) -> None:
    engine = create_engine(postgres_url(database))
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA first"))
    engine.dispose()
    there = make_url(database).update_query_dict({"options": "-csearch_path=first,public"})
    url = there.render_as_string(hide_password=False)

    assert schema.version(url) is None
    with pytest.raises(SchemaHidden, match="in first and hide those that Credence has in public"):
        schema.upgrade(url)
    schema.upgrade(url, beside_others=True)

    assert schema.version(url) == schema.version(database) == schema.newest()
