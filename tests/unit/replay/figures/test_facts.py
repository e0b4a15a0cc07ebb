"""What is known of people beside their answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from credence.replay.errors import MalformedData
from credence.replay.figures.facts import FACTS_FILE, PersonFacts, read_facts
from credence.replay.figures.slices import slices
from tests.unit.replay.figures.runs import an_exam, some_facts, write_beside


def _facts(user_id: str, *, history: int = 5, popularity: int = 1, leak: str = "") -> PersonFacts:
    return PersonFacts(
        user_id=user_id,
        history=history,
        popularity=popularity,
        leak=(leak,) if leak else (),
    )


def test_facts_that_were_written_are_read_again(tmp_path: Path) -> None:
    facts = [
        *some_facts(an_exam(people=5)),
        PersonFacts(
            user_id="\u2028x", history=1, popularity=0, leak=("a", "b"), instruction="a\nb \ud800"
        ),
    ]

    write_beside(tmp_path, facts=facts)

    assert read_facts(tmp_path) == {fact.user_id: fact for fact in facts}


def test_a_run_without_facts_has_no_breakdown(tmp_path: Path) -> None:
    assert read_facts(tmp_path) is None
    assert [part.name for part in slices(["a", "b"], None)] == ["all"]


@pytest.mark.parametrize(
    "line", ["{", "[]", "7", '{"user_id": "u", "history": 3}', '{"user_id": "u", "history": null}']
)
def test_a_line_that_is_no_fact_is_named(tmp_path: Path, line: str) -> None:
    good = _facts("u0").line()
    (tmp_path / FACTS_FILE).write_text(f"{good}\n{line}\n", encoding="utf-8")

    with pytest.raises(MalformedData, match=rf"{FACTS_FILE}, line 2"):
        read_facts(tmp_path)


def test_thirds_are_by_value_and_say_their_bounds() -> None:
    facts = {f"u{n}": _facts(f"u{n}", history=n + 1) for n in range(9)}

    found = {part.name: part for part in slices(list(facts), facts)}

    assert [found[f"history {name}"].people for name in ("short", "middle", "long")] == [3, 3, 3]
    assert found["history short"].note == "events before the target: 1 to 3"
    assert found["history long"].members.tolist() == [False] * 6 + [True] * 3


def test_people_alike_stay_in_one_third() -> None:
    facts = {f"u{n}": _facts(f"u{n}", popularity=0 if n < 8 else 9) for n in range(10)}

    found = {part.name: part.people for part in slices(list(facts), facts)}

    assert found["target rare"] == 8
    assert found["target popular"] == 2
    assert "target middle" not in found


def test_people_who_are_all_alike_make_no_thirds() -> None:
    facts = {name: _facts(name) for name in "abc"}

    assert [part.name for part in slices("abc", facts)] == ["all", "no leak"]


def test_slices_of_one_kind_are_everybody_once() -> None:
    exam = an_exam(people=101)
    facts = {fact.user_id: fact for fact in some_facts(exam)}
    found = slices([paper.user_id for paper in exam.papers], facts)

    for kind in ("history", "target", "leaks"):
        times = np.sum([part.members for part in found if part.kind == kind], axis=0)
        assert times.tolist() == [1] * 101


def test_leaks_are_told_apart_and_counted_by_kind() -> None:
    facts = {
        "a": _facts("a", leak="work-in-history"),
        "b": _facts("b"),
        "c": _facts("c", leak="title-in-instruction"),
    }

    found = {part.name: part for part in slices("abc", facts)}

    assert found["no leak"].members.tolist() == [False, True, False]
    assert found["leak"].note.endswith("title-in-instruction 1, work-in-history 1")


def test_a_person_without_facts_is_named() -> None:
    with pytest.raises(MalformedData, match="nothing about b and 1 more"):
        slices("abc", {"a": _facts("a")})
