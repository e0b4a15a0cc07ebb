from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
import typer
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError
from threadpoolctl import threadpool_info, threadpool_limits  # type: ignore[import-untyped]
from typer.testing import CliRunner

from credence.app.bootstrap import Application
from credence.app.settings import Settings
from credence.cli.replay.evolve import evolve as evolve_command
from credence.inference.encoder import SentenceEncoder
from credence.memory.database import postgres_url
from credence.memory.model import Person
from credence.memory.planner_run import PlannerRun
from credence.planner.context import Context
from credence.replay.belief import events_of
from credence.replay.believing import isolated
from credence.replay.believing.memory import look as planner_look
from credence.replay.believing.memory import record
from credence.replay.believing.variant import UnknownVariant, Variant
from credence.replay.encoded import EncodedDomain
from credence.replay.evolving import walker
from credence.replay.evolving.asked import walks
from credence.replay.evolving.folder import read_study
from credence.replay.evolving.hindsight import AHEAD, Left, held_against
from credence.replay.evolving.run import evolve
from credence.replay.evolving.served import served
from credence.replay.evolving.timeline import FIRST_STEP, Timeline, real, spliced
from credence.replay.evolving.walked import Believed
from credence.replay.exam.negatives import Shelf
from credence.replay.loaders.instructrec import load_domain
from credence.replay.routed.parts import UnknownPart
from credence.replay.runner.hall import Hall
from credence.replay.runner.kept import AnotherRun
from tests.integration.conftest import copied
from tests.integration.replay import killed_evolve
from tests.integration.replay.killing import killed
from tests.integration.replay.recorded import DATA, NEEDS_DATA
from tests.integration.replay.standing import schemas
from tests.integration.replay.toy_evolve import LENGTH, a_study, a_watcher, write_toy

SYSTEMS = ("credence", "credence:fixed-1:semantic", "credence:never")


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_toy(tmp_path_factory.mktemp("evolving") / "toy")


@pytest.fixture(scope="session")
def whole(data: Path, postgres: str, template: str, encoder: SentenceEncoder) -> Path:
    """The folder of a study that nothing interrupted."""
    out = data.parent / "whole"
    with copied(postgres, template) as url:
        asyncio.run(evolve(a_study(data, out, url, encoder.encode), a_watcher()))
    return out


def told(database: str, schema: str) -> dict[str, set[str]]:
    """The words of single events, by the table they stand in."""
    engine = create_engine(postgres_url(isolated.within(database, schema)))
    found: dict[str, set[str]] = {}
    with engine.connect() as connection:
        for table in inspect(engine).get_table_names(schema=schema):
            matches = (
                f"""SELECT m[1] FROM "{table}" t, regexp_matches(t::text, '(quux\\w+)', 'g') m"""
            )
            found[table] = {row[0] for row in connection.execute(text(matches))}
    engine.dispose()
    return found


def steps_of(out: Path, system: str) -> bytes:
    return (out / "steps" / f"{system.replace(':', '_')}.jsonl").read_bytes()


async def test_sums_are_made_by_one_thread(
    data: Path, database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    threads: set[int] = set()

    def asking(user_id: str, step: int) -> None:
        pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
        threads.update(pool["num_threads"] for pool in pools)

    asked = a_study(data, tmp_path / "out", database, encoder.encode, most=1)
    with threadpool_limits(2, "blas"):
        await evolve(asked, a_watcher(asking))

    assert threads == {1}


async def test_any_number_of_workers_writes_the_same_bytes(
    data: Path, database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    for at_once in (1, 6):
        asked = a_study(
            data,
            tmp_path / str(at_once),
            database,
            encoder.encode,
            systems=SYSTEMS,
            spliced=True,
            most=4,
            at_once=at_once,
        )
        await evolve(asked, a_watcher())

    for system in SYSTEMS:
        assert steps_of(tmp_path / "1", system) == steps_of(tmp_path / "6", system)
    study = read_study(tmp_path / "1")
    for system in SYSTEMS:
        assert {walk.user_id for walk in study.walked[system]}
        assert not any(step.failure for walk in study.walked[system] for step in walk.steps)
    assert {s.revision for walk in study.walked["credence:never"] for s in walk.steps} == {0}
    assert not any(walk.operations for walk in study.walked["credence:never"])
    assert all(walk.operations for walk in study.walked["credence"])
    assert all(walk.looks == walk.events for walk in study.walked["credence:fixed-1:semantic"])
    changes = {step.change for walk in study.walked["credence"] for step in walk.steps}
    assert changes == {None, *range(1, LENGTH // 2 + 1)}
    assert schemas(database) == []


def test_a_taste_is_learnt_along_the_way(whole: Path) -> None:
    walked = read_study(whole).walked["credence"]

    ranks = [step.rank for walk in walked for step in walk.steps]
    assert sum(rank <= 5 for rank in ranks) / len(ranks) > 0.8


@pytest.mark.parametrize("halves", [False, True], ids=["real", "spliced"])
async def test_when_a_step_is_asked_about_nothing_of_it_or_later_is_in_the_memory(
    halves: bool, data: Path, database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    made = (spliced if halves else real)(load_domain(data), seed=0, most=2)
    stories = {timeline.user_id: timeline for timeline in made}
    asked = Counter[str]()

    def search(user_id: str, step: int) -> None:
        [schema] = schemas(database)
        found = told(database, schema)
        words = own_words(stories[user_id])
        everywhere = set().union(*found.values())
        assert set(words[: step - 1]) <= found["events"], "what came before is found"
        assert everywhere.isdisjoint(words[step - 1 :])
        asked[user_id] += 1

    study = a_study(data, tmp_path, database, encoder.encode, spliced=halves, most=2, at_once=2)
    await evolve(study, a_watcher(asking=search))

    assert asked == {user: len(t.story) - FIRST_STEP + 1 for user, t in stories.items()}


def own_words(timeline: Timeline) -> list[str]:
    return [done.review.split()[-1] for done in timeline.story]


async def test_later_events_and_their_order_and_times_change_no_earlier_answer(
    whole: Path, database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    known = 8
    other = write_toy(tmp_path / "other" / "toy", changed_from=known)
    one = read_study(whole)
    two = await evolve(a_study(other, tmp_path / "2", database, encoder.encode), a_watcher())

    compared = 0
    for first, second in zip(one.walked["credence"], two.walked["credence"], strict=True):
        early = [step for step in first.steps if step.step <= known]
        assert len(early) == known - FIRST_STEP + 1
        assert early == [step for step in second.steps if step.step <= known]
        assert first.steps != second.steps
        assert first.believed is not None
        assert second.believed is not None
        for mine, theirs in zip(first.believed, second.believed, strict=True):
            if mine.known <= known:
                assert [mine.likes, mine.dislikes] == [theirs.likes, theirs.dislikes]
                assert mine.active == theirs.active
                strengths = {one.chunk: one.strength for one in theirs.borne}
                both = [borne for borne in mine.borne if borne.chunk in strengths]
                assert all(strengths[borne.chunk] == borne.strength for borne in both)
                compared += len(both)
    assert compared


@pytest.mark.parametrize("halves", [False, True], ids=["real", "spliced"])
async def test_what_is_believed_is_held_against_what_the_same_person_does_after_it(
    halves: bool, data: Path, database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    asked = a_study(data, tmp_path, database, encoder.encode, spliced=halves, most=3)
    [*walked] = (await evolve(asked, a_watcher())).walked["credence"]

    change = LENGTH // 2 if halves else None
    looks = [(walk, look) for walk in walked for look in walk.believed or ()]
    assert looks
    for walk, look in looks:
        last = walk.events if change is None else change
        assert look.known < last, "nobody's chunks are held against another's events"
        assert look.known + look.ahead == min(last, look.known + AHEAD)
        assert look.open_likes <= look.likes
        assert look.open_dislikes <= look.dislikes
        for one in look.borne:
            assert -1 < one.strength < 1
            assert 0 <= one.confidence < 1
            later = {*one.liked, *one.disliked}
            assert later <= set(range(look.known + 1, look.known + look.ahead + 1))
            assert later
    if not halves:  # people of one taste, who go on to praise what they praised
        claims = [one for _, look in looks for one in look.borne if one.strength > 0]
        assert claims
        assert not any(one.disliked for one in claims)


async def test_what_comes_later_is_read_when_all_looks_are_done(
    data: Path,
    database: str,
    encoder: SentenceEncoder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []

    async def looking(app: Application, person: Person, *, at: datetime) -> PlannerRun:
        done.append("look")
        return await planner_look(app, person, at=at)

    async def reading(left: Left, *, context: Context, encoded: EncodedDomain) -> Believed:
        done.append("read")
        return await held_against(left, context=context, encoded=encoded)

    monkeypatch.setattr(walker, "look", looking)
    monkeypatch.setattr(walker, "held_against", reading)
    await evolve(a_study(data, tmp_path, database, encoder.encode, most=1), a_watcher())

    looks, reads = done.count("look"), done.count("read")
    assert looks >= reads > 1
    assert done == ["look"] * looks + ["read"] * reads


async def test_a_person_is_answered_as_if_nobody_else_were_followed(
    data: Path, whole: Path, database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    many = read_study(whole)
    counts: list[int] = []

    def count(user_id: str, step: int) -> None:
        [schema] = schemas(database)
        counts.append(isolated.rows(database, schema)["contributions"])

    alone = a_study(data, tmp_path / "alone", database, encoder.encode, most=1)
    study = await evolve(alone, a_watcher(asking=count))

    [walk] = study.walked["credence"]
    assert walk in many.walked["credence"]
    assert len(many.walked["credence"]) > 3
    assert len(set(counts)) == 1, "others are told nothing of whoever is followed"


@pytest.mark.parametrize("dies", [("building", 4), ("walking", 30)])
async def test_a_killed_study_goes_on_where_it_stopped(
    dies: tuple[str, int], whole: Path, database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    (when, count), cut, data = dies, tmp_path / "cut", whole.parent / "toy"
    await killed(killed_evolve.main, data, cut, database, when, count)
    assert len(schemas(database)) == 1
    kept = [] if when == "building" else steps_of(cut, "credence").splitlines()
    finished = {json.loads(line)["user_id"] for line in kept}
    asked_again: set[str] = set()

    await evolve(
        a_study(data, cut, database, encoder.encode, at_once=3),
        a_watcher(asking=lambda user_id, step: asked_again.add(user_id)),
    )

    assert steps_of(cut, "credence") == steps_of(whole, "credence")
    assert bool(finished) == (when == "walking")
    assert asked_again
    assert asked_again.isdisjoint(finished)
    assert schemas(database) == []


async def test_what_is_asked_with_cannot_write(
    database: str, encoder: SentenceEncoder, data: Path, settings: Settings
) -> None:
    isolated.make(database, "replay_closed")
    hall = Hall.of(data, "toy", encode=encoder.encode, cache=None)
    [event, *_] = events_of(hall.domain.people[0].history)

    async with served(
        Variant(),
        settings=settings,
        database=database,
        schema="replay_closed",
        encoder=hall.encoder,
    ) as apps:
        with pytest.raises(DBAPIError, match="read-only transaction"):
            await record(apps.answering, "p0", [event], now=event.occurred_at)

    isolated.drop(database, "replay_closed")


async def test_other_questions_are_refused_and_change_nothing(
    data: Path, database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    asked = a_study(data, tmp_path, database, encoder.encode, systems=("credence:never",), most=2)
    await evolve(asked, a_watcher())
    before = steps_of(tmp_path, "credence:never")

    for change in ({"seed": 1}, {"stride": 2}, {"most": 3}, {"spliced": True}):
        with pytest.raises(AnotherRun, match="questions_sha256"):
            await evolve(replace(asked, **change), a_watcher())
    with pytest.raises(UnknownVariant, match="nonsense"):
        await evolve(replace(asked, systems=("nonsense",)), a_watcher())
    with pytest.raises(UnknownPart, match="expert-nobody"):
        later = ("credence:fixed-5", "credence:routed-expert-nobody")
        await evolve(replace(asked, systems=later), a_watcher())

    assert steps_of(tmp_path, "credence:never") == before
    assert read_study(tmp_path).manifest.systems == ("credence:never",)


def test_the_command_prints_tables_or_json_and_keeps_the_figures(
    data: Path, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENCE_DATABASE_URL", database)
    app = typer.Typer()
    app.command()(evolve_command)
    asked = ["--data", str(data), "--domain", "toy", "--out", str(tmp_path / "out"), "--users", "3"]
    asked += ["--systems", "credence:never,credence:fixed-3", "--stride", "2"]

    shown = CliRunner().invoke(app, asked)
    again = CliRunner().invoke(app, [*asked, "--json"])
    refused = CliRunner().invoke(app, [*asked, "--spliced"])

    assert shown.exit_code == again.exit_code == 0, shown.output
    assert "Evolving tastes" in shown.output
    document = json.loads(again.stdout)
    assert document == json.loads((tmp_path / "out" / "figures.json").read_text())
    assert {row["system"] for row in document["quality"]} == {"credence:never", "credence:fixed-3"}
    assert refused.exit_code == 2
    assert "questions_sha256" in refused.stderr
    (calibrated,) = document["calibration"]
    assert calibrated == "credence:fixed-3"
    bins = (tmp_path / "out" / "calibration.csv").read_text().splitlines()
    assert len(bins) == 1 + sum(
        len(part["bins"]) for part in document["calibration"][calibrated]["parts"]
    )
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    for chart in ("bars", "frontier", "course", "stacked", "forest", "reliability"):
        assert f'data-chart="{chart}"' in report
    assert document["questions_sha256"] in report


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=NEEDS_DATA) for name in ("mlsmall", "reads")]
)
def test_real_stories_can_be_spliced_and_asked_about(name: str) -> None:
    domain = load_domain(DATA / name)
    timelines = spliced(domain, seed=0, most=10)

    found = walks(timelines, shelf=Shelf.of(domain.items, {}), stride=5, seed=0)

    assert len(found) == 10
    for walk in found:
        times = [done.timestamp for done in walk.timeline.story]
        assert all(a <= b for a, b in pairwise(times) if a and b)
        for paper in walk.papers.values():
            assert set(paper.candidates) & walk.timeline.known == {paper.target}
