"""The people about whom two systems differ most, and what was believed of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from credence.replay.errors import MalformedData
from credence.replay.exam.paper import Negatives
from credence.replay.figures.exam import count_exams
from credence.replay.report.apart import furthest_apart, rival
from credence.replay.report.believed import Line, believed
from credence.replay.report.beside import read_beliefs, read_titles
from credence.replay.runner.record import Record
from tests.unit.replay.figures.runs import (
    a_run,
    an_exam,
    answered,
    answers,
    failed,
    ranked,
    write_beside,
)

EXAM = an_exam(people=40)


def _at(number: int, rank: int) -> Record:
    """An answer that puts the target at this rank."""
    paper = EXAM.papers[number]
    others = [item for item in paper.candidates if item != paper.target]
    order = [*others[: rank - 1], paper.target, *others[rank - 1 :]]
    return answered(paper, [-float(order.index(item)) for item in paper.candidates])


def test_the_widest_gaps_come_first_and_then_ids(tmp_path: Path) -> None:
    gaps = [0, 3, 9, 3, 1, *[0] * 35]
    records = {
        "credence": [_at(n, 1) for n in range(40)],
        "other": [_at(n, 1 + gap) for n, gap in enumerate(gaps)],
    }
    (one,) = count_exams([a_run(EXAM, records, folder=tmp_path)])

    found = furthest_apart(one, "other")

    assert [person.user_id for person in found] == ["u0002", "u0001", "u0003", "u0004"]
    assert [side.rank for side in found[0].sides] == [1, 10]
    assert [place.target for place in found[0].sides[1].places] == [False] * 9 + [True]


def test_no_more_than_twenty_are_shown(tmp_path: Path) -> None:
    records = {"a": [_at(n, 1) for n in range(40)], "b": [_at(n, 2) for n in range(40)]}
    (one,) = count_exams([a_run(EXAM, records, folder=tmp_path)])

    assert len(furthest_apart(one, "b")) == 20


def test_a_failure_is_shown_with_its_reason(tmp_path: Path) -> None:
    records = {
        "a": [_at(n, 1) for n in range(40)],
        "b": [failed(EXAM.papers[0], "no JSON"), *(_at(n, 1) for n in range(1, 40))],
    }
    (one,) = count_exams([a_run(EXAM, records, folder=tmp_path)])

    (person,) = furthest_apart(one, "b")

    assert (person.sides[1].failure, person.sides[1].places) == ("no JSON", ())


def test_titles_and_beliefs_come_from_the_folder(tmp_path: Path) -> None:
    paper = EXAM.papers[0]
    write_beside(
        tmp_path,
        titles={paper.target: "A Title", paper.candidates[0]: ""},
        beliefs={"a": {paper.user_id: {"chunks": [{"statement": "likes the sea"}]}}},
    )
    records = {
        "a": [_at(0, 10), *(_at(n, 1) for n in range(1, 40))],
        "b": [_at(n, 1) for n in range(40)],
    }
    (one,) = count_exams([a_run(EXAM, records, folder=tmp_path)], reference="a")

    (person,) = furthest_apart(one, "b")

    assert person.target == "A Title"
    assert person.sides[0].belief == (Line("likes the sea"),)
    assert person.sides[1].belief == ()
    shown = {place.item_id: place.title for place in person.sides[0].places}
    assert all(title for title in shown.values())  # an id where there is no title


def test_the_rival_is_the_best_other_unless_one_is_named(tmp_path: Path) -> None:
    skills = {"credence": 3.0, "poor": 0.0, "fair": 2.0}
    records = {
        name: answers(EXAM, skill=skill, seed=seed)
        for seed, (name, skill) in enumerate(skills.items())
    }
    (one,) = count_exams([a_run(EXAM, records, folder=tmp_path)])

    assert (rival(one), rival(one, "poor"), rival(one, "credence")) == ("fair", "poor", "fair")


def test_the_belief_that_credence_keeps_is_read_as_lines() -> None:
    belief = {
        "narrative": "Leans to quiet books.",
        "of": 12,
        "chunks": [{"statement": "likes the sea", "strength": 0.5, "confidence": 0.25}],
    }

    assert believed(belief) == (
        Line("Leans to quiet books.", "of 12"),
        Line("likes the sea", "confidence 0.25", 0.5),
    )


@pytest.mark.parametrize(
    ("belief", "lines"),
    [
        (None, ()),
        ("a summary", ("a summary",)),
        (["one", "two", ""], ("one", "two")),
        ({"narrative": "", "chunks": []}, ()),
        ({"mood": "calm", "likes": {"topic": "sea"}}, ("mood: calm", "sea")),
        ({"text": "x", "strength": "strong"}, ("x",)),
    ],
)
def test_beliefs_of_any_form_are_read(belief: object, lines: tuple[str, ...]) -> None:
    assert tuple(line.text for line in believed(belief)) == lines


def test_a_long_belief_is_cut_and_says_so() -> None:
    found = believed([f"line {n}" for n in range(100)])

    assert (len(found), found[-1].text) == (41, "and 60 more")


def test_a_folder_without_titles_and_beliefs_is_fine(tmp_path: Path) -> None:
    assert read_titles(tmp_path) == {}
    assert read_beliefs(tmp_path, "a") == {}


@pytest.mark.parametrize("text", ["{", "[1]"])
def test_titles_that_are_none_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "items.json").write_text(text, encoding="utf-8")

    with pytest.raises(MalformedData, match=r"items\.json"):
        read_titles(tmp_path)


@pytest.mark.parametrize("line", ["{", "[]", '{"user_id": "u"}'])
def test_beliefs_that_are_none_are_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "beliefs").mkdir()
    (tmp_path / "beliefs" / "a.jsonl").write_text(f"\n{line}\n", encoding="utf-8")

    with pytest.raises(MalformedData, match="line 2"):
        read_beliefs(tmp_path, "a")


def test_of_a_long_list_the_first_ten_are_shown_and_where_the_target_stands(tmp_path: Path) -> None:
    exam = an_exam(people=3, length=60, negatives=Negatives.ALL)
    records = {"a": ranked(exam, [1, 2, 30]), "b": ranked(exam, [1, 3, 60])}
    (one,) = count_exams([a_run(exam, records, folder=tmp_path)])

    widest, _ = furthest_apart(one, "b")

    places = [[place.rank for place in side.places] for side in widest.sides]
    assert places == [[*range(1, 11), 30], [*range(1, 11), 60]]
    assert [side.places[-1].target for side in widest.sides] == [True, True]
