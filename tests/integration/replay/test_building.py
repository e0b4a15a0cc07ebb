"""How the memories of a run are filled: in bulk, and from what they have in common."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, func, select, table, text, update

from credence.app.bootstrap import Application
from credence.app.rebuild import rebuild
from credence.inference.encoder import SentenceEncoder
from credence.inference.words import WordEncoder
from credence.memory.database import postgres_url
from credence.memory.tables import users
from credence.replay.belief import events_of
from credence.replay.believing import isolated
from credence.replay.believing.memory import TENANT, Builder, record, recorded_at
from credence.replay.believing.served import application
from credence.replay.believing.variant import Variant
from credence.replay.runner.hall import Hall
from credence.replay.runner.run import run
from credence.replay.systems.system import Material
from tests.integration.replay.standing import schemas
from tests.integration.replay.toy_run import (
    PEOPLE,
    SETTINGS,
    a_run,
    a_watcher,
    an_exam,
    write_toy,
)

OF_OTHERS = ("events", "items", "item_words", "contributions", "item_memories")
OF_BELIEFS = ("chunks", "evidence", "profiles")
VOLATILE = "{recorded_at,run_id,created_at,written_at,updated_at}"


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_toy(tmp_path_factory.mktemp("data") / "toy", people=PEOPLE)


@pytest.fixture
def hall(data: Path, encoder: SentenceEncoder) -> Hall:
    return Hall.of(data, "toy", encode=encoder.encode, cache=None)


def rows(database: str, schema: str, names: Sequence[str]) -> dict[str, list[str]]:
    """Every row of these tables, without what no two memories have in common."""
    engine = create_engine(postgres_url(isolated.within(database, schema)))
    try:
        with engine.connect() as connection:
            return {
                name: sorted(
                    connection.execute(
                        text(f"SELECT (to_jsonb(t) - CAST(:v AS text[]))::text FROM {name} t"),
                        {"v": VOLATILE},
                    ).scalars()
                )
                for name in names
            }
    finally:
        engine.dispose()


@asynccontextmanager
async def a_builder(
    database: str, schema: str, hall: Hall, *, folder: Path, at_once: int = 3
) -> AsyncIterator[Builder]:
    isolated.make(database, schema)
    app = application(Variant(), SETTINGS, isolated.within(database, schema), hall.encoder)
    try:
        yield Builder(
            app=app,
            material=the_material(hall, folder),
            look_every=3,
            at_once=at_once,
            done=lambda: None,
        )
    finally:
        await app.close()


def the_material(hall: Hall, folder: Path) -> Material:
    exam = an_exam(folder)
    return hall.material(exam, folder=folder, database="")


async def one_by_one(app: Application, material: Material) -> None:
    """Everybody's events as they would come: each by itself."""
    for user_id in sorted(material.donors):
        for event in events_of(material.donors[user_id]):
            await record(app, user_id, [event], now=recorded_at(material))


async def test_what_is_recorded_in_bulk_is_what_one_event_after_another_would_have_left(
    data: Path, database: str, hall: Hall
) -> None:
    words = WordEncoder().encode
    async with a_builder(database, "replay_bulk", hall, folder=data) as builder:
        await builder.build([])
        bulk = rows(database, "replay_bulk", (*OF_OTHERS, "users"))
        people = dict(bulk).pop("users")
    async with a_builder(database, "replay_each", hall, folder=data) as builder:
        await builder.lay(list(builder.material.donors))  # the catalogue, and nobody
        await one_by_one(builder.app, builder.material)
        assert rows(database, "replay_each", ["users"])["users"] == people
        _all_read(database, "replay_each")
        # What they bring, as the application itself has it from the log.
        read = await rebuild(TENANT, builder.app, words=words)

    assert read == len(people) == PEOPLE
    each = rows(database, "replay_each", OF_OTHERS)
    assert min(map(len, each.values())) > 0
    for name in OF_OTHERS:
        assert bulk[name] == each[name], name


async def test_it_may_stop_anywhere_and_be_begun_again(
    data: Path, database: str, hall: Hall
) -> None:
    async with a_builder(database, "replay_whole", hall, folder=data) as builder:
        await builder.build([])
    async with a_builder(database, "replay_cut", hall, folder=data) as builder:
        await builder.lay(list(builder.material.donors))  # the catalogue, and nobody
        some = sorted(builder.material.donors)[:7]
        for user_id in some:  # recorded, and stopped before they counted for anybody
            events = events_of(builder.material.donors[user_id])
            await record(builder.app, user_id, events[:4], now=recorded_at(builder.material))
        await builder.build([])
        await builder.build([])

    for name, found in rows(database, "replay_whole", OF_OTHERS).items():
        assert rows(database, "replay_cut", [name])[name] == found, name


async def test_a_memory_made_from_what_all_have_in_common_is_one_that_was_made_alone(
    data: Path, database: str, hall: Hall, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    exam = an_exam(data)
    examinees = sorted(paper.user_id for paper in exam.papers)
    async with a_builder(database, "alone", hall, folder=data) as builder:
        await builder.build(examinees)
    await run(a_run(data, tmp_path, database, encoder.encode, keep_memory=True), a_watcher())

    beliefs = [one for one in schemas(database) if isolated.rows(database, one)["revisions"]]
    [schema] = beliefs
    names = (*OF_OTHERS, *OF_BELIEFS)
    alone = rows(database, "alone", names)
    assert min(map(len, alone.values())) > 0
    for name, found in rows(database, schema, names).items():
        assert found == alone[name], name
    assert isolated.rows(database, schema)["touched_items"] == 0


async def test_what_was_made_for_other_people_is_not_taken(
    data: Path, database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    together, alone = tmp_path / "together", tmp_path / "alone"
    exam = an_exam(data)
    few = replace(exam, papers=exam.papers[:3])
    asked = a_run(data, together, database, encoder.encode, keep_memory=True, exams={"few": few})
    await run(asked, a_watcher())
    before = len(schemas(database))

    await run(replace(asked, exams={"toy": exam}), a_watcher())
    await run(a_run(data, alone, database, encoder.encode), a_watcher())

    assert len(schemas(database)) == 2 * before == 4
    answers = [(out / "toy/answers/credence.jsonl").read_bytes() for out in (together, alone)]
    assert answers[0] == answers[1]


async def test_one_ground_serves_every_memory_of_a_domain(
    data: Path, database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    built: list[tuple[str, int]] = []

    def building(memory: str, people: int) -> Any:
        built.append((memory, people))
        return lambda: None

    systems = ("credence", "credence:never", "credence:semantic", "credence:fixed-5")
    asked = a_run(data, tmp_path, database, encoder.encode, systems=systems)
    await run(asked, replace(a_watcher(), building=building))

    sat = len(an_exam(data).papers)
    assert built == [
        ("others", PEOPLE - sat),
        ("adaptive", sat),
        ("never", sat),
        ("fixed-5", sat),
    ]


def _all_read(database: str, schema: str) -> None:
    """As if the planner had read every event."""
    engine = create_engine(postgres_url(isolated.within(database, schema)))
    with engine.begin() as connection:
        connection.execute(update(users).values(shared_to=users.c.last_seq))
        assert connection.execute(select(func.count()).select_from(table("events"))).scalar_one()
    engine.dispose()
