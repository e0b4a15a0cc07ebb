"""Erasing a person: nothing of them stays, nobody else is touched, and no run brings them back."""

from __future__ import annotations

import pytest

from credence.app.bootstrap import Application
from credence.memory.errors import (
    UserNotFound,
)
from credence.memory.glance import Glance
from credence.memory.ledger import Revision
from credence.memory.model import Person
from credence.memory.tables import MADE_ANONYMOUS, OF_A_PERSON, metadata
from credence.memory.unit_of_work import autocommit, unit_of_work
from credence.planner.counter import Ask
from credence.planner.recommend import recommend
from tests.integration.memory.llm import a_call
from tests.integration.memory.world import (
    NOW,
    a_person_with_a_belief,
    an_event,
    dump,
    record,
    with_an_unlinked_event,
)


async def test_erasing_a_person_leaves_no_residue_in_any_table(
    application: Application, database: str
) -> None:
    person = await a_person_with_a_belief(application, user_id="zz-erase-me")
    await with_an_unlinked_event(application, person)
    await a_person_with_a_belief(application, user_id="bystander")
    await recommend(Ask(tenant="default", user_id="zz-erase-me"), application.counter)
    await application.shelf.impressions.settle()
    async with unit_of_work(application.engine) as uow:
        await uow.llm_calls.add("default", [a_call()], user_id="zz-erase-me", run_id="zz-run")
    assert "zz-erase-me" in dump(database)
    others = dump(database, without="zz-erase-me")

    async with unit_of_work(application.engine) as uow:
        receipt = await uow.people.erase(person)

    left = dump(database)
    assert "zz-erase-me" not in left
    assert "zz-run" not in left
    assert sum(line.startswith("llm_calls: ") for line in left.splitlines()) == 1
    assert dump(database, without="llm_calls: ") == others
    assert set(receipt) == {table.name for table in (*OF_A_PERSON, *MADE_ANONYMOUS)}
    assert all(count > 0 for count in receipt.values()), receipt
    with pytest.raises(UserNotFound):
        async with unit_of_work(application.engine) as uow:
            await uow.people.erase(person)


async def test_a_run_of_somebody_erased_meanwhile_writes_nothing(
    application: Application, database: str
) -> None:
    person = await a_person_with_a_belief(application, user_id="zz-erase-me")
    context = application.worker.context
    snapshot = await context.store.observe(person)
    async with unit_of_work(application.engine) as uow:
        await uow.people.erase(person)

    revision = Revision(
        number=snapshot.belief.revision + 1,
        run_id=None,
        actor="late",
        at=NOW,
        reason="",
        watermark=snapshot.last_seq,
        undoes=None,
        changes=(),
    )
    with pytest.raises(UserNotFound):
        await context.store.commit(
            person, revision, {}, None, lease="late", looked=None, glance=Glance()
        )

    assert "zz-erase-me" not in dump(database)


async def test_the_same_user_id_in_two_tenants_is_two_people(application: Application) -> None:
    one = await a_person_with_a_belief(application, tenant="north")
    await record(application, [an_event("ada", text="hello")], tenant="south")
    two = Person("south", "ada")

    async with autocommit(application.engine) as uow:
        north, south = await uow.beliefs.load(one), await uow.beliefs.load(two)
        assert await uow.catalogue("south").page(after=None, limit=9) == ()
    assert north.belief.active
    assert south.belief.active == ()


def test_every_table_that_names_a_user_is_erased_or_made_anonymous() -> None:
    naming = {table.name for table in metadata.sorted_tables if "user_id" in table.c}

    assert naming == {table.name for table in (*OF_A_PERSON, *MADE_ANONYMOUS)}
    assert all(table.c.user_id.nullable for table in MADE_ANONYMOUS)
