"""Reading a folder in InstructRec form."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from credence.replay.errors import FolderIncomplete, MalformedData
from credence.replay.loaders.instructrec import (
    load_domain,
    load_domains,
    load_item_names,
    load_training_targets,
)
from credence.replay.split import Half, half
from tests.unit.replay.worlds import SECRET, a_row, write_folder, write_users


def test_a_person_is_their_history_and_an_exam_about_the_last_item(tmp_path: Path) -> None:
    domain = load_domain(write_folder(tmp_path, [a_row()]))

    (person,) = domain.people
    assert domain.name == "toy"
    assert [done.item_id for done in person.history] == ["0", "1"]
    assert [done.review for done in person.history] == ["fine", ""]
    assert (person.user_id, person.target, person.instruction) == ("anna", "2", "a heist")
    assert person.candidates == ("2", "3", "4")
    assert person.candidates_matched is None


def test_what_the_person_wrote_about_the_target_is_in_no_object(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, [a_row(asin=[0, 2, 2])])
    write_users(
        folder,
        [{"reviewerID": "anna", "interactions": [{"item": 2, "rating": 1.5, "review": SECRET}]}],
    )

    domain = load_domain(folder)

    assert SECRET not in repr(domain)
    assert "1.5" not in repr(domain)
    assert [done.item_id for done in domain.people[0].history] == ["0"]


def test_ratings_and_times_come_from_the_file_that_has_them(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, [a_row()])
    interactions = [{"item": 0, "rating": 3.5, "timestamp": 86_400}, {"item": 1, "rating": None}]
    write_users(folder, [{"reviewerID": "anna", "interactions": interactions}])

    first, second = load_domain(folder).people[0].history

    assert (first.rating, first.timestamp) == (3.5, datetime(1970, 1, 2, tzinfo=UTC))
    assert (second.rating, second.timestamp) == (None, None)


def test_a_frame_without_ids_gets_the_numbers_of_its_rows(tmp_path: Path) -> None:
    rows = [a_row(), a_row()]
    for row in rows:
        del row["reviewerID"]

    assert [p.user_id for p in load_domain(write_folder(tmp_path, rows)).people] == ["0", "1"]


def test_matched_candidates_are_read_where_there_are_any(tmp_path: Path) -> None:
    row = a_row(ranked_lists_matched=np.array([5, 2]))

    assert load_domain(write_folder(tmp_path, [row])).people[0].candidates_matched == ("5", "2")


@pytest.mark.parametrize("empty", ["", "  ", float("nan"), None])
def test_an_empty_instruction_is_none(tmp_path: Path, empty: object) -> None:
    row = a_row(instruction=empty)

    assert load_domain(write_folder(tmp_path, [row])).people[0].instruction is None


def test_items_are_parsed_and_the_first_of_a_repeated_id_stays(tmp_path: Path) -> None:
    items = [[str(i), "A", f"Item {i}", "['By Ann Lee. Genres: Crime. A tale']"] for i in range(5)]
    items += [["0", "B", "Another", ""]]

    domain = load_domain(write_folder(tmp_path, [a_row()], items=items))

    assert [item.item_id for item in domain.items] == ["0", "1", "2", "3", "4"]
    first = domain.items[0]
    assert (first.title, first.creators, first.categories, first.description) == (
        "Item 0",
        ("Ann Lee",),
        ("Crime",),
        "A tale",
    )


def test_a_description_beyond_what_the_csv_module_allows_is_read(tmp_path: Path) -> None:
    items = [[str(i), "A", f"Item {i}", "word " * 60_000] for i in range(5)]

    domain = load_domain(write_folder(tmp_path, [a_row()], items=items))

    assert len(domain.items[0].description) > 250_000


@pytest.mark.parametrize("missing", ["toyAll_recagent.pkl", "combined_toy_asin_mapping.csv"])
def test_a_missing_file_is_named_with_what_a_folder_must_hold(tmp_path: Path, missing: str) -> None:
    folder = write_folder(tmp_path, [a_row()])
    (folder / missing).unlink()

    with pytest.raises(FolderIncomplete, match="A folder in InstructRec form holds") as raised:
        load_domain(folder)

    assert missing.rpartition("toy")[2] in str(raised.value)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FolderIncomplete, match="nowhere"):
        load_domains(tmp_path / "nowhere")


def test_domains_come_by_name_from_a_folder_of_folders_or_from_one(tmp_path: Path) -> None:
    for name in ("b", "a"):
        write_folder(tmp_path / name, [a_row()])
    (tmp_path / "something else").mkdir()

    assert len(load_domains(tmp_path)) == 2
    assert len(load_domains(tmp_path / "a")) == 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"ranked_lists": [3, 4]}, "lacks its target"),
        ({"ranked_lists": [2, 3, 3]}, "repeats an item"),
        ({"ranked_lists": [2, 99]}, "99"),
        ({"asin": [77, 1, 2]}, "77"),
        ({"reviewText": ["only one"]}, "1 reviews"),
    ],
)
def test_a_person_that_makes_no_exam_is_refused_with_the_cause(
    tmp_path: Path, changes: dict[str, object], says: str
) -> None:
    with pytest.raises(MalformedData, match=says):
        load_domain(write_folder(tmp_path, [a_row(**changes)]))


def test_a_frame_without_the_columns_needed_is_refused_by_their_names(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, [a_row()])
    pd.DataFrame({"asin": [[1]]}).to_pickle(folder / "toyAll_recagent.pkl")

    with pytest.raises(MalformedData, match="instruction, ranked_lists, reviewText"):
        load_domain(folder)


def test_a_broken_file_of_ratings_is_named(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, [a_row()])
    (folder / "toy_users.jsonl.gz").write_bytes(b"not gzip")

    with pytest.raises(MalformedData, match="toy_users"):
        load_domain(folder)


def test_targets_are_read_of_the_training_half_alone(tmp_path: Path) -> None:
    people = [f"u{n}" for n in range(20)]
    folder = write_folder(tmp_path, [a_row(reviewerID=user_id) for user_id in people])
    rated = [{"item": 2, "rating": 1.5, "timestamp": 86_400}]
    write_users(folder, [{"reviewerID": u, "interactions": rated} for u in people])

    targets = load_training_targets(folder)["toy"]

    assert set(targets) == {u for u in people if half("toy", u) is Half.TRAIN}
    (first, *_) = targets.values()
    assert (first.item_id, first.review, first.rating) == ("2", SECRET, 1.5)


def test_no_target_is_read_of_a_domain_kept_for_exams(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, [a_row(reviewerID=f"u{n}") for n in range(20)])
    (folder / "toyAll_recagent.pkl").rename(folder / "booksAll_recagent.pkl")

    assert load_training_targets(folder) == {"books": {}}


def test_items_have_the_names_that_other_folders_know_them_by(tmp_path: Path) -> None:
    write_folder(tmp_path / "one", [a_row()])

    assert load_item_names(tmp_path, "toy")["A3"] == "3"
    with pytest.raises(FolderIncomplete, match="elsewhere"):
        load_item_names(tmp_path, "elsewhere")
