"""A domain in Parquet is the domain of the released files."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credence.replay.data.convert import read_all
from credence.replay.data.new_folder import FolderTaken
from credence.replay.errors import FolderIncomplete, MalformedData
from credence.replay.loaders.instructrec import (
    load_domain,
    load_domains,
    load_item_names,
    load_training_targets,
)
from credence.replay.split import Half, half
from tests.unit.replay.worlds import SECRET, a_row, write_folder, write_users

ANY_CHARACTER = st.text(st.characters(categories=None), max_size=20)  # halves of characters too
REVIEWS = ANY_CHARACTER | st.none() | st.just(float("nan")) | st.lists(ANY_CHARACTER, max_size=2)


def converted(folder: Path, out: Path) -> Path:
    read_all(folder, out=out, without_broken=False)
    return out


@st.composite
def rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    """People of the six items of `write_folder`."""
    people = draw(st.lists(st.text("abü1/ ", min_size=1), min_size=1, max_size=5, unique=True))
    made = []
    for user_id in people:
        taken = draw(st.lists(st.integers(0, 5), min_size=1, max_size=6))
        others = st.lists(st.sampled_from(sorted({*range(6)} - {taken[-1]})), unique=True)
        row = a_row(
            reviewerID=user_id,
            asin=taken,
            reviewText=[draw(REVIEWS) for _ in taken],
            instruction=draw(ANY_CHARACTER | st.none()),
            ranked_lists=draw(st.permutations([taken[-1], *draw(others)])),
        )
        row["ranked_lists_matched"] = draw(st.permutations([taken[-1], *draw(others)]))
        made.append(row)
    return made


@st.composite
def marks(draw: st.DrawFn, people: list[str]) -> list[dict[str, Any]]:
    done = st.fixed_dictionaries(
        {"item": st.integers(0, 5)},
        optional={
            "rating": st.none() | st.floats(0, 5),
            "timestamp": st.none() | st.floats(-1e9, 4e9) | st.integers(-(10**9), 4 * 10**9),
        },
    )
    return [{"reviewerID": p, "interactions": draw(st.lists(done, max_size=6))} for p in people]


@given(st.data())
@settings(deadline=None, max_examples=40)
def test_a_converted_domain_equals_the_one_it_was_made_of(data: st.DataObject) -> None:
    people = data.draw(rows())
    told = data.draw(ANY_CHARACTER)
    items = [[str(i), f"A{i}", f"Item {i} {told}", f"['By Ann. {told}']"] for i in range(6)]
    items = [[cell.encode("utf-8", "replace").decode() for cell in row] for row in items]
    with tempfile.TemporaryDirectory() as place:
        folder = write_folder(Path(place) / "old", people, items=items)
        if data.draw(st.booleans()):
            write_users(folder, data.draw(marks([row["reviewerID"] for row in people])))

        out = converted(folder, Path(place) / "new")

        before, after = load_domain(folder), load_domain(out)
        assert after == before
        assert load_training_targets(out) == load_training_targets(folder)
        assert load_item_names(out, "toy") == load_item_names(folder, "toy")


@pytest.mark.parametrize("half_a_character", ["\ud800", "a\udfffb", "[\ud800]"])
def test_halves_of_characters_are_read_and_left_out(half_a_character: str, tmp_path: Path) -> None:
    row = a_row(instruction=half_a_character, reviewText=[half_a_character, "", ""])
    folder = write_folder(tmp_path / "old", [row])

    out = converted(folder, tmp_path / "new")

    (person,) = load_domain(out).people
    kept = half_a_character.encode("utf-8", "ignore").decode().strip("[]")
    assert (person.instruction or "", person.history[0].review) == (kept, kept)
    assert load_domain(out) == load_domain(folder)


def test_what_the_exam_half_wrote_of_their_target_is_in_no_file(tmp_path: Path) -> None:
    people = [f"u{n}" for n in range(20)]
    rows = [a_row(reviewerID=u, reviewText=["", "", f"{SECRET} of {u}."]) for u in people]
    folder = write_folder(tmp_path / "old", rows)
    rated = [{"item": 2, "rating": 1.25, "timestamp": 86_400}]
    write_users(folder, [{"reviewerID": u, "interactions": rated} for u in people])

    out = converted(folder, tmp_path / "new")

    stored = [repr(pq.read_table(path).to_pylist()) for path in sorted(out.glob("*.parquet"))]
    stored.append((out / "manifest.json").read_text(encoding="utf-8"))
    training = [u for u in people if half("toy", u) is Half.TRAIN]
    assert 0 < len(training) < len(people)
    for user_id in people:
        told = f"{SECRET} of {user_id}."
        assert sum(told in text for text in stored) == (user_id in training)
    assert sum(text.count("1.25") for text in stored) == len(training)


def test_nothing_of_a_target_is_stored_of_a_domain_kept_for_exams(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "old", [a_row(reviewerID=f"u{n}") for n in range(9)])
    (folder / "toyAll_recagent.pkl").rename(folder / "booksAll_recagent.pkl")
    (folder / "combined_toy_asin_mapping.csv").rename(folder / "combined_books_asin_mapping.csv")

    out = converted(folder, tmp_path / "new")

    assert pq.read_table(out / "books_training_targets.parquet").num_rows == 0
    assert load_training_targets(out) == {"books": {}}


def test_several_domains_become_a_folder_each(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_folder(tmp_path / "old" / name, [a_row()])
    for path in list((tmp_path / "old" / "two").iterdir()):
        path.rename(path.with_name(path.name.replace("toy", "play")))

    out = converted(tmp_path / "old", tmp_path / "new")

    assert sorted(path.name for path in out.iterdir()) == ["play", "toy"]
    assert {domain.name for domain in load_domains(out)} == {"play", "toy"}


def test_a_domain_converted_again_stays_the_same(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "old", [a_row()])

    once = converted(folder, tmp_path / "once")
    twice = converted(once, tmp_path / "twice")

    assert load_domain(twice) == load_domain(folder)
    assert load_item_names(twice, "toy") == load_item_names(folder, "toy")


def test_files_of_older_versions_that_do_not_say_what_came_later_are_read(tmp_path: Path) -> None:
    out = converted(write_folder(tmp_path / "old", [a_row()]), tmp_path / "new")
    path = out / "toy_people.parquet"
    table = pq.read_table(path).drop_columns(["taken"])
    near = pa.nulls(1, pa.list_(pa.string()))
    pq.write_table(table.append_column("candidates_near", near), path)

    (person,) = load_domain(out).people

    assert person.taken is None
    assert person.dealt_with == {"0", "1", "2"}


def test_people_who_make_no_exam_stop_a_conversion_unless_they_may_be_left_out(
    tmp_path: Path,
) -> None:
    folder = write_folder(tmp_path / "old", [a_row(), a_row(reviewerID="bob", ranked_lists=[3, 4])])

    with pytest.raises(MalformedData, match=r"bob lacks its target.*--without-broken"):
        converted(folder, tmp_path / "new")

    assert [path.name for path in tmp_path.iterdir()] == ["old"]

    read_all(folder, out=tmp_path / "new", without_broken=True)

    assert [person.user_id for person in load_domain(tmp_path / "new").people] == ["anna"]


def test_whoever_stands_more_than_once_is_refused_or_left_out_whole(tmp_path: Path) -> None:
    rows = [a_row(), a_row(reviewerID="bob"), a_row(asin=[3, 4, 2])]
    folder = write_folder(tmp_path / "old", rows)

    with pytest.raises(MalformedData, match="anna stands more than once"):
        load_domain(folder)
    with pytest.raises(MalformedData, match=r"2 people .*anna stands more.*--without-broken"):
        converted(folder, tmp_path / "new")

    read_all(folder, out=tmp_path / "new", without_broken=True)

    assert [person.user_id for person in load_domain(tmp_path / "new").people] == ["bob"]
    assert "anna" not in load_training_targets(tmp_path / "new")["toy"]


def test_nothing_is_written_over_what_is_there(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "old", [a_row()])

    with pytest.raises(FolderTaken, match="is there already"):
        converted(folder, folder)

    assert len(list(folder.iterdir())) == 2


def test_a_folder_with_both_forms_is_refused_rather_than_guessed_at(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "old", [a_row()])
    out = converted(folder, tmp_path / "new")
    for path in folder.iterdir():
        (out / path.name).write_bytes(path.read_bytes())

    with pytest.raises(MalformedData, match="holds a domain twice"):
        load_domain(out)


def test_a_missing_or_broken_parquet_file_is_named(tmp_path: Path) -> None:
    out = converted(write_folder(tmp_path / "old", [a_row()]), tmp_path / "new")
    items = out / "toy_items.parquet"

    items.write_bytes(b"PAR1 not really")
    with pytest.raises(MalformedData, match=r"toy_items\.parquet is not a readable Parquet"):
        load_domain(out)

    pq.write_table(pq.read_table(out / "toy_people.parquet"), items)
    with pytest.raises(MalformedData, match="lacks the column item_id"):
        load_domain(out)

    items.unlink()
    with pytest.raises(FolderIncomplete, match=r"no toy_items\.parquet"):
        load_domain(out)
