from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import pytest

from credence.replay.encoded import encode_domain
from credence.replay.errors import FolderIncomplete, MalformedData
from credence.replay.exam.donors import donors_of
from credence.replay.exam.files import write_exam
from credence.replay.exam.freeze import freeze
from credence.replay.exam.paper import FrozenExam, Negatives, Paper
from credence.replay.runner.folder import Manifest
from credence.replay.runner.invigilator import Invigilator, record_of
from credence.replay.runner.reading import read_run
from credence.replay.runner.record import Record
from credence.replay.systems.system import Answer, Material, Prepare, Question, System
from tests.unit.replay.manifests import a_manifest
from tests.unit.replay.worlds import a_domain, toy_encode

DOMAIN = a_domain(60)
EXAM = freeze(DOMAIN, donors_of(DOMAIN, {}), negatives=Negatives.RELEASED, instructed=True, seed=0)
PAPER = Paper(user_id="p1", candidates=("a", "b", "c"), target="b")


@dataclass
class ByNumber:
    """Likes high item ids; remembers what it was asked, and may stop working."""

    asked: list[Question] = field(default_factory=list)
    works_for: int = 10_000

    async def answer(self, question: Question) -> Answer:
        if len(self.asked) >= self.works_for:
            raise ConnectionError("gone")
        self.asked.append(question)
        return Answer(scores=tuple(float(item) for item in question.candidates), belief={"of": 1})

    @property
    def prepare(self) -> Prepare:
        @asynccontextmanager
        async def prepared(material: Material) -> AsyncIterator[System]:
            yield self

        return prepared


def an_invigilator(folder: Path, *, exam: FrozenExam = EXAM, at_once: int = 1) -> Invigilator:
    material = Material(
        encoded=encode_domain(DOMAIN, toy_encode),
        donors=donors_of(DOMAIN, {}),
        training=frozenset(),
        examinees=tuple(paper.user_id for paper in exam.papers),
        instructed=exam.instructed,
        encode=toy_encode,
        words=toy_encode,
        seed=exam.seed,
        folder=folder,
        database="",
    )
    return Invigilator(
        exam=exam,
        material=material,
        instructions={person.user_id: person.instruction for person in DOMAIN.people},
        at_once=at_once,
        told=lambda system, record: None,
    )


def written(folder: Path, *systems: str) -> Path:
    """What `run` writes beside the answers."""
    write_exam(EXAM, folder / "exam.json")
    manifest = a_manifest(EXAM, systems)
    row = {name: getattr(manifest, name) for name in Manifest.__dataclass_fields__}
    (folder / "run.json").write_text(json.dumps(row))
    return folder


async def test_everybody_is_asked_what_the_exam_says_and_no_more(tmp_path: Path) -> None:
    system = ByNumber()

    await an_invigilator(tmp_path).examine({"by-number": system.prepare})

    people = {person.user_id: person for person in DOMAIN.people}
    assert {q.user_id for q in system.asked} == {paper.user_id for paper in EXAM.papers}
    for question in system.asked:
        person = people[question.user_id]
        assert question.history == person.history
        assert question.instruction == person.instruction
        assert set(question.candidates) == set(person.candidates)


async def test_without_instruction_none_is_shown(tmp_path: Path) -> None:
    system, exam = ByNumber(), replace(EXAM, instructed=False)

    await an_invigilator(tmp_path, exam=exam).examine({"by-number": system.prepare})

    assert {question.instruction for question in system.asked} == {None}


async def test_answers_are_read_back_in_the_order_of_the_exam(tmp_path: Path) -> None:
    await an_invigilator(tmp_path, at_once=7).examine({"a:b": ByNumber().prepare})

    found = read_run(written(tmp_path, "a:b"))

    assert [r.user_id for r in found.records["a:b"]] == [p.user_id for p in EXAM.papers]
    for record, paper in zip(found.records["a:b"], EXAM.papers, strict=True):
        assert list(record.order) == sorted(paper.candidates, key=lambda item: -int(item))
        assert record.order[record.rank - 1] == paper.target
    assert set(found.seconds["a:b"]) == {paper.user_id for paper in EXAM.papers}


async def test_ties_are_broken_by_the_seed_of_the_order(tmp_path: Path) -> None:
    class Indifferent(ByNumber):
        async def answer(self, question: Question) -> Answer:
            return Answer(scores=tuple(0.0 for _ in question.candidates))

    orders = []
    for seed in (None, 1):
        exam, folder = replace(EXAM, order_seed=seed), tmp_path / str(seed)
        await an_invigilator(folder, exam=exam).examine({"s": Indifferent().prepare})
        lines = (folder / "answers" / "s.jsonl").read_text().splitlines()
        orders.append([Record.of_line(line).order for line in lines])

    assert orders[0] != orders[1]


async def test_a_run_that_broke_off_asks_only_those_who_are_left(tmp_path: Path) -> None:
    broken, whole, later = ByNumber(works_for=5), ByNumber(), ByNumber()
    with pytest.raises(ConnectionError):
        await an_invigilator(tmp_path / "a").examine({"s": broken.prepare})
    with pytest.raises(FolderIncomplete, match="goes on where it stopped"):
        read_run(written(tmp_path / "a", "s"))

    await an_invigilator(tmp_path / "a").examine({"s": later.prepare})
    await an_invigilator(tmp_path / "b").examine({"s": whole.prepare})

    assert len(broken.asked) == 5
    assert {q.user_id for q in later.asked}.isdisjoint(q.user_id for q in broken.asked)
    for part in ("answers", "beliefs"):
        one, other = (tmp_path / run / part / "s.jsonl" for run in "ab")
        assert one.read_bytes() == other.read_bytes()


async def test_who_has_answered_everybody_is_not_even_made_ready(tmp_path: Path) -> None:
    await an_invigilator(tmp_path).examine({"s": ByNumber().prepare})

    made_ready: list[Material] = []

    def prepare(material: Material) -> AbstractAsyncContextManager[System]:
        made_ready.append(material)
        return ByNumber().prepare(material)

    await an_invigilator(tmp_path).examine({"s": prepare})

    assert made_ready == []


def test_equal_scores_stand_in_an_order_that_the_seed_draws() -> None:
    ranks = {
        record_of(Answer(scores=(1.0, 1.0 + 1e-12, 1.0)), PAPER, seed=seed).rank
        for seed in range(20)
    }

    assert ranks == {1, 2, 3}


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(scores=None, failure="the model refused"), "the model refused"),
        (Answer(scores=None), "no scores"),
        (Answer(scores=(1.0, 2.0)), "2 scores for 3 candidates"),
        (Answer(scores=(1.0, float("nan"), 2.0)), "no finite number"),
        (Answer(scores=(1.0, float("inf"), 2.0)), "no finite number"),
    ],
)
def test_a_failure_is_the_worst_rank_and_says_why(answer: Answer, why: str) -> None:
    record = record_of(answer, PAPER, seed=0)

    assert (record.rank, record.order, record.scores) == (3, (), ())
    assert why in record.failure


def test_a_record_is_the_same_after_its_line() -> None:
    answer = Answer(
        scores=(0.1, 0.25, -3.0),
        tokens_in=5,
        cost=0.5,
        unpriced=2,
        revision=3,
        operations=MappingProxyType({"extraction": 2}),
    )
    record = record_of(answer, PAPER, seed=0)

    assert record.order == ("b", "a", "c")
    assert Record.of_line(record.line()) == record


def test_a_record_of_a_version_that_knew_no_calls_without_a_price_is_read() -> None:
    def older(**changes: object) -> int:
        row = json.loads(record_of(Answer(scores=(0.1, 0.2, 0.3)), PAPER, seed=0).line())
        del row["unpriced"]
        return Record.of_line(json.dumps(row | changes)).unpriced

    assert older() == 0
    assert older(tokens_in=5, cost=0.5) == 0
    assert older(tokens_in=5) == 1


async def test_a_run_with_another_exam_or_a_broken_line_is_refused(tmp_path: Path) -> None:
    await an_invigilator(tmp_path).examine({"s": ByNumber().prepare})
    written(tmp_path, "s")
    answers = tmp_path / "answers" / "s.jsonl"
    good = answers.read_text()
    breaks: dict[str, Callable[[], object]] = {
        "line 1": lambda: answers.write_text("{}\n" + good),
        "not the exam": lambda: write_exam(replace(EXAM, seed=9), tmp_path / "exam.json"),
        "lacks": lambda: (tmp_path / "run.json").write_text("{}"),
        "not JSON": lambda: (tmp_path / "run.json").write_text("{"),
    }

    (tmp_path / "timings" / "s.jsonl").write_text('{"user_id": "p1"}\n')
    with pytest.raises(MalformedData, match=r"timings/s\.jsonl, line 1"):
        read_run(tmp_path)
    (tmp_path / "timings" / "s.jsonl").unlink()
    for why, spoil in breaks.items():
        spoil()
        with pytest.raises(MalformedData, match=why):
            read_run(tmp_path)
        answers.write_text(good)
    (tmp_path / "run.json").unlink()
    with pytest.raises(FolderIncomplete, match="is no run"):
        read_run(tmp_path)
