from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest

from credence.inference.encoder import SentenceEncoder
from credence.inference.words import DIMENSION, WordEncoder, WordTable, bags, vocabulary

REVIEWS = [
    "A slow, beautiful film about grief; the camera hardly moves and I wept at the end.",
    "The battery lasts two days, but the screen scratches far too easily.",
    "Best ramen in town, rich broth and friendly waiters, though the queue is long.",
    "The detective solves the murder on page fifty and the rest of the mystery drags.",
    "Loud guitars, screaming vocals and a drummer who never rests: a superb metal album.",
    "Our hotel room was dirty and the staff at the desk were rude.",
    "A warm romance between two bakers, predictable but sweet.",
    "The spaceship battles are thrilling and the aliens look wonderful.",
    "My toddler loves this wooden train set and plays with it every day.",
    "A clear history of Rome, well sourced, if a little dry on the emperors.",
    "The vampires are frightening, the old house is worse; I slept with the light on.",
    "These running shoes rubbed my heels raw within five kilometres.",
]


@pytest.fixture(scope="module")
def encoder() -> WordEncoder:
    return WordEncoder()


def test_rows_have_unit_length(encoder: WordEncoder) -> None:
    rows = encoder.encode(REVIEWS)

    assert rows.shape == (len(REVIEWS), DIMENSION)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_rows(encoder: WordEncoder) -> None:
    assert encoder.encode([]).shape == (0, DIMENSION)


@pytest.mark.parametrize("text", ["", "  \n", "\0", "\U0001f389\U0001f389"])
def test_a_text_without_a_known_word_piece_gives_a_zero_row(
    encoder: WordEncoder, text: str
) -> None:
    rows = encoder.encode(["a fine film", text, "a fine book"])

    assert not rows[1].any()
    assert np.allclose(rows[[0, 2]], encoder.encode(["a fine film", "a fine book"]), atol=1e-6)


def test_a_row_does_not_depend_on_the_texts_beside_it(encoder: WordEncoder) -> None:
    first, second = REVIEWS * 20, [*REVIEWS[5:], "", "word " * 900]

    together = encoder.encode([*first, *second])
    apart = np.concatenate([encoder.encode(first), encoder.encode(second)])

    assert np.allclose(together, apart, atol=1e-6)


def test_a_review_is_nearest_to_its_own_sentence_vector(encoder: WordEncoder) -> None:
    nearness = encoder.encode(REVIEWS) @ SentenceEncoder().encode(REVIEWS).T

    own = nearness.argmax(axis=1) == np.arange(len(REVIEWS))
    assert own.sum() >= len(REVIEWS) - 1


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        ("a haunted house full of ghosts", "terrifying horror story", "a light summer romance"),
        ("spicy noodles and dumplings", "a Chinese restaurant", "a biography of a general"),
        ("rockets on their way to Mars", "science fiction in space", "a guide to growing roses"),
    ],
)
def test_like_topics_are_nearer(encoder: WordEncoder, text: str, near: str, far: str) -> None:
    rows = encoder.encode([text, near, far])

    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.1


def test_of_a_long_text_only_the_beginning_is_read(encoder: WordEncoder) -> None:
    begins = ("a quiet novel " * 200)[:2_000]

    rows = encoder.encode([begins, begins + " zombies and chainsaws" * 10_000])

    assert np.array_equal(rows[0], rows[1])


@pytest.mark.parametrize(
    "text", ["a\0b", "so good \U0001f600\U0001f389", "סרט נפלא", "فيلم رائع", "half \ud83d pair"]
)
def test_odd_characters_are_read(encoder: WordEncoder, text: str) -> None:
    assert np.linalg.norm(encoder.encode([text])[0]) == pytest.approx(1, abs=1e-5)


def test_a_mark_of_the_model_in_a_text_is_text() -> None:
    assert bags(["[SEP]"]).lengths.tolist() == [3]


def test_vocabulary_leaves_marks_out() -> None:
    known = vocabulary()

    assert not {"[SEP]", "[UNK]", "[unused5]"} & set(known)
    assert not any(piece.startswith("##") for piece in known if len(piece) > 2)


def test_a_saved_table_reads_as_it_was_and_gives_the_same_bytes() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(50, 8)).astype(np.float32)
    table = WordTable.packed(rows, np.ones(8, dtype=np.float32))
    first, second = BytesIO(), BytesIO()
    table.save(first)
    table.save(second)
    first.seek(0)

    read = WordTable.load(first)

    assert first.getvalue() == second.getvalue()
    assert np.array_equal(read.codes, table.codes)
    assert np.array_equal(read.scales, table.scales)
    assert np.array_equal(read.bias, table.bias)


def test_a_piece_without_a_vector_stays_without() -> None:
    table = WordTable.packed(np.zeros((3, 4), dtype=np.float32), np.zeros(4, dtype=np.float32))

    assert not table.codes.any()
    assert not table.scales.any()
