"""Language models of the process sit exams."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from credence.app.bootstrap import assemble
from credence.app.causal_ranker import CausalRanker
from credence.app.settings import Settings
from credence.inference.encoder import SentenceEncoder
from credence.inference.errors import DamagedModelFile, LabelNotOneToken, ModelMissing
from credence.planner.counter import Ask, Shown
from credence.planner.recommend import recommend
from credence.replay.asking.in_process import NoneInProcess
from credence.replay.audit.evidence import Evidence
from credence.replay.audit.finding import Outcome
from credence.replay.audit.prompts import prompts
from credence.replay.believing import isolated
from credence.replay.believing.memory import TENANT
from credence.replay.encoded import Encode
from credence.replay.exam.donors import donors_of
from credence.replay.exam.paper import FrozenExam
from credence.replay.loaders.instructrec import load_domain
from credence.replay.runner.abreast import run_abreast
from credence.replay.runner.folder import FinishedRun, system_file
from credence.replay.runner.kept import AnotherRun
from credence.replay.runner.reading import read_run
from credence.replay.runner.run import Run, run
from tests.integration.replay.standing import schemas
from tests.integration.replay.tiny_causal import routed, save, settings
from tests.integration.replay.toy_run import a_run, a_watcher, an_exam, write_toy
from tests.integration.replay.two_domains import a_run_of_two, exams, write_two
from tests.unit.inference.causal.models import a_tokenizer

CAUSAL, VANILLA = "credence:causal", "vanilla-causal"
BLIND = f"{CAUSAL}:no-events:no-chunks"
PEOPLE = 3
MANY = 10  # more than may wait for the models where they serve


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_toy(tmp_path_factory.mktemp("data") / "toy")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return routed(tmp_path_factory.mktemp("models"))


def exam_of(data: Path, people: int = PEOPLE, **told: Any) -> FrozenExam:
    exam = an_exam(data, **told)
    return replace(exam, papers=exam.papers[:people])


class Stage:
    """The toy domain and a database, and runs on them."""

    def __init__(self, data: Path, database: str, encode: Encode, out: Path) -> None:
        self.data, self.database, self.encode, self.out = data, database, encode, out

    def asked(self, told: Settings, *systems: str, **changes: Any) -> Run:
        exams = {"toy": exam_of(self.data)}
        base = a_run(self.data, self.out, self.database, self.encode, systems=systems, exams=exams)
        return replace(base, settings=told, **changes)

    async def run(self, told: Settings, *systems: str, **changes: Any) -> FinishedRun:
        asked = self.asked(told, *systems, **changes)
        await run(asked, a_watcher())
        return read_run(asked.out / next(iter(asked.exams)))


@pytest.fixture
def stage(data: Path, database: str, encoder: SentenceEncoder, tmp_path: Path) -> Stage:
    return Stage(data, database, encoder.encode, tmp_path / "out")


def orders(finished: FinishedRun, system: str) -> list[tuple[str, ...]]:
    return [record.order for record in finished.records[system]]


def kept(finished: FinishedRun, system: str) -> list[dict[str, Any]]:
    """What models were shown and said."""
    lines = finished.folder / "prompts" / f"{system_file(system)}.jsonl"
    return [json.loads(line) for line in lines.read_text("utf-8").splitlines()]


async def test_they_rank_alike_however_often_and_the_run_says_who_decided(
    stage: Stage, models: dict[str, Any]
) -> None:
    told = settings(**models)
    systems = ("credence", CAUSAL, BLIND, VANILLA)
    one = await stage.run(told, *systems, at_once=1)
    again = await stage.run(told, CAUSAL, VANILLA, out=stage.out / "again")

    assert again.records == {system: one.records[system] for system in (CAUSAL, VANILLA)}
    assert len({tuple(orders(one, system)) for system in systems}) == len(systems)
    records = [record for system in systems for record in one.records[system]]
    assert not any(record.failure or record.tokens_in or record.cost for record in records)
    assert [record.operations["fallbacks"] for record in one.records[CAUSAL]] == [0] * PEOPLE
    assert all(seconds > 0 for seconds in one.seconds[CAUSAL].values())
    said = {n: v for n, v in one.manifest.settings.items() if n.startswith("causal_")}
    names = [said["causal_router"], *said["causal_experts"], said["causal_reward"]]
    assert [name.split(", ")[0] for name in names] == ["router", "films", "books", "reward"]
    assert len({name.split(", ")[1] for name in names}) == 4
    assert said["causal_head"].startswith("head.safetensors, ")
    assert said["causal_alpha"].startswith("alpha.safetensors, ")
    assert {
        n: said[f"causal_{n}"] for n in ("dtype", "device", "orders", "top", "rise", "longest")
    } == {
        **{"dtype": "fp32", "device": "cpu", "orders": 2, "top": 20, "rise": None, "longest": 4096}
    }
    assert (said["causal_prompt"], said["causal_base"]) == ("labels-1", None)
    assert schemas(stage.database) == []
    domain = load_domain(stage.data)
    evidence = Evidence(domain=domain, exam=one.exam, donors=donors_of(domain, {}), run=one)
    assert prompts(evidence).outcome is Outcome.PASSED
    answered = {row["user_id"]: tuple(row["answer"]["order"]) for row in kept(one, VANILLA)}
    assert answered == {record.user_id: record.order for record in one.records[VANILLA]}


async def test_nobody_is_left_without_an_answer_because_many_are_asked(
    stage: Stage, models: dict[str, Any]
) -> None:
    exams = {"toy": exam_of(stage.data, people=MANY)}
    hurried = settings(**models, causal_seconds=1e-6)  # where they serve
    finished = await stage.run(hurried, VANILLA, at_once=MANY, exams=exams)

    assert [record.failure for record in finished.records[VANILLA]] == [""] * MANY


async def test_their_order_is_what_the_application_serves(
    stage: Stage, models: dict[str, Any], encoder: SentenceEncoder
) -> None:
    told = settings(**models)
    finished = await stage.run(told, CAUSAL, keep_memory=True)
    assert told.causal is not None
    proof = json.loads((finished.folder / "readonly.json").read_text())[CAUSAL]
    [schema] = [
        name
        for name in schemas(stage.database)
        if isolated.identity(stage.database, name) == proof["memory"]
    ]
    app = assemble(
        told.model_copy(update={"worker": False}),
        isolated.within(stage.database, schema),
        encoder,
        language_ranker=CausalRanker.loaded(replace(told.causal, seconds=600.0)),
    )
    instructed = {p.user_id: p.instruction for p in load_domain(stage.data).people}
    served, profiles = [], set()
    for paper in finished.exam.papers:
        ask = Ask(
            tenant=TENANT,
            user_id=paper.user_id,
            instruction=instructed[paper.user_id] or "",
            candidates=paper.candidates,
            k=len(paper.candidates),
            remembered=False,
        )
        made = await recommend(ask, app.counter)
        assert made.ranker.startswith("router-labels-1 over ")
        served.append(tuple(ranked.item.item_id for ranked in made.items))
        profiles.add(made.taste.belief.profile is not None)
    await app.close()

    assert True in profiles  # which models are shown, and the local ranker is not
    assert orders(finished, CAUSAL) == served


async def test_what_is_hidden_is_hidden_from_them(stage: Stage, models: dict[str, Any]) -> None:
    told = settings(**models)
    nothing = f"{BLIND}:no-instruction"
    finished = await stage.run(told, CAUSAL, BLIND, nothing)

    assert told.causal is not None
    ranker = CausalRanker.loaded(told.causal)
    domain = load_domain(stage.data)
    people = {person.user_id: person for person in domain.people}
    items = {item.item_id: item for item in domain.items}
    for name, instructed in ((BLIND, True), (nothing, False)):
        expected = []
        for paper in finished.exam.papers:
            shown = Shown(
                tenant="",
                user_id=None,
                profile="",
                recent=(),
                session=(),
                instruction=(people[paper.user_id].instruction or "") if instructed else "",
                candidates=tuple(items[item_id] for item_id in paper.candidates),
            )
            made = await ranker(shown)
            expected.append(tuple(shown.candidates[at].item_id for at in made.order))
        assert orders(finished, name) == expected
    ranker.close()
    for name, of_person in ((CAUSAL, True), (BLIND, False), (nothing, False)):
        assert [bool(row["memory"]) for row in kept(finished, name)] == [of_person] * PEOPLE


async def test_labels_are_drawn_by_the_exams_seed(stage: Stage, models: dict[str, Any]) -> None:
    told = settings(**models)
    exams = {str(seed): exam_of(stage.data, people=MANY, seed=seed) for seed in (0, 1)}
    await stage.run(told, VANILLA, exams=exams)

    first, second = (read_run(stage.out / name) for name in exams)
    by_person = [{r.user_id: r.order for r in one.records[VANILLA]} for one in (first, second)]
    lists = [{p.user_id: set(p.candidates) for p in one.exam.papers} for one in (first, second)]
    assert lists[0] == lists[1]
    assert by_person[0] != by_person[1]


async def test_a_run_goes_on_with_the_models_it_began_with_and_no_others(
    stage: Stage, models: dict[str, Any], tmp_path: Path
) -> None:
    half = {"toy": exam_of(stage.data, people=2)}
    await stage.run(settings(**models), VANILLA, exams=half)
    moved = Path(shutil.copytree(models["causal_router"], tmp_path / "elsewhere" / "router"))
    await stage.run(settings(**models | {"causal_router": str(moved)}), VANILLA, exams=half)

    save(moved, 1)  # other weights by the same names
    alone = {"causal_router": models["causal_router"]}
    for given, name in (
        (models | {"causal_router": str(moved)}, "causal_router"),
        (models | {"causal_orders": 4}, "causal_orders"),
        (models | {"causal_experts": models["causal_experts"][::-1]}, "causal_experts"),
        (models | {"causal_reward": None, "causal_alpha": None}, "causal_(reward|alpha)"),
        (alone, "causal_"),
    ):
        with pytest.raises(AnotherRun, match=name):
            await stage.run(settings(**given), VANILLA, exams=half)
    await stage.run(settings(**alone), "random", exams=half)  # which asks none of them


async def test_without_models_or_with_broken_ones_nothing_is_begun(
    stage: Stage, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    save(broken, 0)
    weights = broken / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    wordless = tmp_path / "wordless"
    save(wordless, 0)
    a_tokenizer([], 200).save_pretrained(wordless)
    wrong: tuple[tuple[dict[str, Any], type[Exception], str], ...] = (
        ({}, NoneInProcess, "CREDENCE_CAUSAL_ROUTER is not set"),
        ({"causal_router": str(tmp_path / "nowhere")}, ModelMissing, "nowhere"),
        ({"causal_router": str(broken)}, DamagedModelFile, "broken cannot be loaded"),
        ({"causal_router": str(wordless)}, LabelNotOneToken, "choose other labels"),
    )
    for given, error, why in wrong:
        for system in (CAUSAL, VANILLA):
            with pytest.raises(error, match=why):
                await stage.run(settings(**given), "credence", system)

    assert not stage.out.exists()
    assert schemas(stage.database) == []


async def test_where_they_give_no_answer_the_local_order_stands_and_is_counted(
    stage: Stage, tmp_path: Path
) -> None:
    short = settings(causal_router=save(tmp_path / "short", 0, longest=64))
    finished = await stage.run(short, "credence", CAUSAL, VANILLA)

    assert orders(finished, CAUSAL) == orders(finished, "credence")
    assert [record.operations["fallbacks"] for record in finished.records[CAUSAL]] == [1] * PEOPLE
    for record in finished.records[VANILLA]:
        assert "the language models gave no order" in record.failure
        assert record.rank == 10


def test_they_are_loaded_into_one_process_however_many_are_allowed(
    models: dict[str, Any], database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    data = write_two(tmp_path / "data")
    asked = a_run_of_two(data, tmp_path / "out", database, systems=(VANILLA,))

    def encode(texts: Any) -> Any:  # of this process: another one could not be sent it
        return encoder.encode(texts)

    here = replace(asked, settings=settings(**models), encode=encode)
    folders = run_abreast(here, a_watcher(), processes=2)

    people = [len(exam.papers) for _, exam in sorted(exams(data).items())]
    assert [len(read_run(folder).records[VANILLA]) for folder in folders] == people
