from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from credence.memory.model import Item
from credence.replay.errors import MalformedData
from credence.replay.exam.donors import donors_of
from credence.replay.exam.draft import file_name
from credence.replay.exam.files import read_exam, write_exam
from credence.replay.exam.fingerprint import fingerprint
from credence.replay.exam.freeze import NobodyToAsk, freeze, shown_order
from credence.replay.exam.paper import FrozenExam, Negatives
from credence.replay.people import Domain, Interaction
from credence.replay.split import Half, half
from tests.unit.replay.worlds import a_domain

DOMAIN = a_domain(400)
EXAMINED = sorted(p.user_id for p in DOMAIN.people if half("toy", p.user_id) is Half.EXAM)


def frozen(domain: Domain = DOMAIN, **options: object) -> FrozenExam:
    asked = {"negatives": Negatives.RELEASED, "instructed": True, "seed": 0, **options}
    return freeze(domain, donors_of(domain, {}), **asked)  # type: ignore[arg-type]


def test_the_exam_half_is_asked_in_front_of_its_own_lists() -> None:
    exam = frozen()

    assert [paper.user_id for paper in exam.papers] == EXAMINED
    by_id = {person.user_id: person for person in DOMAIN.people}
    for paper in exam.papers:
        assert sorted(paper.candidates) == sorted(by_id[paper.user_id].candidates)
        assert paper.target == by_id[paper.user_id].target


def test_the_order_of_files_decides_nothing_and_the_seed_everything() -> None:
    turned = replace(DOMAIN, people=DOMAIN.people[::-1], items=DOMAIN.items[::-1])

    assert frozen(turned).sha256 == frozen().sha256
    assert frozen(seed=1).sha256 != frozen().sha256
    assert frozen(instructed=False).sha256 != frozen().sha256


def test_every_place_in_the_list_is_the_targets_about_as_often() -> None:
    counts = Counter(paper.candidates.index(paper.target) for paper in frozen().papers)

    expected = len(EXAMINED) / 10
    assert set(counts) == set(range(10))
    assert sum((n - expected) ** 2 / expected for n in counts.values()) < 27.9  # p = .001


def test_a_person_s_order_of_candidates_changes_with_the_seed() -> None:
    items = [str(n) for n in range(10)]

    assert shown_order(items, user_id="a", seed=0) == shown_order(items[::-1], user_id="a", seed=0)
    assert shown_order(items, user_id="a", seed=0) != shown_order(items, user_id="a", seed=1)
    assert shown_order(items, user_id="a", seed=0) != shown_order(items, user_id="b", seed=0)


def test_a_seed_of_the_order_changes_the_order_and_nothing_else() -> None:
    def in_order(seed: int | None) -> FrozenExam:
        return frozen(
            seed=3,
            order_seed=seed,
            most=20,
            negatives=Negatives.RANDOM,
            drawn=lambda person: tuple(f"{person.user_id}-{n}" for n in range(9)),
        )

    exam, other = in_order(None), in_order(4)

    assert (other.seed, other.order) == (3, 4)
    assert other.sha256 != exam.sha256
    for one, same in zip(exam.papers, other.papers, strict=True):
        assert (one.user_id, one.target) == (same.user_id, same.target)
        assert sorted(one.candidates) == sorted(same.candidates)
        assert same.candidates == shown_order(one.candidates, user_id=one.user_id, seed=4)
    assert any(
        one.candidates != same.candidates
        for one, same in zip(exam.papers, other.papers, strict=True)
    )


def test_an_exam_without_a_seed_of_its_order_is_as_it_was() -> None:
    exam = frozen(seed=3, most=5)

    assert exam.order == 3
    assert "order_seed" not in exam.as_json()
    assert frozen(seed=3, order_seed=3, most=5).sha256 == exam.sha256


def test_exams_in_several_orders_come_back_from_files_of_their_own(tmp_path: Path) -> None:
    exams = [frozen(most=5, order_seed=order) for order in (None, 1, 2)]
    for exam in exams:
        write_exam(exam, tmp_path / file_name(exam))

    names = [f"toy-released-asked{order}.json" for order in ("", "-order-1", "-order-2")]
    assert [read_exam(tmp_path / name) for name in names] == exams


def test_the_name_of_a_file_tells_seeds_apart() -> None:
    exams = [frozen(most=5, seed=seed, order_seed=order) for seed, order in ((3, None), (3, 0))]

    assert [file_name(exam) for exam in exams] == [
        "toy-released-asked-seed-3.json",
        "toy-released-asked-seed-3-order-0.json",
    ]


def test_a_smaller_exam_is_part_of_a_larger_one() -> None:
    few, many = frozen(most=20), frozen(most=60)

    assert len(few.papers) == 20
    assert set(few.papers) < set(many.papers)
    assert frozen(most=20, seed=5).papers != few.papers


def test_people_may_be_named_but_none_of_the_training_half() -> None:
    assert [p.user_id for p in frozen(named=EXAMINED[2::-1]).papers] == EXAMINED[:3]
    learnt = next(p.user_id for p in DOMAIN.people if p.user_id not in EXAMINED)

    with pytest.raises(NobodyToAsk, match=f"{learnt} is of the training half"):
        frozen(named=[EXAMINED[0], learnt])
    with pytest.raises(NobodyToAsk, match="nobody is not in the data"):
        frozen(named=["nobody"])


def test_nobody_is_asked_with_a_list_or_an_instruction_that_they_lack() -> None:
    silent = replace(
        DOMAIN, people=tuple(replace(person, instruction=None) for person in DOMAIN.people)
    )

    with pytest.raises(NobodyToAsk, match="and an instruction"):
        frozen(silent)
    with pytest.raises(NobodyToAsk, match="released-matched lists"):
        frozen(negatives=Negatives.RELEASED_MATCHED)
    assert len(frozen(silent, instructed=False).papers) == len(EXAMINED)


def test_drawn_negatives_stand_beside_the_target() -> None:
    exam = frozen(negatives=Negatives.RANDOM, drawn=lambda person: ("a", "b"))

    assert all(sorted(p.candidates) == sorted({p.target, "a", "b"}) for p in exam.papers)


def test_an_exam_comes_back_from_its_file_and_one_that_was_touched_does_not(
    tmp_path: Path,
) -> None:
    exam, path = frozen(most=5), tmp_path / "exams" / "one.json"
    write_exam(exam, path)

    assert read_exam(path) == exam
    content = json.loads(path.read_text())
    candidates = content["exam"]["papers"][0]["candidates"]
    candidates[0], candidates[1] = candidates[1], candidates[0]
    path.write_text(json.dumps(content))
    with pytest.raises(MalformedData, match="was changed after it was frozen"):
        read_exam(path)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"form": 1, "sha256": "a", "exam": {}}'])
def test_what_is_no_exam_is_refused_by_name(text: str, tmp_path: Path) -> None:
    path = tmp_path / "no.json"
    path.write_text(text)

    with pytest.raises(MalformedData, match=r"no\.json is no exam"):
        read_exam(path)
    with pytest.raises(MalformedData, match=r"away\.json is no exam"):
        read_exam(tmp_path / "away.json")


def test_the_fingerprint_sees_every_part_of_the_data() -> None:
    person, item = DOMAIN.people[0], DOMAIN.items[0]
    done = person.history[0]
    told = replace(person, history=(replace(done, review="other"), *person.history[1:]))
    others = [
        replace(DOMAIN, items=(replace(item, title="Other"), *DOMAIN.items[1:])),
        replace(DOMAIN, items=(*DOMAIN.items, Item(item_id="new", title="New"))),
        replace(DOMAIN, people=(told, *DOMAIN.people[1:])),
        replace(DOMAIN, people=(replace(person, instruction="x"), *DOMAIN.people[1:])),
        replace(DOMAIN, people=DOMAIN.people[1:]),
        replace(DOMAIN, name="other"),
    ]

    seen = {fingerprint(domain, donors_of(domain, {})) for domain in [DOMAIN, *others]}
    learnt = next(p for p in DOMAIN.people if p.user_id not in EXAMINED)
    for review in ("yes", "no"):
        last = Interaction(item_id=learnt.target, rating=5.0, review=review, timestamp=None)
        seen.add(fingerprint(DOMAIN, donors_of(DOMAIN, {learnt.user_id: last})))

    assert len(seen) == len(others) + 3


def test_the_fingerprint_sees_what_was_taken_later_and_leaves_older_data_its_digest() -> None:
    def taking(*later: str) -> str:
        people = tuple(replace(p, taken=frozenset([*p.dealt_with, *later])) for p in DOMAIN.people)
        return fingerprint(replace(DOMAIN, people=people), donors_of(DOMAIN, {}))

    untold = replace(DOMAIN, people=tuple(replace(p, taken=None) for p in DOMAIN.people))

    assert taking() == fingerprint(untold, donors_of(DOMAIN, {}))
    assert len({taking(), taking("a"), taking("b")}) == 3


def test_donors_give_what_came_before_and_of_the_training_half_what_came_last() -> None:
    learnt = next(p for p in DOMAIN.people if p.user_id not in EXAMINED)
    last = Interaction(item_id=learnt.target, rating=5.0, review="yes", timestamp=None)

    donors = donors_of(DOMAIN, {learnt.user_id: last})

    assert donors[learnt.user_id] == (*learnt.history, last)
    assert all(
        donors[person.user_id] == person.history
        for person in DOMAIN.people
        if person.user_id != learnt.user_id
    )
    with pytest.raises(ValueError, match="sit the exam"):
        donors_of(DOMAIN, {EXAMINED[0]: last})
