from __future__ import annotations

import json
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, inspect, make_url, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from credence.app.bootstrap import assemble
from credence.app.schema import connected
from credence.app.settings import Settings
from credence.inference.encoder import SentenceEncoder
from credence.memory.database import postgres_url
from credence.memory.model import Action
from credence.memory.record_events import Intake, NewEvent, record_events
from credence.memory.tables import users
from credence.replay.belief import FIRST
from credence.replay.believing import isolated
from credence.replay.believing.isolated import MemoryOpen
from credence.replay.believing.memory import TENANT
from credence.replay.errors import ReplayError
from credence.replay.routed.parts import UnknownPart
from credence.replay.runner.folder import FinishedRun
from credence.replay.runner.hall import OtherData
from credence.replay.runner.kept import AnotherRun
from credence.replay.runner.reading import read_run
from credence.replay.runner.record import Record
from credence.replay.runner.run import UnknownSystem, run
from tests.integration.replay import killed_run
from tests.integration.replay.killing import killed
from tests.integration.replay.standing import schemas
from tests.integration.replay.toy_run import (
    PEOPLE,
    POISON,
    SETTINGS,
    a_run,
    a_watcher,
    an_exam,
    write_toy,
)

CREDENCE = ("credence", "credence:semantic", "credence:never")


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_toy(tmp_path_factory.mktemp("data") / "toy", people=PEOPLE)


def product_rows(database: str) -> int:
    """People in the tables that the application itself uses."""
    engine = create_engine(postgres_url(database))
    try:
        with engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(users)).scalar_one()
    finally:
        engine.dispose()


def standing_memory(database: str) -> str:
    """The one memory that has beliefs; beside it stands what it was made of."""
    [schema] = [name for name in schemas(database) if isolated.rows(database, name)["revisions"]]
    return schema


def answers(out: Path, system: str) -> bytes:
    stem = system.replace(":", "_")
    return (out / "toy" / "answers" / f"{stem}.jsonl").read_bytes()


def hits(finished: FinishedRun, system: str) -> float:
    records = finished.records[system]
    return sum(record.rank == 1 for record in records) / len(records)


async def test_any_number_of_workers_writes_the_same_bytes(
    data: Path, database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    systems = (*CREDENCE, "encoder", "random")
    for at_once in (1, 6):
        asked = a_run(
            data,
            tmp_path / str(at_once),
            database,
            encoder.encode,
            systems=systems,
            at_once=at_once,
        )
        await run(asked, a_watcher())

    for system in systems:
        assert answers(tmp_path / "1", system) == answers(tmp_path / "6", system)
    finished = read_run(tmp_path / "1" / "toy")
    assert finished.manifest.systems == systems
    assert hits(finished, "credence") > 0.8 > hits(finished, "random")
    assert {r.revision for r in finished.records["credence:never"]} == {0}
    assert min(r.revision or 0 for r in finished.records["credence"]) > 0
    assert schemas(database) == []
    assert product_rows(database) == 0


async def test_the_memory_refuses_writes_while_the_exam_is_sat_and_it_is_proved(
    data: Path, database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    attempts: list[str] = []
    event = NewEvent(user_id="p0", action=Action.LIKE, occurred_at=FIRST, item_id="1", metadata={})

    def urls() -> list[str]:
        return [isolated.within(database, standing_memory(database), read_only=True)]

    asked = a_run(data, tmp_path, database, encoder.encode, keep_memory=True)
    await run(asked, a_watcher(told=lambda system, record: attempts.extend(urls())))

    assert attempts
    app = assemble(Settings(worker=False), attempts[0], encoder)
    try:
        with pytest.raises(DBAPIError, match="read-only transaction"):
            await record_events(
                [event], tenant=TENANT, now=FIRST, intake=Intake(), engine=app.engine
            )
    finally:
        await app.close()
    proof = json.loads((tmp_path / "toy" / "readonly.json").read_text())["credence"]
    assert "read-only transaction" in proof["write_attempt"]
    assert proof["counts_before"] == proof["counts_after"]
    assert proof["versions_before"] == proof["versions_after"]
    assert proof["counts_before"]["events"] == PEOPLE * 7 + trained(data)
    assert proof["counts_before"]["impressions"] == 0
    open_one = isolated.within(database, standing_memory(database))
    for _ in range(2):  # what it took is taken back, so that it takes it again
        with pytest.raises(MemoryOpen):
            isolated.refused_write(open_one)
    able = create_async_engine(open_one)
    with pytest.raises(MemoryOpen):
        await isolated.refuses(able)
    await able.dispose()
    with pytest.raises(DBAPIError, match="does not exist"):
        isolated.refused_write(make_url(database).set(database="away").render_as_string(False))


def test_every_write_changes_the_number_of_row_versions(database: str) -> None:
    isolated.make(database, "replay_written")
    isolated.close_building(database, "replay_written")
    seen = [isolated.row_versions(database, "replay_written")]
    assert isolated.row_versions(database, "replay_written") == seen[0]
    for write in (
        "INSERT INTO replay_built VALUES ('something')",
        "UPDATE replay_built SET what = what",
        "DELETE FROM replay_built",
    ):
        with connected(isolated.within(database, "replay_written")) as connection:
            assert connection.execute(text(write)).rowcount == 1
        seen.append(isolated.row_versions(database, "replay_written"))

    assert all(one["replay_built"] != other["replay_built"] for one, other in pairwise(seen))
    assert {**seen[-1], "replay_built": ""} == {**seen[0], "replay_built": ""}
    isolated.drop(database, "replay_written")


def trained(data: Path) -> int:
    """People of the training half: their targets are donors' too."""
    return PEOPLE - len(an_exam(data).papers)


@pytest.mark.parametrize("dies", [("building", 5, 1), ("building", 10, 2), ("sitting", 4, 2)])
async def test_a_killed_run_goes_on_where_it_stopped(
    dies: tuple[str, int, int], data: Path, database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    when, count, memories = dies
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    await run(a_run(data, whole, database, encoder.encode), a_watcher())
    await killed(killed_run.main, data, cut, database, when, count)
    assert len(schemas(database)) == memories  # what all memories are made of, and one
    before: list[bytes] = [] if when == "building" else answers(cut, "credence").splitlines()
    asked_again: list[str] = []

    await run(
        a_run(data, cut, database, encoder.encode, at_once=2),
        a_watcher(
            told=lambda system, record: asked_again.append(record.user_id) if record else None
        ),
    )

    once, twice = (read_run(out / "toy").records["credence"] for out in (whole, cut))
    for one, other in zip(once, twice, strict=True):
        assert replace(one, scores=()) == replace(other, scores=())
        # Vectors that another process made may differ in the last digits.
        assert one.scores == pytest.approx(other.scores, abs=1e-4)
    answered = {json.loads(line)["user_id"] for line in before}
    assert len(answered) == (0 if when == "building" else count)
    assert answered.isdisjoint(asked_again)
    assert schemas(database) == []


async def test_what_exam_people_wrote_of_their_targets_is_nowhere_in_a_memory(
    data: Path, database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    await run(a_run(data, tmp_path, database, encoder.encode, keep_memory=True), a_watcher())

    examined = {paper.user_id for paper in an_exam(data).papers}
    schema = standing_memory(database)
    engine = create_engine(postgres_url(isolated.within(database, schema)))
    with engine.connect() as connection:
        told = {
            (table, row[0])
            for table in inspect(engine).get_table_names(schema=schema)
            for row in connection.execute(text(f'SELECT to_jsonb(t)::text FROM "{table}" t'))
            if POISON in row[0]
        }
    engine.dispose()
    assert told, "of training people it is there, so the search finds what there is"
    assert not any(f'"{user_id}"' in row for _, row in told for user_id in examined)
    beliefs = (tmp_path / "toy" / "beliefs" / "credence.jsonl").read_text()
    assert POISON not in beliefs


async def test_the_order_of_candidates_does_not_move_a_score(
    data: Path, database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    exams = {f"seed-{seed}": an_exam(data, seed=seed) for seed in (0, 1)}
    systems = ("credence", "credence:semantic")
    await run(
        a_run(data, tmp_path, database, encoder.encode, systems=systems, exams=exams), a_watcher()
    )

    one, other = (read_run(tmp_path / name) for name in exams)
    assert [p.candidates for p in one.exam.papers] != [p.candidates for p in other.exam.papers]
    for system in systems:
        for first, second in zip(one.records[system], other.records[system], strict=True):
            scored = dict(zip(first.order, first.scores, strict=True))
            assert scored == pytest.approx(
                dict(zip(second.order, second.scores, strict=True)), abs=1e-5
            )


async def test_another_exam_other_data_or_settings_are_refused_and_change_nothing(
    data: Path, database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    asked = a_run(data, tmp_path, database, encoder.encode, systems=("random",))
    await run(asked, a_watcher())
    before = answers(tmp_path, "random")
    other_data = replace(an_exam(data), data_sha256="0" * 64)
    refusals: list[tuple[type[ReplayError], str, dict[str, object]]] = [
        (AnotherRun, "exam_sha256", {"exams": {"toy": an_exam(data, seed=7)}}),
        (
            AnotherRun,
            "settings",
            {"settings": asked.settings.model_copy(update={"event_memory": 3})},
        ),
        (OtherData, "drawn from other data", {"exams": {"new": other_data}}),
        (UnknownSystem, "no system 'nonsense'", {"systems": ("random", "nonsense")}),
        (UnknownSystem, "no system is named", {"systems": ()}),
        (UnknownPart, "no part 'expert-nobody'", {"systems": ("credence:routed-expert-nobody",)}),
    ]

    for kind, why, change in refusals:
        with pytest.raises(kind, match=why):
            await run(replace(asked, **change), a_watcher())  # type: ignore[arg-type]

    assert answers(tmp_path, "random") == before
    assert read_run(tmp_path / "toy").manifest.systems == ("random",)
    assert schemas(database) == []


async def test_a_memory_made_with_other_settings_is_not_taken_for_this_one(
    data: Path, database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    first, fresh = (tmp_path / name for name in ("first", "fresh"))
    short = SETTINGS.model_copy(update={"half_life_days": 1.0})
    kept = a_run(data, first, database, encoder.encode, keep_memory=True)
    await run(kept, a_watcher())
    shutil.rmtree(first / "toy")  # as the refusal advises; the memory stands

    await run(replace(kept, settings=short), a_watcher())
    await run(a_run(data, fresh, database, encoder.encode, settings=short), a_watcher())

    beliefs = [(out / "toy/beliefs/credence.jsonl").read_bytes() for out in (first, fresh)]
    assert beliefs[0] == beliefs[1]
    assert read_run(first / "toy").manifest.settings["half_life_days"] == 1.0


async def test_a_session_that_was_killed_leaves_its_part_of_the_proof(
    data: Path, database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    class Killed(BaseException):
        pass

    def die(system: str, record: Record | None) -> None:
        raise Killed

    with pytest.raises(Killed):
        await run(a_run(data, tmp_path, database, encoder.encode), a_watcher(told=die))
    shown = json.loads((tmp_path / "toy" / "readonly.json").read_text())["credence"]
    assert shown["write_attempt"].startswith("25006")
    assert "counts_after" not in shown

    await run(a_run(data, tmp_path, database, encoder.encode), a_watcher())

    whole = json.loads((tmp_path / "toy" / "readonly.json").read_text())["credence"]
    for of in ("counts", "versions"):
        assert whole[f"{of}_before"] == whole[f"{of}_after"] == shown[f"{of}_before"]


async def test_systems_can_be_added_to_a_run(
    data: Path, database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    for systems in (("random",), ("popularity",)):
        await run(a_run(data, tmp_path, database, encoder.encode, systems=systems), a_watcher())

    assert read_run(tmp_path / "toy").manifest.systems == ("random", "popularity")


async def test_what_repeats_a_run_names_every_command_that_made_it(
    data: Path, database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    asked = a_run(data, tmp_path, database, encoder.encode, systems=("random",))
    for command, system in (("one", "random"), ("two", "recency"), ("one", "random")):
        await run(replace(asked, command=command, systems=(system,)), a_watcher())

    assert read_run(tmp_path / "toy").manifest.command == "one && two"
