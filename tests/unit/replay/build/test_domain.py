"""Domains made of raw interactions."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

from credence.cli.replay.build import build as build_command
from credence.replay.audit.clean_lists import clean_lists
from credence.replay.audit.evidence import Evidence
from credence.replay.audit.finding import Outcome
from credence.replay.build.domain import Asked, Built, build
from credence.replay.build.raw import read_files
from credence.replay.data.check import check_domain
from credence.replay.data.new_folder import FolderTaken
from credence.replay.errors import MalformedData
from credence.replay.exam.draft import Wanted, drafts
from credence.replay.exam.negatives import CannotDraw
from credence.replay.exam.paper import FrozenExam, Negatives
from credence.replay.loaders.instructrec import load_domain, load_training_targets
from credence.replay.runner.hall import Hall
from credence.replay.split import Half, half
from tests.unit.replay.build.test_raw import write
from tests.unit.replay.worlds import GENRES, SECRET, toy_encode

APP = typer.Typer()
APP.command()(build_command)
PEOPLE = 24


def item_rows() -> list[dict[str, Any]]:
    """Eighty items, alike within their genre."""
    return [
        {
            "item": f"i{n}",
            "title": f"Title number {n}",
            "description": f"{GENRES[n % 4]} " * 8,
            "categories": GENRES[n % 4],
        }
        for n in range(80)
    ]


def interaction_rows() -> list[dict[str, Any]]:
    """People of one genre each; the last thing they did they disliked."""
    rows = []
    for person in range(PEOPLE):
        for step in range(7):
            item = (person % 4) + 4 * ((person * 3 + step) % 20)
            rows.append(
                {
                    "user": f"u{person}",
                    "item": f"i{item}",
                    "time": 10**9 + 1_000 * person + step,
                    "rating": 1 if step == 6 else 5,
                    "review": f"{SECRET} of u{person}. I want more like Title."
                    if step == 5
                    else "",
                }
            )
    rows.append({"user": "few", "item": "i0", "time": 1, "rating": 5, "review": ""})
    return rows


def files(
    folder: Path,
    interactions: Sequence[dict[str, Any]] | None = None,
    items: Sequence[dict[str, Any]] | None = None,
) -> tuple[Path, Path]:
    """The rows above, or others, in two files."""
    folder.mkdir(exist_ok=True)
    return (
        write(folder / "in.jsonl", interactions or interaction_rows()),
        write(folder / "items.csv", items or item_rows()),
    )


def built(
    folder: Path,
    interactions: Sequence[dict[str, Any]] | None = None,
    items: Sequence[dict[str, Any]] | None = None,
    **changes: Any,
) -> Built:
    raw = read_files(*files(folder, interactions, items))
    options: dict[str, Any] = {"name": "toy", "seed": 0, "fewest": 4, "liked": 4.0}
    return build(Asked(out=folder / "out", **(options | changes)), raw)


def test_what_is_built_is_read_again_and_passes_every_check(tmp_path: Path) -> None:
    made = built(tmp_path)

    assert load_domain(tmp_path / "out") == made.domain
    assert check_domain(tmp_path / "out").passed
    assert len(made.domain.people) == PEOPLE
    assert made.left_out == {"fewer than 4 interactions": 1}


def test_the_last_thing_liked_is_asked_for_in_the_persons_own_words(tmp_path: Path) -> None:
    person = next(p for p in built(tmp_path).domain.people if p.user_id == "u1")

    assert person.target == f"i{1 + 4 * ((3 + 5) % 20)}"
    assert len(person.history) == 5
    assert person.instruction is not None
    assert "Title" not in person.instruction
    assert "favourite heist" in person.instruction


def test_each_person_has_two_kinds_of_lists(tmp_path: Path) -> None:
    for person in built(tmp_path).domain.people:
        lists = (person.candidates, person.candidates_matched)
        for listed in lists:
            assert listed is not None
            assert len(set(listed)) == len(listed) == 10
            assert person.target in listed
        assert lists[0] != lists[1]


def test_no_negative_is_anything_the_person_ever_dealt_with(tmp_path: Path) -> None:
    made = built(tmp_path)

    taken = {row["user"]: set[str]() for row in interaction_rows()}
    for row in interaction_rows():
        taken[row["user"]].add(row["item"])
    for person in made.domain.people:
        for listed in (person.candidates, person.candidates_matched or ()):
            assert set(listed) & taken[person.user_id] == {person.target}


def test_negatives_drawn_for_an_exam_are_nothing_the_person_took_later(tmp_path: Path) -> None:
    rows = interaction_rows()
    before = {(row["user"], row["item"]) for row in rows}
    for person in range(PEOPLE):  # they come to dislike most of what else there is of their genre
        rows += [
            {"user": f"u{person}", "item": f"i{item}", "time": 10**9 + 10**6 + item, "rating": 1}
            for item in range(person % 4, 68, 4)
            if (f"u{person}", f"i{item}") not in before
        ]
    built(tmp_path, rows)
    taken = {row["user"]: set[str]() for row in rows}
    for row in rows:
        taken[row["user"]].add(row["item"])

    hall = Hall.of(tmp_path / "out", "toy", encode=toy_encode, cache=None)
    kinds = (Negatives.RANDOM, Negatives.POPULARITY, Negatives.NEAR)
    wanted = Wanted(
        negatives=kinds, instructed=(True,), seed=1, order_seed=None, most=None, named=None
    )
    exams = list(drafts(hall, wanted))

    assert len(exams) == len(kinds)
    for exam in exams:
        assert isinstance(exam, FrozenExam)
        for paper in exam.papers:
            assert set(paper.candidates) & taken[paper.user_id] == {paper.target}
        evidence = Evidence(domain=hall.domain, exam=exam, donors=hall.donors)
        assert clean_lists(evidence).outcome is Outcome.PASSED


def test_the_seed_and_nothing_else_decides(tmp_path: Path) -> None:
    first, again = built(tmp_path / "a"), built(tmp_path / "b")
    other = built(tmp_path / "c", seed=1)
    turned = built(tmp_path / "d", interaction_rows()[::-1])

    assert first == again == turned
    assert first.domain != other.domain


def test_targets_stand_at_every_place(tmp_path: Path) -> None:
    people = built(tmp_path).domain.people

    assert len({person.candidates.index(person.target) for person in people}) > 5


def test_reviews_of_targets_are_stored_of_the_training_half_alone(tmp_path: Path) -> None:
    made = built(tmp_path)

    training = {p.user_id for p in made.domain.people if half("toy", p.user_id) is Half.TRAIN}
    assert 0 < len(training) < PEOPLE
    targets = load_training_targets(tmp_path / "out")["toy"]
    assert set(targets) == training
    assert all(SECRET in done.review for done in targets.values())
    histories = pq.read_table(tmp_path / "out" / "toy_people.parquet", columns=["history"])
    assert SECRET not in repr(histories.to_pylist())


def test_nothing_is_written_when_a_row_is_bad(tmp_path: Path) -> None:
    rows = [*interaction_rows(), {"user": "u1", "item": "i0", "time": "never"}]

    with pytest.raises(MalformedData, match=rf"in\.jsonl, line {len(rows)}, time: is 'never'"):
        built(tmp_path, rows)

    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.jsonl", "items.csv"]


def test_nothing_is_written_when_the_catalogue_is_too_small(tmp_path: Path) -> None:
    kept = [row for row in interaction_rows() if int(row["item"][1:]) < 8]

    with pytest.raises(CannotDraw, match="add items"):
        built(tmp_path, kept, item_rows()[:8], fewest=2)

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["", "../up", "a b", "-x", "ä"])
def test_a_name_that_makes_no_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(MalformedData, match="--name"):
        built(tmp_path, name=name)


def test_a_folder_with_something_in_it_is_not_written_over(tmp_path: Path) -> None:
    built(tmp_path)

    with pytest.raises(FolderTaken):
        built(tmp_path)


def test_nobody_to_examine_is_said_with_the_reasons(tmp_path: Path) -> None:
    with pytest.raises(MalformedData, match=r"nobody to examine .*25: fewer than 50 interactions"):
        built(tmp_path, fewest=50)


def test_the_command_says_what_it_made_and_whom_it_left_out(tmp_path: Path) -> None:
    interactions, items = files(tmp_path)
    named = [f"--interactions={interactions}", f"--items={items}"]
    options = [*named, "--out", str(tmp_path / "out"), "--name", "toy"]

    spoken = CliRunner().invoke(APP, options)
    shutil.rmtree(tmp_path / "out")
    told = CliRunner().invoke(APP, [*options, "--json"])
    refused = CliRunner().invoke(APP, options)

    assert (spoken.exit_code, told.exit_code, refused.exit_code) == (0, 0, 2)
    assert "24 people, 24 with an instruction, 80 items" in spoken.stdout
    assert "left out: 1 people with fewer than 4 interactions" in spoken.stdout
    assert json.loads(told.stdout)["left_out"] == {"fewer than 4 interactions": 1}
    assert json.loads(told.stdout)["people"] == PEOPLE
    assert "is there already" in refused.stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "nothing says what to build of"),
        (["--items=items.csv"], "nothing says what to build of"),
        (["--tenant=default", "--items=items.csv"], "--tenant is named beside files"),
    ],
)
def test_one_source_is_named_and_no_two(tmp_path: Path, options: list[str], says: str) -> None:
    out = ["--out", str(tmp_path / "out"), "--name", "toy"]

    refused = CliRunner().invoke(APP, [*options, *out])

    assert refused.exit_code == 2
    assert says in refused.stderr


def test_what_was_noted_of_actions_and_requests_is_read_again(tmp_path: Path) -> None:
    rows = interaction_rows()
    for row in rows:
        step = int(row["time"]) % 1_000
        row["action"] = ("view", "purchase", "dislike", None, "review", "like", "skip")[step % 7]
        row["instruction"] = "a Title number for a heist" if step == 5 else None
        row["rating"], row["review"] = None, ""

    made = built(tmp_path, rows)

    assert load_domain(tmp_path / "out") == made.domain
    person = next(p for p in made.domain.people if p.user_id == "u1")
    assert [done.action for done in person.history] == [
        "view", "purchase", "dislike", None, "review"
    ]  # fmt: skip
    assert person.target == f"i{1 + 4 * ((3 + 5) % 20)}", "what was skipped was not liked"
    assert person.instruction == "a … … for a heist"
    targets = load_training_targets(tmp_path / "out")["toy"].values()
    assert {(t.action, t.instruction) for t in targets} == {("like", "a Title number for a heist")}


def test_a_folder_of_an_older_version_has_neither(tmp_path: Path) -> None:
    made = built(tmp_path)
    people = tmp_path / "out" / "toy_people.parquet"
    table = pq.read_table(people)
    older = pa.list_(pa.struct([*table.schema.field("history").type.value_type][:4]))
    histories = [
        [{name: done[name] for name in ("item_id", "rating", "review", "timestamp")} for done in h]
        for h in table["history"].to_pylist()
    ]
    place = table.schema.get_field_index("history")
    pq.write_table(table.set_column(place, "history", pa.array(histories, older)), people)
    targets = tmp_path / "out" / "toy_training_targets.parquet"
    pq.write_table(pq.read_table(targets).drop_columns(["action", "instruction"]), targets)

    assert load_domain(tmp_path / "out") == made.domain
    assert len(load_training_targets(tmp_path / "out")["toy"]) > 0


def test_an_action_that_nobody_knows_is_named(tmp_path: Path) -> None:
    built(tmp_path)
    targets = tmp_path / "out" / "toy_training_targets.parquet"
    table = pq.read_table(targets)
    place = table.schema.get_field_index("action")
    odd = pa.array(["rented"] * len(table), pa.string())
    pq.write_table(table.set_column(place, "action", odd), targets)

    with pytest.raises(MalformedData, match="the action 'rented'; known are view, click"):
        load_training_targets(tmp_path / "out")
