"""Histories: the demo's own people, and folders in InstructRec form."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from credence.cli.histories import Histories, of_a_folder, of_the_demo
from credence.replay.errors import FolderIncomplete

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
TITLES = {str(number): f"Title {number}" for number in range(12)}


def _a_folder(folder: Path, *, times: bool) -> Path:
    """Two people with three things before the one held out (their last item)."""
    histories = {"ann": ["0", "1", "2", "3"], "bob": ["4", "5", "6", "7"]}
    lists = [["3", "8"], ["7", "9"]]
    pd.DataFrame(
        {
            "reviewerID": list(histories),
            "asin": list(histories.values()),
            "reviewText": [["good", "", "fine", "secret"]] * 2,
            "instruction": ["a quiet book", "a loud book"],
            "ranked_lists": lists,
        }
    ).to_pickle(folder / "toyAll_recagent.pkl")
    with (folder / "combined_toy_asin_mapping.csv").open("w", newline="") as lines:
        table = csv.writer(lines)
        table.writerow(["index", "title", "description"])
        table.writerows([[i, title, "A description."] for i, title in TITLES.items()])
    if times:
        with gzip.open(folder / "toy_users.jsonl.gz", "wt") as lines:
            for user, items in histories.items():
                marks = [
                    {"item": item, "rating": 4.0, "timestamp": 1_000_000_000 + 86_400 * place}
                    for place, item in enumerate(items)
                ]
                lines.write(json.dumps({"reviewerID": user, "interactions": marks}) + "\n")
    return folder


def _read(folder: Path, **wanted: Any) -> Histories:
    return of_a_folder(folder, now=NOW, **{"most_people": None, "most_items": None, **wanted})


def _moments(histories: Histories, person: str) -> list[datetime]:
    own = [event for event in histories.events if event["user_id"] == person]
    return [datetime.fromisoformat(event["occurred_at"]) for event in own]


def test_a_history_without_times_gets_some_three_days_apart_up_to_now(tmp_path: Path) -> None:
    histories = _read(_a_folder(tmp_path, times=False))

    assert _moments(histories, "ann") == [NOW - timedelta(days=6), NOW - timedelta(days=3), NOW]


def test_a_history_with_times_keeps_its_distances_and_ends_now(tmp_path: Path) -> None:
    histories = _read(_a_folder(tmp_path, times=True))

    assert _moments(histories, "bob") == [NOW - timedelta(days=2), NOW - timedelta(days=1), NOW]


def test_what_was_held_out_is_never_told(tmp_path: Path) -> None:
    histories = _read(_a_folder(tmp_path, times=True))

    assert {"3", "7"}.isdisjoint(event["item_id"] for event in histories.events)
    assert "secret" not in {event["text"] for event in histories.events}


def test_a_review_without_words_counts_as_a_rating_or_a_purchase(tmp_path: Path) -> None:
    (tmp_path / "timed").mkdir()
    bare = _read(_a_folder(tmp_path, times=False))
    rated = _read(_a_folder(tmp_path / "timed", times=True))

    assert [e["action"] for e in bare.events if e["item_id"] == "1"] == ["purchase"]
    assert [e["action"] for e in rated.events if e["item_id"] == "1"] == ["rating"]


def test_people_beyond_the_limit_are_counted_and_one_may_be_asked_for(tmp_path: Path) -> None:
    folder = _a_folder(tmp_path, times=False)

    few = _read(folder, most_people=1)
    asked = _read(folder, most_people=1, also="bob")

    assert (few.people, few.people_left_out) == (("ann",), 1)
    assert (asked.people, asked.people_left_out) == (("ann", "bob"), 0)


def test_items_of_histories_come_before_listed_ones_and_those_before_the_rest(
    tmp_path: Path,
) -> None:
    histories = _read(_a_folder(tmp_path, times=False), most_items=9)

    # what was held out is in the lists, yet no better placed there than what goes with it
    assert [item["item_id"] for item in histories.items] == [*"012456", *"378"]
    assert histories.items_left_out == 3


def test_events_about_items_left_out_are_left_out_too(tmp_path: Path) -> None:
    histories = _read(_a_folder(tmp_path, times=False), most_items=4)

    assert {event["item_id"] for event in histories.events} == {"0", "1", "2", "4"}


def test_a_folder_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderIncomplete):
        _read(tmp_path)


def test_the_demo_is_told_in_order_of_time_and_not_beyond_now() -> None:
    histories = of_the_demo(NOW)
    moments = [datetime.fromisoformat(event["occurred_at"]) for event in histories.events]

    assert moments == sorted(moments)
    assert moments[-1] <= NOW
    assert {event["user_id"] for event in histories.events} == set(histories.people)


def test_the_longest_history_is_the_first_by_id_among_equals(tmp_path: Path) -> None:
    assert _read(_a_folder(tmp_path, times=False)).longest == "ann"
