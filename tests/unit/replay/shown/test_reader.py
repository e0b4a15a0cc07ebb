"""A folder of replays read back: whole ones, unfinished ones, damaged ones, and links."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from credence.app.replays import Audited, Kind, Replay
from credence.replay.audit.checks import write_audit
from credence.replay.audit.finding import Finding, Outcome
from credence.replay.runner.folder import AUDIT, MANIFEST, FinishedRun
from credence.replay.runner.reading import read_run
from credence.replay.shown.reader import ReplayFolder
from tests.unit.replay.figures.runs import an_exam
from tests.unit.replay.shown.studies import an_evolving_study, write_draws, write_study

FAILED = Finding(number=1, name="leak", outcome=Outcome.FAILED, detail="d")


def test_a_study_is_read_with_figures_runs_and_systems(tmp_path: Path) -> None:
    write_study(tmp_path / "june")

    (found,) = ReplayFolder(tmp_path).listed().replays

    assert (found.name, found.kind, found.trouble) == ("june", Kind.STUDY, "")
    assert found.systems == ("credence", "bm25")  # the best first
    assert found.has_report
    assert found.people == 20
    assert found.commits == ("0123abc",)
    assert found.audit is Audited.NEVER
    (exam,) = found.exams
    assert exam.reference == "credence"
    assert [one.difference is None for one in exam.systems] == [True, False]


def test_the_folder_itself_may_be_the_study_as_make_replay_leaves_it(tmp_path: Path) -> None:
    write_study(tmp_path / "replay")
    (tmp_path / "replay" / "exams").mkdir()
    an_evolving_study(tmp_path / "replay" / "moved")

    reader = ReplayFolder(tmp_path / "replay")

    assert {one.name for one in reader.listed().replays} == {"replay", "moved"}
    assert reader.report("replay") is not None


def test_the_report_of_people_who_were_followed_is_found_as_that_of_an_exam(
    tmp_path: Path,
) -> None:
    folder = an_evolving_study(tmp_path / "moved")
    without = ReplayFolder(tmp_path).get("moved")
    (folder / "report.html").write_text("<p>walked", encoding="utf-8")

    reader = ReplayFolder(tmp_path)
    found, report = reader.get("moved"), reader.report("moved")

    assert without is not None
    assert found is not None
    assert (without.has_report, found.has_report) == (False, True)
    assert report is not None
    assert report.content == b"<p>walked"


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert ReplayFolder(tmp_path / "nothing").listed().replays == ()


def test_what_changed_on_disk_is_read_anew(tmp_path: Path) -> None:
    study = write_study(tmp_path / "june")
    reader = ReplayFolder(tmp_path)
    before = reader.get("june")
    _audit(study / "runs" / "films")

    after = reader.get("june")

    assert before is not None
    assert after is not None
    assert (before.audit, after.audit) == (Audited.NEVER, Audited.FAILED)
    assert after.runs[0].findings == ("leak: d",)


def test_an_audit_holds_for_the_answers_that_it_looked_at(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "june") / "runs" / "films"
    reader = ReplayFolder(tmp_path)
    _audit(folder)
    audited = [reader.get("june"), read_run(folder)]
    manifest = json.loads((folder / MANIFEST).read_text())
    answers = (folder / "answers" / "bm25.jsonl").read_text()
    (folder / "answers" / "popularity.jsonl").write_text(answers)

    manifest["systems"].append("popularity")
    (folder / MANIFEST).write_text(json.dumps(manifest))
    added = [reader.get("june"), read_run(folder)]
    manifest["systems"].remove("popularity")
    (folder / MANIFEST).write_text(json.dumps(manifest))
    without = [reader.get("june"), read_run(folder)]
    (folder / "answers" / "bm25.jsonl").write_text(answers.replace('"cost": 0.0', '"cost": 1.0', 1))
    changed = [reader.get("june"), read_run(folder)]

    for whole, (shown, read) in (
        (True, audited),
        (False, added),
        (True, without),
        (False, changed),
    ):
        assert isinstance(shown, Replay)
        assert isinstance(read, FinishedRun)
        assert (shown.audit is not Audited.NEVER) is whole
        assert bool(read.audit) is whole


def test_an_audit_that_does_not_say_what_it_is_of_is_none(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "june") / "runs" / "films"
    (folder / AUDIT).write_text(json.dumps([FAILED.as_json()]), encoding="utf-8")

    (found,) = ReplayFolder(tmp_path).listed().replays

    assert found.audit is Audited.NEVER
    assert read_run(folder).audit == ()


def _audit(folder: Path) -> None:
    """As `credence replay audit` leaves it, with one check that failed."""
    write_audit([FAILED], folder, answers=read_run(folder).answers)


def test_an_unfinished_run_says_so(tmp_path: Path) -> None:
    study = write_study(tmp_path / "june")
    (study / "figures.json").unlink()
    answers = study / "runs" / "films" / "answers" / "bm25.jsonl"
    answers.write_text("".join(answers.read_text().splitlines(keepends=True)[:7]))

    (found,) = ReplayFolder(tmp_path).listed().replays

    assert found.kind is Kind.RUNS
    assert "not finished: films" in found.trouble
    assert found.runs[0].systems == {"bm25": 7, "credence": 20}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("figures.json", "{"),
        ("figures.json", "[]"),
        ("figures.json", '{"exams": [{}]}'),
        ("figures.json", "[" * 100_000),
        ("evolve.json", "{}"),
        ("evolve.json", '"x"'),
        ("runs/a/run.json", "\udcff"),
    ],
)
def test_damaged_files_are_told_and_nothing_is_raised(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / "bad" / name
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8", errors="surrogateescape")

    (found,) = ReplayFolder(tmp_path).listed().replays

    assert found.trouble
    assert not found.exams


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999", "1e300"])
@pytest.mark.parametrize("name", ["mean", "low", "NDCG@5", "first"])
def test_figures_that_cannot_be_drawn_are_damage(tmp_path: Path, name: str, value: str) -> None:
    figures = an_evolving_study(tmp_path / "moved") / "figures.json"
    text, changed = re.subn(rf'"{name}": [0-9.]+', f'"{name}": {value}', figures.read_text())
    assert changed
    figures.write_text(text)

    (found,) = ReplayFolder(tmp_path).listed().replays

    assert "is not what a replay writes" in found.trouble
    assert found.evolving is None


def test_a_study_with_a_figure_that_is_none_is_damaged(tmp_path: Path) -> None:
    figures = write_study(tmp_path / "june") / "figures.json"
    figures.write_text(re.sub(r'"high": [0-9.]+', '"high": NaN', figures.read_text()))

    (found,) = ReplayFolder(tmp_path).listed().replays

    assert "is not what a replay writes" in found.trouble
    assert not found.exams


def test_links_that_lead_out_are_not_followed(tmp_path: Path) -> None:
    outside = write_study(tmp_path / "outside")
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    (shelf / "all").symlink_to(outside)
    inner = write_study(shelf / "one")
    (inner / "report.html").unlink()
    (inner / "report.html").symlink_to(outside / "report.html")
    answers = inner / "runs" / "films" / "answers" / "bm25.jsonl"
    answers.unlink()
    answers.symlink_to(outside / "runs" / "films" / "answers" / "bm25.jsonl")
    reader = ReplayFolder(shelf)

    listed = {one.name: one for one in reader.listed().replays}

    assert not listed["all"].exams
    assert "leads out" in listed["all"].trouble
    assert not listed["one"].has_report
    assert reader.report("all") is None
    assert reader.report("one") is None
    beside = reader.beside(listed["one"], listed["one"], ours="credence", theirs="bm25")
    assert not any(exam.paired for exam in beside.exams)
    assert "leads out" in beside.troubles[0]


def test_runs_of_one_exam_are_paired_and_others_only_laid_side_by_side(tmp_path: Path) -> None:
    write_study(tmp_path / "a", better=8.0)
    write_study(tmp_path / "b", better=0.5)
    write_study(tmp_path / "c", exam=an_exam(people=20, seed=5))
    reader = ReplayFolder(tmp_path)
    a, b, c = (reader.get(name) for name in "abc")
    assert a and b and c

    (paired,) = reader.beside(a, b).exams
    (apart,) = reader.beside(a, c).exams

    pairs = {pair.left: pair for pair in paired.pairs}
    assert paired.paired
    assert pairs["bm25"].same == 20  # the same answers
    difference = pairs["credence"].gaps[1].difference
    assert difference is not None
    assert difference.low > 0
    assert not apart.paired
    assert all(gap.difference is None for pair in apart.pairs for gap in pair.gaps)


def test_of_several_draws_those_of_one_seed_are_laid_side_by_side(tmp_path: Path) -> None:
    write_draws(tmp_path / "a", first=an_exam(people=20), seeds=(0, 1, 2))
    write_draws(tmp_path / "b", first=an_exam(people=20, seed=5), seeds=(1, 2, 3))
    write_draws(tmp_path / "c", first=an_exam(people=20), seeds=(0, 7))
    write_draws(tmp_path / "d", first=an_exam(people=20, seed=5), seeds=(7,))
    reader = ReplayFolder(tmp_path)
    a, b, c, d = (reader.get(name) for name in "abcd")
    assert a and b and c and d

    apart = reader.beside(a, b).exams

    means = {exam.seed: exam.systems[0].values["HR@1"].mean for exam in b.exams}
    shown = [(one.seed, one.paired, one.pairs[0].gaps[0].right.mean) for one in apart]
    assert shown == [(1, False, means[1]), (2, False, means[2])]
    assert [(one.seed, one.paired) for one in reader.beside(a, c).exams] == [(0, True)]
    assert reader.beside(a, d).exams == ()
    assert [one.seed for one in reader.beside(c, d).exams] == [7]


def test_figures_that_say_no_seed_are_of_none(tmp_path: Path) -> None:
    for name, people in (("new", 20), ("old", 18)):
        write_study(tmp_path / name, exam=an_exam(people=people))
    path = tmp_path / "old" / "figures.json"
    document = json.loads(path.read_bytes())
    del document["exams"][0]["seed"]
    path.write_text(json.dumps(document), encoding="utf-8")
    reader = ReplayFolder(tmp_path)
    old, new = reader.get("old"), reader.get("new")
    assert old and new

    assert [exam.seed for exam in (*old.exams, *new.exams)] == [None, 0]
    (apart,) = reader.beside(old, new).exams
    assert (apart.paired, apart.people) == (False, (18, 20))
    (whole,) = reader.beside(old, old, ours="credence", theirs="bm25").exams
    assert whole.paired
