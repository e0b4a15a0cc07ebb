"""What stands beside a bar."""

from __future__ import annotations

from credence.cli.replay.bars import spent_words


def test_what_models_took_is_told_with_its_price_where_that_is_known() -> None:
    assert spent_words(0, 0.0) == ""
    assert spent_words(1_200, 0.25) == "1,200 tokens, 0.2500"
    assert spent_words(1_200, None) == "1,200 tokens"
