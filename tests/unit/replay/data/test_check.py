"""What is found in recorded domains."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from credence.replay.data.check import Checked, Finding, check_domain
from credence.replay.data.release import PEOPLE
from tests.unit.replay.worlds import a_row, write_folder, write_users

ITEMS = [[str(i), f"A{i}", f"Item {i}", ""] for i in range(20)]


def found(checked: Checked, check: str) -> Finding:
    (finding,) = (finding for finding in checked.findings if finding.check.startswith(check))
    return finding


def people(count: int, *, place: int | None = None) -> list[dict[str, object]]:
    """People with lists of ten, the target at one place or all over."""
    made = []
    for n in range(count):
        listed = [i for i in range(3, 12) if i != 2]
        listed.insert(n % 10 if place is None else place, 2)
        made.append(a_row(reviewerID=f"u{n}", ranked_lists=listed))
    return made


def test_a_sound_domain_passes_every_check(tmp_path: Path) -> None:
    checked = check_domain(write_folder(tmp_path, people(100), items=ITEMS))

    assert checked.passed
    assert len(checked.domain.people) == 100
    assert found(checked, "targets stand anywhere").says.startswith("by place: 10, 10")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"ranked_lists": [3, 4]}, "lacks its target"),
        ({"ranked_lists": [2, 3, 3]}, "repeats an item"),
        ({"ranked_lists": [2, 99]}, "unmapped items such as ['99']"),
        ({"reviewText": ["only one"]}, "3 items and 1 reviews"),
        ({"asin": [], "reviewText": []}, "0 items"),
        ({"asin": "[0, 1, 2]"}, "where a list should be"),
        ({"asin": float("nan")}, "where a list should be"),
        ({"ranked_lists": None}, "where a list should be"),
    ],
)
def test_whoever_makes_no_exam_is_named_with_the_cause(
    tmp_path: Path, changes: dict[str, object], says: str
) -> None:
    rows = [*people(3), a_row(reviewerID="bob", **changes)]

    checked = check_domain(write_folder(tmp_path, rows, items=ITEMS))

    finding = found(checked, "everybody makes an exam")
    assert (finding.passed, finding.people) == (False, ("bob",))
    assert says in finding.says
    assert [person.user_id for person in checked.domain.people] == ["u0", "u1", "u2"]


def test_targets_that_stand_at_one_place_are_found(tmp_path: Path) -> None:
    checked = check_domain(write_folder(tmp_path, people(100, place=0), items=ITEMS))

    assert not found(checked, "targets stand anywhere").passed


def test_lists_of_another_length_are_found(tmp_path: Path) -> None:
    rows = [*people(2), a_row(reviewerID="bob", ranked_lists=[2, 3])]

    finding = found(check_domain(write_folder(tmp_path, rows, items=ITEMS)), "every list has 10")

    assert (finding.passed, finding.people) == (False, ("bob",))


def test_repeated_people_and_empty_histories_are_found(tmp_path: Path) -> None:
    rows = [*people(2), *people(1), a_row(reviewerID="new", asin=[2], reviewText=["x"])]

    checked = check_domain(write_folder(tmp_path, rows, items=ITEMS))

    assert found(checked, "everybody is in it once").people == ("u0",)
    assert found(checked, "everybody has a history").people == ("new",)


def test_what_was_mended_is_said(tmp_path: Path) -> None:
    rows = [*people(1), a_row(reviewerID="again", asin=[0, 2, 2])]
    folder = write_folder(tmp_path, rows, items=[*ITEMS, ITEMS[0], ITEMS[0], ITEMS[3]])

    checked = check_domain(folder)

    assert found(checked, "item ids that stand twice").says.startswith("2 such ids")
    assert found(checked, "targets met before").people == ("again",)
    assert found(checked, "no history holds its target").passed


def renamed(folder: Path, name: str) -> Path:
    for path in list(folder.iterdir()):
        path.rename(folder / path.name.replace("toy", name))
    return folder


def test_a_part_of_the_release_is_told_from_the_whole(tmp_path: Path) -> None:
    folder = renamed(write_folder(tmp_path, people(4), items=ITEMS), "yelp")

    finding = found(check_domain(folder), "as many people as the release has")

    assert not finding.passed
    assert finding.check.endswith(f": {PEOPLE['yelp']}")
    assert "4 here" in finding.says


def test_the_whole_release_of_a_domain_passes_by_its_count(tmp_path: Path) -> None:
    rows = people(PEOPLE["yelp"])
    for row in rows:
        del row["reviewerID"]  # as Yelp's frame has none
    folder = renamed(write_folder(tmp_path, rows, items=ITEMS), "yelp")

    checked = check_domain(folder)

    assert found(checked, "as many people as the release has").passed
    assert checked.passed


def test_other_data_under_a_name_of_the_release_is_not_held_to_its_counts(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, people(4), items=ITEMS)
    write_users(folder, [{"reviewerID": "u0", "interactions": [{"item": 0, "rating": 4}]}])

    checks = {finding.check for finding in check_domain(renamed(folder, "books")).findings}

    assert not [check for check in checks if "the release has" in check]


def test_the_columns_and_descriptions_of_yelp_are_read(tmp_path: Path) -> None:
    row = a_row(ranked_lists=list(range(2, 12)))
    del row["reviewerID"]
    folder = write_folder(tmp_path, [row], items=ITEMS)
    told = (
        "address: 1 Main St | city: Reno | stars: 4.0 | attributes: {'WiFi': 'no'} | categories: "
    )
    with (folder / "combined_toy_asin_mapping.csv").open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["index", "title", "description"])  # without asin
        writer.writerows([[str(i), f"Bar {i}", f"{told}Bars, Food"] for i in range(12)])

    (item, *_) = check_domain(folder).domain.items

    assert (item.title, item.categories, item.description) == (
        "Bar 0",
        ("Bars", "Food"),
        "city: Reno",
    )


def test_ids_that_stand_more_than_once_are_named_and_make_no_exam(tmp_path: Path) -> None:
    checked = check_domain(write_folder(tmp_path, [*people(3), *people(1)], items=ITEMS))

    assert [person.user_id for person in checked.domain.people] == ["u1", "u2"]
    assert [one.why for one in checked.broken] == ["u0 stands more than once"] * 2
    finding = found(checked, "everybody is in it once")
    assert (finding.passed, finding.people) == (False, ("u0",))
