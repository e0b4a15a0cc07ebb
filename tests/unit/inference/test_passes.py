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


def test_a_pass_holds_texts_of_as_many_pieces(
    encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[list[int]] = []
    encode = encoder._model.encode

    def watched(texts: Sequence[str], **options: Any) -> Any:
        pieces = encoder._model.tokenizer(list(texts), truncation=True)["input_ids"]
        passes.append([len(ids) for ids in pieces])
        return encode(texts, **options)

    monkeypatch.setattr(encoder._model, "encode", watched)

    encoder.encode([(LONG, ODD)[n % 2] * 2 for n in range(64)])

    assert [len(set(lengths)) for lengths in passes] == [1, 1]
    assert passes[0][0] > passes[1][0]
