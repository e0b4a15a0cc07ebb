"""The numbers that ship with the semantic ranker."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest

from credence.planner.ranking.signals import SIGNALS
from credence.planner.ranking.weights import parse_weights, shipped_weights


def document() -> dict[str, Any]:
    text = files("credence.planner.ranking").joinpath("weights.json").read_text("utf-8")
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def test_no_shipped_weight_contradicts_the_meaning_of_its_signal() -> None:
    weights = shipped_weights()

    for column in (weights.with_instruction, weights.without_instruction):
        named = dict(zip(SIGNALS, column, strict=True))
        assert named["history"] > 0
        assert named["liked"] > 0
        assert named["chunk_likes"] > 0
        assert named["disliked"] < 0
        assert named["chunk_dislikes"] < 0
        assert named["company"] > 0
        assert named["company_all"] > 0
        assert named["followed"] + named["followed_all"] > 0
        assert named["followed_soon"] + named["followed_soon_all"] > 0
        assert named["others_liking"] > 0
        assert named["people"] >= 0


def test_without_an_instruction_its_signals_weigh_nothing() -> None:
    shipped = shipped_weights()
    silent = dict(zip(SIGNALS, shipped.without_instruction, strict=True))
    asked = dict(zip(SIGNALS, shipped.with_instruction, strict=True))

    assert silent["instruction"] == silent["asked_history"] == silent["others_words"] == 0
    assert asked["others_words"] > 0


def test_the_file_says_how_it_was_made() -> None:
    provenance = document()["provenance"]

    assert provenance["command"].startswith("python -m credence.replay.fit")
    assert "books" not in provenance["training_choices"]["without_instruction"]


def test_weights_are_read_a_unit_of_signal() -> None:
    doubled = document()
    doubled["scale"] = {signal: 2 * scale for signal, scale in doubled["scale"].items()}

    assert parse_weights(doubled).with_instruction * 2 == pytest.approx(
        parse_weights(document()).with_instruction
    )


def test_weights_of_other_signals_are_refused() -> None:
    other = document()
    other["with_instruction"]["popularity"] = other["with_instruction"].pop("history")

    with pytest.raises(ValueError, match="with_instruction must name"):
        parse_weights(other)
