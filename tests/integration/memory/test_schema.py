from __future__ import annotations

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, make_url, text

from credence.app import schema
from credence.memory.database import postgres_url
from credence.memory.errors import EncoderMismatch, SchemaHidden, SchemaOutdated
from credence.memory.tables import metadata


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


def test_an_old_schema_is_refused_with_the_command_that_mends_it(empty_database: str) -> None:
    with pytest.raises(SchemaOutdated) as refused:
        schema.check(empty_database, encoder="any", dimension=384)

    assert refused.value.fix == "run `credence db upgrade`"


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
    for table in metadata.sorted_tables:
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
