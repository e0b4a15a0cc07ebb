from __future__ import annotations

import pytest

from credence.planner.extraction.labels import labelled


def names(*labels: str) -> list[str]:
    return [one.topic.name for one in labelled(labels)]


@pytest.mark.parametrize(
    "label", ["Fiction", "Books", "Adult", "Drama", "Genre Fiction", "", "(no genres listed)"]
)
def test_labels_that_say_nothing_of_taste_give_no_topic(label: str) -> None:
    assert names(label) == []


@pytest.mark.parametrize(
    ("label", "topic"),
    [
        ("Sci-Fi", "science fiction"),
        ("Mystery", "mysteries"),
        ("World War II", "World War II stories"),
        ("Sushi Bars", "sushi bars"),
        ("LGBT", "queer fiction"),
    ],
)
def test_labels_become_topics_a_person_would_write(label: str, topic: str) -> None:
    assert names(label) == [topic]


def test_a_label_that_a_narrower_one_covers_is_left_out() -> None:
    assert names("Romance", "Contemporary Romance", "Dragons") == [
        "contemporary romance",
        "dragon stories",
    ]


def test_a_label_split_at_its_comma_is_put_together_again() -> None:
    assert names("Mystery", "Thriller & Suspense") == ["mysteries and thrillers"]
    assert names("Cookbooks", "Food & Wine", "Baking") == ["cookbooks", "baking"]


def test_narrow_topics_come_before_wide_ones() -> None:
    assert names("Fantasy", "Dragons") == ["dragon stories", "fantasy"]


@pytest.mark.parametrize(
    "label",
    ["History & Criticism", "Politics & Government", "Nature & Ecology", "Hardware & DIY"],
)
def test_a_very_wide_shelf_gives_no_topic(label: str) -> None:
    assert names(label) == []


def test_a_parent_shelf_says_nothing_beside_its_child() -> None:
    assert names("Sports & Outdoors", "Water Sports") == ["water sports"]
    assert names("Children", "Middle Grade") == ["middle-grade novels"]


def test_two_labels_of_one_thing_are_one_topic() -> None:
    assert names("Comics", "Graphic Novels") == ["graphic novels"]
    assert names("Queer Characters", "LGBT") == ["queer fiction"]


@pytest.mark.parametrize(
    "label",
    ["spicy", "steam", "sizzling", "chemistry", "plus size", "alcoholic", "new age", "cult"],
)
def test_words_that_are_innocent_elsewhere_are_labels_as_they_stand(label: str) -> None:
    assert names(label) == [label]


@pytest.mark.parametrize(
    ("label", "topic"),
    [("Steamy", "steamy romance"), ("Spicy Romance", "steamy romance"), ("BDSM", "kink")],
)
def test_words_that_mean_one_thing_everywhere_are_read(label: str, topic: str) -> None:
    assert names(label) == [topic]


@pytest.mark.parametrize(
    "label", ["italian", "french", "mexican", "swedish", "japanese", "british", "thai", "indian"]
)
def test_where_a_thing_comes_from_is_no_setting(label: str) -> None:
    assert names(label) == [label]


@pytest.mark.parametrize(
    ("label", "topic"),
    [
        ("Italian Settings", "Italian settings"),
        ("Italy", "Italian settings"),
        ("Set in Italy", "set in italy"),
        ("French Fiction", "french fiction"),
        ("Italian Food", "Italian food"),
    ],
)
def test_a_label_that_says_what_is_from_there_is_kept(label: str, topic: str) -> None:
    assert names(label) == [topic]


def test_curry_is_eaten_in_many_countries() -> None:
    assert names("thai", "curry") == ["thai", "curry"]
    assert names("indian", "curry") == ["indian", "curry"]
    assert names("dumplings") == ["dumplings"]


@pytest.mark.parametrize(
    ("labels", "topic"),
    [
        (("Indian", "Indian Food"), "Indian food"),
        (("italian", "pasta"), "Italian food"),
        (("British", "England"), "British settings"),
    ],
)
def test_a_country_and_what_is_of_it_are_one_topic(labels: tuple[str, ...], topic: str) -> None:
    assert names(*labels) == [topic]


def test_the_label_of_a_topic_is_told_as_the_catalogue_has_it() -> None:
    assert [one.label for one in labelled(["Tacos", "Sci-Fi"])] == ["Tacos", "Sci-Fi"]
    assert [one.label for one in labelled(["Comics", "Graphic Novels"])] == ["Comics"]
    (joined,) = labelled(["Mystery", "Thriller & Suspense"])
    assert joined.label == "Mystery, Thriller & Suspense"
