"""Texts encoded once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from credence.replay.encoded import Cache, RememberedEncoder, encode_domain
from tests.unit.replay.worlds import a_domain, toy_encode


class Counting:
    """Counts the texts it is given."""

    def __init__(self) -> None:
        self.texts = 0

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.texts += len(texts)
        return toy_encode(texts)


def test_a_text_is_encoded_once_and_rows_come_in_the_order_asked() -> None:
    counting = Counting()
    encoder = RememberedEncoder(counting)

    encoder(["a", "b"])
    rows = encoder(["b", "c", "a", "b"])

    assert counting.texts == 3
    assert np.array_equal(rows, toy_encode(["b", "c", "a", "b"]))


def test_a_folder_keeps_what_was_encoded_between_runs(tmp_path: Path) -> None:
    texts = [f"text {n}" for n in range(300)]
    first, second = Counting(), Counting()

    written = RememberedEncoder(first, Cache(folder=tmp_path, encoder="toy 1"))(texts)
    read = RememberedEncoder(second, Cache(folder=tmp_path, encoder="toy 1"))(texts)

    assert (first.texts, second.texts) == (300, 0)
    assert np.array_equal(written, read)


def test_an_encoder_reads_no_vectors_of_another_or_of_another_version(tmp_path: Path) -> None:
    texts = [f"text {n}" for n in range(300)]
    RememberedEncoder(toy_encode, Cache(folder=tmp_path, encoder="toy 1"))(texts)
    later = Counting()

    RememberedEncoder(later, Cache(folder=tmp_path, encoder="toy 2"))(texts)

    assert later.texts == 300


def test_the_centre_is_the_mean_of_the_items() -> None:
    encoded = encode_domain(a_domain(4), toy_encode)

    assert np.allclose(encoded.centre, np.mean(list(encoded.vectors.values()), axis=0))
    assert np.allclose(np.linalg.norm(encoded.rows(["1", "2"]), axis=1), 1, atol=1e-6)
