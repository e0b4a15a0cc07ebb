"""Two systems or two runs, person by person."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from credence.replay.bootstrap import paired_difference
from credence.replay.figures.compare import Contender, compare
from credence.replay.figures.contenders import NobodyMeant, contenders
from credence.replay.figures.errors import UnknownSystem, UnlikeExams
from credence.replay.metrics.hit_rate import hit_rate
from credence.replay.runner.folder import FinishedRun
from tests.unit.replay.figures.runs import a_run, an_exam, answers

EXAM = an_exam(people=50)


def _run(folder: Path, *systems: str, seed: int = 0) -> FinishedRun:
    """A run whose folder shows that it is one."""
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{}", encoding="utf-8")
    records = {
        name: answers(EXAM, skill=1 + number, seed=seed + number)
        for number, name in enumerate(systems)
    }
    return a_run(EXAM, records, folder=folder)


def _reader(*runs: FinishedRun) -> Callable[[Path], FinishedRun]:
    return {run.folder: run for run in runs}.__getitem__


def test_a_difference_is_paired_and_a_less_b(tmp_path: Path) -> None:
    run = _run(tmp_path / "r", "low", "high")
    low, high = (Contender(run=run, system=name) for name in ("low", "high"))

    (found,) = compare([(high, low)], seed=3)

    ours, theirs = high.sat.ranks["high"], low.sat.ranks["low"]
    plain = paired_difference(hit_rate(ours, 1), hit_rate(theirs, 1), seed=3)
    gap = found.gaps[0]
    assert gap.measure == "HR@1"
    assert gap.difference.mean == pytest.approx(plain.mean)
    assert (gap.difference.low, gap.difference.high) == pytest.approx((plain.low, plain.high))
    assert found.better == int((ours < theirs).sum())
    assert found.better + found.same + found.worse == 50


def test_three_people_who_agree_make_no_sure_difference(tmp_path: Path) -> None:
    exam = an_exam(people=3)
    records = {name: answers(exam, skill=s, seed=0) for name, s in (("a", 99), ("b", -99))}
    run = a_run(exam, records, folder=tmp_path)

    (found,) = compare([(Contender(run=run, system="a"), Contender(run=run, system="b"))])

    assert {gap.p for gap in found.gaps} == {0.25}


def test_answers_to_different_exams_are_refused_by_name(tmp_path: Path) -> None:
    one = _run(tmp_path / "one", "a")
    exam = an_exam(people=50, domain="books", instructed=False)
    other = a_run(exam, {"a": answers(exam, skill=1, seed=0)}, folder=tmp_path / "other")
    pair = (Contender(run=one, system="a"), Contender(run=other, system="a"))

    with pytest.raises(UnlikeExams) as refused:
        compare([pair])

    for word in (EXAM.title, exam.title, EXAM.sha256[:12], exam.sha256[:12], "one"):
        assert word in str(refused.value)


def test_two_runs_are_paired_by_the_names_of_their_systems(tmp_path: Path) -> None:
    old = _run(tmp_path / "old", "a", "b", "gone")
    new = _run(tmp_path / "new", "b", "a", seed=9)

    pairs = contenders(str(old.folder), str(new.folder), run=None, read=_reader(old, new))

    assert [(x.system, x.run.folder.name, y.system, y.run.folder.name) for x, y in pairs] == [
        ("a", "old", "a", "new"),
        ("b", "old", "b", "new"),
    ]


def test_pairs_compared_at_once_are_corrected_for_their_number(tmp_path: Path) -> None:
    old = _run(tmp_path / "old", "a", "b")
    new = _run(tmp_path / "new", "a", "b", seed=9)
    pairs = contenders(str(old.folder), str(new.folder), run=None, read=_reader(old, new))

    found = compare(pairs)

    alone = [one.gaps[-1].p for one in found]
    assert min(one.gaps[-1].p_holm for one in found) == pytest.approx(min(1, 2 * min(alone)))


@pytest.mark.parametrize(
    ("a", "b", "run"),
    [("a", "b", "r"), ("r/a", "b", None), ("a", "r/b", None), ("r/a", "r/b", None)],
)
def test_systems_of_one_run_can_be_named_in_several_ways(
    tmp_path: Path, a: str, b: str, run: str | None
) -> None:
    made = _run(tmp_path / "r", "a", "b")
    x, y = (str(tmp_path / name) if "/" in name else name for name in (a, b))

    ((first, second),) = contenders(
        x, y, run=None if run is None else tmp_path / run, read=_reader(made)
    )

    assert (first.system, second.system) == ("a", "b")
    assert first.run is second.run is made


def test_a_run_beside_a_system_means_its_system_of_that_name(tmp_path: Path) -> None:
    old, new = _run(tmp_path / "old", "a", "b"), _run(tmp_path / "new", "a", "b")

    ((first, second),) = contenders(
        str(old.folder), str(new.folder / "b"), run=None, read=_reader(old, new)
    )

    assert (first.run.folder.name, first.system) == ("old", "b")
    assert (second.run.folder.name, second.system) == ("new", "b")


def test_single_systems_of_two_runs_need_no_common_name(tmp_path: Path) -> None:
    one, two = _run(tmp_path / "one", "a"), _run(tmp_path / "two", "b")

    ((first, second),) = contenders(
        str(one.folder), str(two.folder), run=None, read=_reader(one, two)
    )

    assert (first.system, second.system) == ("a", "b")


def test_names_that_stand_for_nothing_are_refused_with_the_fix(tmp_path: Path) -> None:
    one, two = _run(tmp_path / "one", "a", "b"), _run(tmp_path / "two", "c", "d")
    read = _reader(one, two)

    with pytest.raises(NobodyMeant, match="add --run RUN"):
        contenders("a", "b", run=None, read=read)
    with pytest.raises(NobodyMeant, match="no system in common"):
        contenders(str(one.folder), str(two.folder), run=None, read=read)
    with pytest.raises(UnknownSystem, match="no system 'x' here; name one of: a, b"):
        contenders("a", "x", run=one.folder, read=read)
