from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from credence.inference.words import Bags, Rows, WordTable, unit
from credence.replay.distil import Distilled, Lesson, distilled, first_rows
from credence.replay.split import Half, half
from credence.replay.train_words import chance_texts, training_texts
from tests.unit.replay.worlds import a_domain

PIECES, DIMENSION, TEXTS = 40, 8, 600


@pytest.fixture
def lesson() -> Lesson:
    """Texts of two to nine pieces whose vectors are means of hidden rows."""
    rng = np.random.default_rng(1)
    hidden = rng.normal(size=(PIECES, DIMENSION)).astype(np.float32)
    lengths = rng.integers(2, 10, size=TEXTS)
    lengths[7] = 0  # nothing to learn from, and no obstacle
    pieces = rng.integers(0, PIECES - 1, size=lengths.sum()).astype(np.int32)
    texts = np.split(pieces, np.cumsum(lengths)[:-1])
    sums = np.stack([hidden[text].sum(axis=0) for text in texts])
    return Lesson(bags=Bags(pieces=pieces, lengths=lengths), targets=unit(sums))


@pytest.fixture
def start() -> Rows:
    return np.random.default_rng(2).normal(size=(PIECES, DIMENSION)).astype(np.float32)


def _bytes(found: Distilled) -> bytes:
    file = BytesIO()
    WordTable.packed(found.rows, found.bias).save(file)
    return file.getvalue()


def test_the_loss_falls(lesson: Lesson, start: Rows) -> None:
    losses = distilled(lesson, start, seed=0).losses

    assert list(losses) == sorted(losses, reverse=True)


def test_the_same_seed_gives_the_same_bytes(lesson: Lesson, start: Rows) -> None:
    before = start.copy()

    first, again = (distilled(lesson, start, seed=3) for _ in range(2))

    assert _bytes(first) == _bytes(again)
    assert _bytes(first) != _bytes(distilled(lesson, start, seed=4))
    assert np.array_equal(start, before)


def test_a_piece_that_no_text_has_keeps_its_row(lesson: Lesson, start: Rows) -> None:
    found = distilled(lesson, start, seed=0)

    assert np.array_equal(found.rows[-1], start[-1])
    assert not np.allclose(found.rows[0], start[0])


def test_frequent_pieces_start_small() -> None:
    vectors = np.eye(4, dtype=np.float32)
    pieces = np.array([0] * 90 + [1] * 10, dtype=np.int32)

    rows = first_rows(vectors, Bags(pieces=pieces, lengths=np.array([100])))

    sizes = np.linalg.norm(rows, axis=1)
    assert sizes[0] < sizes[1] < sizes[2]


def test_texts_of_the_exam_half_are_left_out(tmp_path: Path) -> None:
    toy = a_domain()
    own = {p.user_id: f"Written by {p.user_id}." for p in toy.people}
    people = tuple(
        replace(p, history=tuple(replace(past, review=own[p.user_id]) for past in p.history))
        for p in toy.people
    )

    found = training_texts(tmp_path, [replace(toy, people=people)])["toy"]

    for user_id, review in own.items():
        assert (review in found) == (half("toy", user_id) is Half.TRAIN)


def test_a_domain_for_exams_is_not_read(tmp_path: Path) -> None:
    assert training_texts(tmp_path, [replace(a_domain(), name="books")]) == {}


def test_what_the_exam_half_wrote_is_left_out_whoever_else_wrote_it(tmp_path: Path) -> None:
    toy = a_domain()  # all of them wrote the same

    assert "I loved it." not in training_texts(tmp_path, [toy])["toy"]


def test_chance_texts_are_the_same_for_a_seed() -> None:
    assert chance_texts(0) == chance_texts(0)
    assert chance_texts(0) != chance_texts(1)
