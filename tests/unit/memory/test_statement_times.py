"""The record of how long statements take: bounded, and free of values."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, String, bindparam, column, create_engine, literal, select, text
from sqlalchemy.exc import DBAPIError

from credence.memory.statement_times import LONGEST_TEXT, StatementTimes


class _Clock:
    """Stands where it is told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.005
        return self.now


@pytest.fixture
def engine() -> Engine:
    return create_engine("sqlite://")


def test_a_statement_counts_with_its_worst_and_its_mean() -> None:
    times = StatementTimes()
    for milliseconds in (2.0, 10.0, 3.0):
        times.add("SELECT 1", milliseconds)
    times.add("SELECT 2", 4.0, failed=True)

    worst, other = times.slowest(9)

    assert (worst.text, worst.count, worst.failed, worst.worst) == ("SELECT 1", 3, 0, 10.0)
    assert (worst.total, worst.mean) == (15.0, 5.0)
    assert (other.text, other.failed) == ("SELECT 2", 1)
    assert times.slowest(1) == (worst,)


def test_there_are_never_more_than_so_many_and_the_least_goes_first() -> None:
    times = StatementTimes(most=3)
    for number in range(1_000):
        times.add("often", 1.0)
        times.add("slow once", 50.0 if number == 0 else 0.1)
        times.add(f"SELECT {number}", 0.1)

    assert len(times) == 3
    assert {"often", "slow once"} < {one.text for one in times.slowest(9)}


def test_no_value_is_kept_whatever_way_it_goes_into_a_statement(engine: Engine) -> None:
    times = StatementTimes()
    times.watch(engine)
    rendered = bindparam("rendered", "secret-one", String, literal_execute=True)
    with engine.connect() as connection:
        connection.execute(select(literal("secret-two"), rendered))
        connection.execute(text("SELECT :given"), {"given": "secret-three"})
        connection.exec_driver_sql("SELECT 'secret-four'")
        for many in (1, 2, 3):
            chosen = [f"secret-{number}" for number in range(many)]
            connection.execute(select(literal(1)).where(column("1").in_(chosen)))

    told = times.slowest(99)

    assert "secret" not in str(told)
    assert {one.count for one in told if " IN " in one.text} == {3}  # one statement, not three
    assert any(one.text.startswith("SELECT …") for one in told)


def test_a_statement_that_fails_is_timed_too(engine: Engine) -> None:
    times = StatementTimes(clock=_Clock())
    times.watch(engine)
    with engine.connect() as connection, pytest.raises(DBAPIError):
        connection.execute(text("SELECT * FROM nowhere"))

    (failed,) = times.slowest(9)

    assert (failed.text, failed.count, failed.failed) == ("SELECT * FROM nowhere", 1, 1)
    assert failed.worst == pytest.approx(5.0)


def test_long_statements_are_cut(engine: Engine) -> None:
    times = StatementTimes()
    times.watch(engine)
    with engine.connect() as connection:
        connection.execute(text("SELECT 1 -- " + "x" * 3 * LONGEST_TEXT))

    (cut,) = times.slowest(9)

    assert len(cut.text) == LONGEST_TEXT
