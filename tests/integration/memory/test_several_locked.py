"""Whoever locks several people does so in order of id, and what is ended for a deadlock is done
again, as often as may help."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from credence.app.bootstrap import Application
from credence.memory.model import Person
from credence.memory.record_events import Intake, Outcome, Recorded, record_events
from credence.memory.unit_of_work import autocommit, unit_of_work
from tests.integration.memory.test_late_races import row_held
from tests.integration.memory.world import NOW, an_event, record

LOCK = "SELECT 1 FROM users WHERE user_id = %s FOR UPDATE"


@pytest.mark.parametrize("first", [("zoe", "ada"), ("ada", "zoe")])
async def test_leases_are_renewed_in_order_of_id(
    application: Application, database: str, first: tuple[str, str]
) -> None:
    held = {f"token-of-{user_id}": Person("default", user_id) for user_id in first}
    until = NOW + timedelta(hours=1)
    async with unit_of_work(application.engine) as uow:
        for token, person in held.items():
            await uow.people.put(person, {}, now=NOW)
            await uow.people.claim_one(person, token=token, now=NOW, until=NOW)

    async def renewed() -> None:
        async with autocommit(application.engine) as uow:
            await uow.people.renew(held, until=until)

    async with asyncio.TaskGroup() as tasks, row_held(database, "ada") as ada:
        tasks.create_task(renewed())
        await ada.until_waiting(1)
        async with await psycopg.AsyncConnection.connect(database) as other:
            await other.execute(f"{LOCK} NOWAIT".encode(), ["zoe"])  # is not held by who waits

    with psycopg.connect(database) as connection:
        ends = connection.execute("SELECT DISTINCT lease_until FROM users").fetchall()
    assert ends == [(until,)]


async def test_a_lease_that_another_has_taken_meanwhile_is_not_renewed(
    application: Application, database: str
) -> None:
    """The other takes it while the renewal waits for the row."""
    ada = Person("default", "ada")
    async with unit_of_work(application.engine) as uow:
        await uow.people.put(ada, {}, now=NOW)
        await uow.people.claim_one(ada, token="own", now=NOW, until=NOW)

    async def renewed() -> None:
        async with autocommit(application.engine) as uow:
            await uow.people.renew({"own": ada}, until=NOW + timedelta(hours=1))

    async with asyncio.TaskGroup() as tasks, row_held(database, "ada") as other:
        tasks.create_task(renewed())
        await other.until_waiting(1)
        await other.connection.execute("UPDATE users SET lease_owner = 'another'")

    with psycopg.connect(database) as connection:
        found = connection.execute("SELECT lease_owner, lease_until FROM users").fetchall()
    assert found == [("another", NOW)]


async def test_events_that_postgres_ends_for_a_deadlock_are_recorded_all_the_same(
    application: Application, database: str
) -> None:
    """Ada is locked by the batch, and wanted by whoever has Cleo, whom the batch wants last."""
    batch = [an_event(user_id) for user_id in ("ada", "bob", "cleo")]
    await record(application, batch)

    async with await psycopg.AsyncConnection.connect(database) as other:
        await other.execute("SET deadlock_timeout = '10min'")  # so it is not the one that is ended
        await other.execute(LOCK, ["cleo"])
        async with row_held(database, "bob") as bob:
            recorded = asyncio.create_task(record(application, batch))
            await bob.until_waiting(1)
            crossing = asyncio.create_task(other.execute(LOCK, ["ada"]))
            await bob.until_waiting(2)
        await crossing

    assert await recorded == tuple(Recorded(one.user_id, 2) for one in batch)


def ended(database: str, *, times: int, sqlstate: str) -> None:
    """From now on Postgres ends so many writes of events as if for the sake of another request."""
    body = f"""
        CREATE SEQUENCE tries;
        CREATE FUNCTION end_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('tries') <= {times} THEN
                RAISE EXCEPTION 'ended for another' USING ERRCODE = '{sqlstate}';
            END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER ends BEFORE INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION end_it()
    """
    with psycopg.connect(database) as connection:
        connection.execute(body.encode())


@pytest.mark.parametrize("sqlstate", ["40P01", "40001"])
async def test_what_is_ended_again_and_again_is_done_again(
    application: Application, database: str, sqlstate: str
) -> None:
    ended(database, times=4, sqlstate=sqlstate)

    assert await record(application, [an_event("ada")]) == (Recorded("ada", 1),)


async def test_what_is_ended_every_time_is_given_up(
    application: Application, database: str
) -> None:
    ended(database, times=100, sqlstate="40P01")

    with pytest.raises(OperationalError, match="ended for another"):
        await record(application, [an_event("ada")])

    with psycopg.connect(database) as connection:
        tried = connection.execute("SELECT last_value FROM tries").fetchone()
        people = connection.execute("SELECT count(*) FROM users").fetchone()
    assert (tried, people) == ((5,), (0,))


async def test_what_postgres_refuses_for_its_own_sake_is_not_done_again(
    application: Application, database: str
) -> None:
    ended(database, times=1, sqlstate="53100")

    with pytest.raises(OperationalError, match="ended for another"):
        await record(application, [an_event("ada")])


async def test_an_event_of_somebody_who_is_being_erased_makes_them_anew(
    application: Application, database: str
) -> None:
    """The erasure is seen through once the event has waited for it."""
    async with unit_of_work(application.engine) as uow:
        await uow.people.put(Person("default", "ada"), {}, now=NOW)
    outcomes: list[Outcome] = []

    async def recorded() -> None:
        outcomes.extend(
            await record_events(
                [an_event("ada")],
                tenant="default",
                now=NOW,
                intake=Intake(unknown_users="create"),
                engine=application.engine,
            )
        )

    async with asyncio.TaskGroup() as tasks, row_held(database, "ada") as erasure:
        await erasure.connection.execute("DELETE FROM users WHERE user_id = 'ada'")
        tasks.create_task(recorded())
        await erasure.until_waiting(1)

    assert outcomes == [Recorded("ada", 1)]
