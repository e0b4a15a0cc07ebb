from __future__ import annotations

import pytest

from credence.planner.extraction.labels import label_topics


def names(*labels: str) -> list[str]:
    return [topic.name for topic in label_topics(labels)]


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
