"""How the sentence encoder takes many texts: in passes of like length, with the rows in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from credence.inference.encoder import SentenceEncoder

LONG = "a day in the life of a cat "
ODD = "antidisestablishmentarianism qzxv "  # as many letters, more pieces


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder()


def test_many_texts_have_the_rows_that_each_has_alone(encoder: SentenceEncoder) -> None:
    texts = [f"{LONG * (n % 7)}number {n}" for n in range(70)] + ["", " "]

    together = encoder.encode(texts)
    alone = np.concatenate([encoder.encode([text]) for text in texts])

    assert together.shape == (72, 384)
    assert together == pytest.approx(alone, abs=1e-5)
    assert encoder.encode([]).shape == (0, 384)


def test_rows_are_those_of_the_library(encoder: SentenceEncoder) -> None:
    texts = ["a slow burn with political intrigue", "قصة قصيرة 🙂", LONG * 100, "", "x" * 5_000]

    theirs = encoder._model.encode(
        [text[:2_000] or " " for text in texts], normalize_embeddings=True, show_progress_bar=False
    )

    assert encoder.encode(texts) == pytest.approx(theirs, abs=1e-6)


def test_a_pass_holds_texts_of_as_many_pieces(
    encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[list[int]] = []
    preprocess = encoder._model.preprocess

    def watched(texts: Sequence[str]) -> Any:
        features = preprocess(texts)
        passes.append(features["attention_mask"].sum(1).tolist())
        return features

    monkeypatch.setattr(encoder._model, "preprocess", watched)

    encoder.encode([(LONG, ODD)[n % 2] * 2 for n in range(64)])

    assert [len(set(lengths)) for lengths in passes] == [1, 1]
    assert passes[0][0] > passes[1][0]
