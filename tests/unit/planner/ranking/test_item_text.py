"""What of an item is read, and the vector that stands for it."""

from __future__ import annotations

import numpy as np
import pytest

from credence.memory.model import Item
from credence.planner.ranking.item_text import item_text, item_texts, item_vectors
from tests.unit.planner.ranking.cases import units

DUNE = Item(
    item_id="1",
    title="Dune",
    creators=("Frank Herbert",),
    categories=("Science Fiction", "Classics"),
    description="A desert planet.",
)


def test_an_item_reads_as_title_creators_categories_and_description() -> None:
    text = "Dune. By Frank Herbert. Genres: Science Fiction, Classics. A desert planet."

    assert item_text(DUNE) == text


def test_an_item_has_three_texts_from_all_of_it_to_its_kind() -> None:
    whole, heading, kind = item_texts([DUNE])

    assert whole == item_text(DUNE)
    assert heading == "Dune. By Frank Herbert. Science Fiction, Classics"
    assert kind == "Science Fiction, Classics"


@pytest.mark.parametrize("item", [Item(item_id="7", title=""), Item(item_id="7", title=" \n")])
def test_an_item_without_text_reads_as_its_id(item: Item) -> None:
    assert item_texts([item]) == ["7", "7", "7"]


def test_the_vector_is_the_mean_of_the_three_the_whole_text_counting_double() -> None:
    encoded = units(np.random.default_rng(0), 6)

    vectors = item_vectors(encoded)

    mixed = 2 * encoded[3] + encoded[4] + encoded[5]
    assert vectors.shape == (2, encoded.shape[1])
    assert vectors[1] == pytest.approx(mixed / np.linalg.norm(mixed), abs=1e-6)
    assert vectors.dtype == np.float32


def test_rows_that_are_not_three_an_item_are_refused() -> None:
    with pytest.raises(ValueError, match="3 rows an item"):
        item_vectors(units(np.random.default_rng(0), 4))


def test_no_items_have_no_vectors() -> None:
    assert item_vectors(np.empty((0, 384), dtype=np.float32)).shape == (0, 384)
